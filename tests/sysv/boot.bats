#!/usr/bin/env bats
# The machine boots and shuts down: sysvinit's own rc calls the script, and all clients are served first.
#
# hosts: bookworm-sysv trixie-sysv

load ../lib/sysv

# Each test shuts its machine down.
setup_file() { :; }
teardown_file() { :; }
setup() {
	host_boot
	host_fresh
	own_script 1.18.0
	host_run update-rc.d nginx defaults
}
teardown() {
	host_teardown || :
	host_end || :
}

# A client has begun a download when COMMAND shuts the machine down; nginx gets QUIT, and the client
# its whole download. Sets log to the error log, which remains when the machine is down.
goes_down_with_client() {
	exec {log}<"/proc/$HOST_LEADER/root$ERROR_LOG"
	host_slow_client
	host_run "$@"
	wait_until 20 error_log_has 'signal 3 (SIGQUIT) received'
	host_slow_finish
}

# Its log, to the end.
assert_quit() {
	cat <&"$log" >"$BATS_TEST_TMPDIR/log"
	assert_stopped_by_quit "$old" "$BATS_TEST_TMPDIR/log"
}

@test "boot starts it, reboot in a hold stops it in order and starts it again, with the binary that came in between" {
	local before held
	host_reboot
	host_service nginx status
	assert_status 0
	host_do answers 1.18.0
	grep -q 'Starting nginx: ' "$HOST_DIR/console" || fail "$(cat "$HOST_DIR/console")"
	old=$(host_master)
	replaced_by 1.22.1
	# Held: the watcher ends with the machine, and both masters are told to exit in order.
	run_apart /etc/init.d/nginx upgrade --hold 1h
	assert_status 156
	held=$old
	old=$(host_master)
	before=$HOST_LEADER
	goes_down_with_client reboot
	wait_until 30 gone "$before"
	host_wait_for_boot
	assert_quit
	grep -q " $held#.*signal 3 (SIGQUIT) received" "$BATS_TEST_TMPDIR/log" || fail 'the old master had no QUIT'
	host_run nginx-handover history --pid-file $PID_FILE | grep 'upgrade by root: 1.18.0 -> 1.22.1, held in '
	host_service nginx status
	assert_status 0
	host_do answers 1.22.1
	grep -q 'Stopping nginx: ' "$HOST_DIR/console" || fail "$(cat "$HOST_DIR/console")"
	[[ $(host_master) != "$old" ]] || host_do answers # a pid may come again
}

@test "power off in the middle of a handover that was left: both generations serve their clients to the end" {
	host_service nginx start
	assert_status 0
	old=$(host_master)
	host_slow_client old
	replaced_by 1.22.1
	host_service nginx upgrade --drain-timeout 100ms
	assert_status 151
	old=$(host_master)
	goes_down_with_client poweroff
	host_slow_finish old
	wait_until 30 gone "$HOST_PID"
	assert_quit
}
