#!/usr/bin/env bats
# run: nginx in the foreground, for supervisors and containers. With real supervisors: tests/supervisors.

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	out=$BATS_TEST_TMPDIR/out
}

teardown() {
	[[ -z ${run-} ]] || kill -KILL "$run" 2>/dev/null || :
	[[ ! -s ${out-} ]] || cat "$out"
	common_teardown
}

# start_run OPTION...: starts it with a pipe, like a supervisor; sets run. The output is in $out.
start_run() {
	: >"$out"
	exec {pipe}> >(exec cat >>"$out" 3>&-)
	"${PROGRAM:-$HANDOVER}" run --nginx $TARGET --settle 100ms "$@" >&"$pipe" 2>&1 3>&- &
	run=$!
	exec {pipe}>&-
	said 'nginx runs.*: master'
}

said() {
	wait_until 10 grep -q "$1" "$out"
}

# has_ended CODE: it has ended with that code, and no process of nginx is left.
has_ended() {
	local code=0
	wait "$run" || code=$?
	unset run
	assert_equal "$code" "$1" 'the exit code of run'
	no_nginx
}

put_in_place() {
	cp "$(built "$1")" $TARGET.new
	mv $TARGET.new $TARGET
}

parent_of() {
	awk '/^PPid/ { print $2 }' "/proc/$1/status"
}

# Zombies count, too.
children_of_run() {
	cat "/proc/$run/task/$run/children"
}

is_of_run() {
	"$HANDOVER" status | grep -q "nginx-handover run (pid $run)"
}

# requests_seen COUNT: so many requests are in the log, where each comes after its answer.
requests_seen() {
	[[ $(grep -c 'GET / HTTP' "$out") == "$1" ]]
}

is_child_of_run() { [[ $(parent_of "$1") == "$run" ]]; }

@test "signals are passed on, no request is lost, and what goes to standard output keeps coming" {
	write_conf 2 'daemon off; error_log stderr;'
	sed -i 's|access_log off|access_log /dev/stdout|' $CONF_FILE
	start_run
	first=$(master)
	assert_equal "$(parent_of "$first")" "$run" 'the parent of the master'
	answers 1.18.0
	kill -HUP "$run"
	said 'and the new configuration'
	answers 1.18.0
	put_in_place 1.22.1
	kill -USR2 "$run"
	said 'the old binary is kept'
	answers 1.22.1
	second=$(master)
	wait_until 5 is_child_of_run "$second"
	kill -USR1 "$run"
	said 'every process of nginx has reopened'
	answers 1.22.1
	wait_until 5 requests_seen 4
	assert_equal "$(children_of_run)" "$second " 'the children of run'
	# the signals that runsv and s6 send for "stop"
	kill -TERM "$run"
	kill -CONT "$run"
	has_ended 0
	grep -q 'nginx is stopped' "$out"
}

@test "under load: upgrades by USR2 and from a shell, a broken one, a rollback, a reload" {
	start_run
	SLOW_RATE=20000000 load_start
	put_in_place 1.22.1
	kill -USR2 "$run"
	said 'the old binary is kept'
	new_binary 1.26.3
	handover upgrade --binary "$NEW" --settle 100ms
	assert_status 0
	broken_binary exits-at-once
	handover upgrade --binary "$NEW" --settle 100ms --start-timeout 1s
	assert_status 150
	handover rollback --settle 100ms
	assert_status 0
	handover reload
	assert_status 0
	load_stop
	answers 1.22.1
	wait_until 5 is_of_run
	handover restart
	assert_status 154
	assert_output 'its supervisor'
	alive "$run"
	assert_equal "$(children_of_run | wc -w)" 1 'the children of run'
	handover stop
	assert_status 0
	has_ended 0
}

@test "a master that is killed: its workers are ended, and run ends with the code of that master" {
	start_run
	kill -KILL "$(master)"
	has_ended 137
	start_run
	kill -QUIT "$(master)" # somebody by hand
	has_ended 0
	[[ -S $SOCKET ]] # up to 1.19.0; the next one could not bind it
	# both killed at once: the next run finds workers without a master
	start_run
	grep -q 'unix sockets of an nginx' "$out"
	kill -STOP "$run"
	kill -KILL "$(master)"
	kill -KILL "$run"
	wait "$run" || :
	start_run
	grep -q 'of a master that is dead' "$out"
	answers 1.18.0
	kill -TERM "$run"
	has_ended 0
}

