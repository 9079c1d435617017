#!/usr/bin/env bats
# The history: one entry for each handover, by any command; who can read it, and how much is kept.
# kernels: today

load lib/common
load lib/builds

setup() {
	builds_setup
	HISTORY=/var/lib/nginx-handover$PREFIX/logs/.nginx.pid.history
}

teardown() {
	common_teardown
}

# Each entry's number, verb, versions and result.
entries() {
	"$HANDOVER" history --json "$@" | python3 -c '
import json, sys
PHASES = ("alone", "spawning", "both", "shifted", "closing", "over", "lost")
for e in map(json.loads, sys.stdin):
    if e["event"] == "handover":
        assert 0 <= e["took_us"] - sum(e[p + "_us"] for p in PHASES) < 10, e
        print(e["number"], e["verb"], e["from"], e["to"], e["result"], e["code"])
' || return
}

@test "one entry a handover: done, undone, interrupted, finished, rolled back; none where it was refused" {
	local helper
	started_with 1.18.0
	handover history
	assert_status 0
	assert_output 'no handover of the nginx'
	served 1.22.1
	broken_binary exits-at-once
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 150
	handover upgrade --binary /bin/true
	assert_status 154
	handover upgrade --binary "$(built 1.26.3)" --dry-run
	assert_status 0
	put 1.26.3
	"$HANDOVER" upgrade --settle 60s 3>&- &
	helper=$!
	wait_until 10 answers 1.26.3
	handover history
	assert_output 'upgrade by root: 1.22.1 -> 1.26.3, under way'
	kill -KILL $helper
	wait $helper || :
	handover history
	assert_output 'upgrade by root: 1.22.1 -> 1.26.3, killed before its end'
	handover finish --settle 10ms
	assert_status 0
	put 1.22.1
	"$HANDOVER" reload --settle 60s 3>&- &
	helper=$!
	wait_until 10 answers 1.22.1
	handover rollback
	assert_status 0
	wait $helper || :
	put 1.26.3
	rolled_back
	assert_equal "$(entries)" "1 upgrade 1.18.0 1.22.1 done 0
2 upgrade 1.22.1 1.22.1 undone 150
3 upgrade 1.22.1 1.26.3 killed 0
4 finish 1.22.1 1.26.3 done 0
5 reload 1.26.3 1.22.1 undone 150
6 rollback 1.26.3 1.22.1 done 0"
	handover history 3
	assert_output 'why: the run was killed, or the machine went down'
	refute_output 'exit code'
	assert_equal "$(stat -c '%u %a' "$HISTORY"* "${HISTORY%/*}"/.nginx.pid.trace-1 | sort -u)" '0 600'
	handover history 2
	assert_status 0
	assert_output 'why: the new master did not come up'
	assert_output 'nginx-handover trace 1'
	assert_output 'fault=NEW_GONE'
	build/tests/unit/replay <("$HANDOVER" history 2 | sed -n '/^nginx-handover trace 1/,$p')
	handover history 7
	assert_status 1
	assert_output 'there is no handover 7'
	# Another nginx with the same binary has a history of its own; another name of the folder does not make a new one.
	handover history --pid-file $PREFIX/logs/other.pid
	assert_output 'no handover of the nginx'
	ln -s logs $PREFIX/run
	handover history --pid-file $PREFIX/run/nginx.pid
	assert_output '   1  '
	run_shown setpriv --reuid 65534 --clear-groups "$HANDOVER" history --pid-file $PID_FILE
	assert_output 'only root can see those by root'
}

@test "why a probe failed, in its own words" {
	started_with 1.18.0
	put 1.22.1
	handover upgrade --settle 10ms --probe 'echo one; echo the shop is shut; exit 3'
	assert_status 150
	handover history 1
	assert_output 'why: the probe of the new generation failed: command: '
	assert_output 'exited with 3; it said: the shop is shut'
}

@test "it is limited, and begins again if it is damaged or others can change it; a full disk fails no handover" {
	local i how
	started_with 1.18.0
	mkdir -p "${HISTORY%/*}"
	{
		printf 'handovers 1\nall done=93 cut=4\n'
		for i in {30..93}; do echo "$i result=done verb=upgrade trace=1"; done
	} >"$HISTORY"
	chmod 600 "$HISTORY"
	served 1.22.1
	assert_equal "$(entries | sed -n '1p;$p' | cut -d' ' -f1 | xargs)" '31 94'
	assert_equal "$(sed -n 2p "$HISTORY")" 'all done=94 cut=4'
	for how in 'sed -i s/31/x/' 'chmod 666' 'chown 33'; do
		$how "$HISTORY"
		handover history
		assert_status 1
		assert_output "the history in $HISTORY is not used"
		put 1.18.0
		served 1.22.1
		assert_output "the history in $HISTORY is not used"
		assert_equal "$(entries | wc -l)" 1
	done
	rm -rf /var/lib/nginx-handover
	mount -t tmpfs -o size=4k,mode=700 tmpfs "$(mkdir -p /var/lib/nginx-handover && echo /var/lib/nginx-handover)"
	mount -o remount,ro /var/lib/nginx-handover
	served 1.26.3
	umount /var/lib/nginx-handover
	assert_equal "$(stat -c '%u %a' $PREFIX/logs/.nginx.pid.history)" '0 600'
}
