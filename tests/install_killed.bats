#!/usr/bin/env bats
# Installing a binary, killed at every system call: the path always has the complete old or new build, and the next run
# cleans up. The other cases share most calls with the plain install, so only every sixth of their calls is tried, each
# case beginning with another one, unless NH_EVERY_CALL=1 is in the environment.
# shellcheck disable=SC2154

load lib/common
load lib/install
load lib/install_faults

setup() { install_faults_setup; }
teardown() { install_teardown; }

killed_everywhere() {
	local setup=case_$1 call n list status count=0 survived=0
	$setup
	list=$(calls "${2-}")
	while read -r call n; do
		echo "killed at $call $n"
		$setup
		status=0
		struck "$call" "$n" signal=KILL 8<&8 >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
		[ "$status" = 137 ] || fail "$call $n: not killed: $(<"$BATS_TEST_TMPDIR/said")"
		look
		nothing_half
		target_is "$old" || survived=$((survived + 1))
		heals
		count=$((count + 1))
	done <<<"$list"
	echo "# $1: killed at $count calls, at $survived of them after the change" >&3
	[ "$count" -gt 7 ] || fail 'too few calls: is the trace right?'
	[ "$old" = "$new" ] || [ "$survived" -gt 0 ] || fail 'never killed after the change: is the trace right?'
}

@test "install: killed at every system call" { killed_everywhere install; }
@test "install, another build has the backup's name: killed at every system call" { killed_everywhere other_build_saved 0; }
@test "install, the same bytes are saved already: killed at every system call" { killed_everywhere same_bytes_saved 1; }
@test "install, no hard links: killed at every system call" { killed_everywhere no_links 2; }
@test "install, the target was deleted: killed at every system call" { killed_everywhere target_deleted 4; }
@test "saving what runs: killed at every system call" { killed_everywhere save 1; }
@test "restore: killed at every system call" { killed_everywhere restore 3; }
@test "restore, no backup: killed at every system call" { killed_everywhere restore_without_backup 5; }

@test "a sweep between the making of the copy and its lock is no harm" {
	local trace=$BATS_TEST_TMPDIR/trace tracer call
	case_install
	calls >/dev/null
	call=$(awk '/^openat\(/ { n++ } /\.nginx-handover\..*O_RDONLY/ { print n; exit }' "$trace")
	case_install
	: >"$trace"
	struck openat "$call" signal=SIGSTOP >"$BATS_TEST_TMPDIR/said" 3>&- &
	tracer=$!
	wait_until 10 grep -q 'stopped by SIGSTOP' "$trace"
	assert_equal "$("$driver" sweep "$dir/nginx")" 1 'files swept'
	kill -CONT "$(pgrep -f "^$driver install .*$dir/nginx")"
	wait $tracer || fail "$(cat "$BATS_TEST_TMPDIR/said")"
	is nginx b
	holds nginx nginx.1.18.0
}