@test "run that was killed: the next one takes nginx over and says what is lost; two at once are refused" {
	start_run
	first=$(master)
	kill -KILL "$run"
	wait "$run" || :
	start_run
	said "master $first is taken over"
	grep -q 'is not a child of this process' "$out"
	grep -q 'goes where it went before' "$out"
	handover run --nginx $TARGET
	assert_status 152
	handover status
	assert_output "nginx-handover run (pid $run)"
	handover upgrade --force --settle 100ms
	assert_status 0
	[[ $(master) != "$first" ]]
	wait_until 5 is_of_run
	# by hand: there is no lock of an active run
	kill -USR2 "$(master)"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	kill -QUIT "$(cat $PID_FILE.oldbin)"
	wait_until 5 is_of_run
	kill -INT "$run"
	has_ended 0
}

@test "readiness is reported once, also if run executes a newer program of its own" {
	mkdir -p /run/own
	cp "$HANDOVER" /run/own/nginx-handover
	PROGRAM=/run/own/nginx-handover start_run --ready-file /run/own/ready --notify-fd 5 5>"$BATS_TEST_TMPDIR/fd"
	wait_until 5 test -s /run/own/ready
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/fd")" 1 'bytes on the descriptor'
	cp "$HANDOVER" /run/own/newer
	mv /run/own/newer /run/own/nginx-handover
	kill -HUP "$run"
	said 'and the new configuration'
	same_file "/proc/$run/exe" /run/own/nginx-handover
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/fd")" 1 'bytes on the descriptor'
	assert_equal "$(parent_of "$(master)")" "$run" 'the parent of the master'
	# a program that does not work is not executed
	printf '#!/bin/sh\necho no such command >&2; exit 2\n' >/run/own/newer
	chmod 755 /run/own/newer
	mv /run/own/newer /run/own/nginx-handover
	kill -USR1 "$run"
	said 'cannot take over: .*no such command'
	said 'every process of nginx has reopened'
	kill -TERM "$run"
	has_ended 0
	[[ ! -e /run/own/ready ]]
}

@test "an nginx that cannot be started ends run, with the code of start, and nothing is left" {
	write_conf 2 'nonsense;'
	handover run --nginx $TARGET
	assert_status 6
	write_conf 2
	handover run --nginx $TARGET --notify-fd 77
	assert_status 2
	assert_output 'descriptor 77'
	mkdir -m 777 /run/anybody
	handover run --nginx $TARGET --ready-file /run/anybody/ready
	assert_status 1
	assert_output '/run/anybody'
	no_nginx
}

@test "as pid 1: upgrades leave no zombie, and its memory stays" {
	cat >"$BATS_TEST_TMPDIR/init" <<-INIT
		#!/bin/sh
		exec "$HANDOVER" run --nginx $TARGET --settle 0
	INIT
	chmod 755 "$BATS_TEST_TMPDIR/init"
	unshare -pfm --mount-proc --kill-child "$BATS_TEST_TMPDIR/init" >"$out" 2>&1 3>&- &
	outer=$!
	said 'nginx runs.*: master'
	one=$(pgrep -P $outer)
	for ((i = 0; i < 20; i++)); do
		nsenter -t "$one" -p -m "$HANDOVER" upgrade --force --settle 0 -q
		[[ $i == 4 ]] || continue
		before=$(awk '/^VmRSS/ { print $2 }' "/proc/$one/status")
		fds=$(find "/proc/$one/fd" -mindepth 1 | wc -l)
	done
	after=$(awk '/^VmRSS/ { print $2 }' "/proc/$one/status")
	# The sanitizers keep freed memory for a while.
	[[ $HANDOVER == *build-dev* ]] || ((after <= before + 64)) || fail "VmRSS grew from $before to $after kB"
	assert_equal "$(wc -w <"/proc/$one/task/$one/children")" 1 'the children of pid 1'
	assert_equal "$(find "/proc/$one/fd" -mindepth 1 | wc -l)" "$fds" 'open files of pid 1'
	kill -TERM "$one"
	code=0
	wait $outer || code=$?
	assert_equal "$code" 0 'the exit code of pid 1'
}
