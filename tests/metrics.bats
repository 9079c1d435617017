#!/usr/bin/env bats
# The metrics for node_exporter: their contents, the rules of promtool, and the folders to which they are written.
# kernels: today

load lib/common
load lib/builds

setup() {
	builds_setup
	TEXTFILES=$PREFIX/textfiles
	mkdir "$TEXTFILES"
	PROM=$TEXTFILES/nginx_handover-usr-local-nginx-logs-nginx.pid.prom
}

teardown() {
	common_teardown
}

# metric NAME [LABELS]: the value of that series.
metric() {
	local labels="pid_file=\"$PID_FILE\"${2:+,$2}"
	grep -F "nginx_handover_$1{$labels} " "$PROM" | sed 's/.* //'
}

# Checks what promtool (2.42) refuses or what would be useless; uses promtool itself if it is installed.
is_clean() {
	python3 - "$PROM" <<'PY' || return
import re, sys
text = open(sys.argv[1]).read()
assert text.endswith("\n")
helps, types, series = {}, {}, set()
for line in text.splitlines():
    word = line.split(" ")
    if line.startswith("# HELP "):
        assert word[2] not in helps and len(word) > 3, line
        helps[word[2]] = line
        continue
    if line.startswith("# TYPE "):
        assert word[2] in helps and word[2] not in types, line
        types[word[2]] = word[3]
        continue
    m = re.fullmatch(r'([a-z_]+)\{(pid_file="[^"]*"(?:,[a-z]+="[^"]*")?)\} (\d+(?:\.\d+)?)', line)
    assert m, line
    name, kind = m.group(1), types[m.group(1)]
    assert m.group(1, 2) not in series, line
    series.add(m.group(1, 2))
    assert name.endswith("_total") == (kind == "counter"), line
    assert not re.search(r"_(ms|us|minutes|kilobytes|count|gauge|counter)(_|$)", name), line
assert set(types) == set(helps) == {name for name, _ in series}
PY
	! type -P promtool >/dev/null || promtool check metrics <"$PROM"
}

@test "metrics: after a handover, one that was undone, while it drains, when nginx is stopped, and by status" {
	started_with 1.18.0
	export NGINX_HANDOVER_TEXTFILE_DIR=$TEXTFILES
	served 1.22.1
	is_clean
	assert_equal "$(metric last_run_success) $(metric generations) $(metric 'runs_total' 'result="done"') $(metric upgrade_due)" '1 1 1 0'
	(($(date +%s) - $(metric last_run_timestamp_seconds) < 60)) || fail 'not now'
	broken_binary exits-at-once
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 150
	is_clean
	assert_equal "$(metric last_run_success) $(metric last_run_exit_code) $(metric 'runs_total' 'result="undone"')" '0 150 1'
	slow_client
	put 1.26.3
	handover status --textfile-dir "$TEXTFILES/"
	assert_equal "$(metric upgrade_due)" 1
	handover upgrade --settle 10ms --drain-timeout 100ms --drain-expired leave
	assert_status 151
	is_clean
	assert_equal "$(metric generations) $(metric draining_connections) $(metric unfinished)" '2 1 1'
	handover finish --drain-timeout 10ms --drain-expired term
	exec {slow}>&-
	assert_equal "$(metric generations) $(metric connections_cut_total) $(metric last_run_connections_cut)" '1 1 1'
	handover stop
	assert_equal "$(metric generations) $(metric workers 'state="accepting"')" '0 0'
	is_clean
	assert_equal "$(stat -c '%U %a' "$PROM") $(ls -A "$TEXTFILES")" "root 644 ${PROM##*/}"
}

@test "a folder that others can write is refused and the handover goes on; the exporter's own folder is accepted" {
	local how
	started_with 1.18.0
	export NGINX_HANDOVER_TEXTFILE_DIR=$TEXTFILES
	for how in "chmod 777 $TEXTFILES" "chmod 755 $TEXTFILES; chown 33 $TEXTFILES; ln -s $TEXTFILES $PREFIX/link" "rmdir $TEXTFILES"; do
		eval "$how"
		[[ ! -L $PREFIX/link ]] || export NGINX_HANDOVER_TEXTFILE_DIR=$PREFIX/link
		put 1.18.0
		served 1.22.1
		assert_output 'no metrics were written to'
		assert_output 'What to do: give a folder'
		[[ ! -e $PROM ]] || fail 'written all the same'
	done
	# as on Debian: /var/lib/prometheus belongs to the user prometheus, the folder in it to root
	mkdir -p $PREFIX/p/node-exporter
	chown 33 $PREFIX/p
	NGINX_HANDOVER_TEXTFILE_DIR=$PREFIX/p/node-exporter
	served 1.26.3
	refute_output 'no metrics'
	[[ -s $PREFIX/p/node-exporter/${PROM##*/} ]] || fail 'not written'
	rm -r $PREFIX/p/node-exporter
	ln -s /etc $PREFIX/p/node-exporter
	served 1.22.1
	assert_output 'no metrics were written to'
	[[ ! -e /etc/${PROM##*/} ]] || fail 'a link of the exporter was followed'
}
