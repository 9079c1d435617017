#!/usr/bin/env bats
# stop: of one generation and of two, of processes that do not exit, and beside another run.
#
# kernels: today all

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
}

teardown() { common_teardown; }

@test "stop serves the clients first and returns when all is gone; then it is 0 again" {
	start_nginx
	load_start
	kill -TERM "$LOAD_PID"
	handover stop
	assert_status 0
	no_nginx
	wait "$LOAD_PID" || :
	(($(summary slow_failed) == 0)) || fail 'a slow download was cut'
	unset LOAD_PID
	handover stop --pid-file $PID_FILE
	assert_status 0
	assert_output 'nothing to stop'
}

@test "stop ends processes that do not exit in time by TERM" {
	start_nginx
	slow_client
	handover stop --drain-timeout 500ms
	assert_status 0
	no_nginx
	exec {slow}>&-
}

@test "a stop takes precedence over an active upgrade: that is undone, and then every process ends" {
	start_nginx
	cp $TARGET "$BATS_TEST_TMPDIR/before"
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 1min >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	upgrade=$!
	wait_until 10 grep -q both "$BATS_TEST_TMPDIR/out"
	handover stop
	assert_status 0
	assert_output "another run (upgrade, pid "
	no_nginx
	code=0
	wait $upgrade || code=$?
	assert_equal $code 150 "the upgrade's exit code"
	cmp $TARGET "$BATS_TEST_TMPDIR/before"
}

@test "a stop tells only who has the lock to end: whom the lock file names may be a stranger" {
	start_nginx
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 1min >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	upgrade=$!
	wait_until 10 grep -q both "$BATS_TEST_TMPDIR/out"
	tail -f /dev/null 3>&- &
	stranger=$!
	file=$(compgen -G '/run/nginx-handover/run-*')
	sed "1s/.*/$stranger $(awk '{ print $22 }' "/proc/$stranger/stat") upgrade/" "$file" >"$BATS_TEST_TMPDIR/false"
	cat "$BATS_TEST_TMPDIR/false" >"$file"
	handover stop --drain-timeout 200ms --start-timeout 100ms
	assert_status 152
	assert_output "upgrade (pid $stranger)"
	refute_output 'was told to end'
	alive "$stranger"
	alive "$upgrade"
	kill -KILL "$stranger"
	kill -TERM "$upgrade"
	wait "$upgrade" || :
	answers 1.18.0
	handover stop
	assert_status 0
}

@test "stop ends both generations of an unfinished handover" {
	start_nginx
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	handover stop
	assert_status 0
	no_nginx
	[[ ! -e $PID_FILE ]]
}

@test "stop of a master that is stopped itself (SIGSTOP): KILL in the end, no orphan" {
	start_nginx
	kill -STOP "$(master)"
	handover stop --drain-timeout 300ms --start-timeout 300ms
	assert_status 0
	wait_until 5 no_nginx
}
