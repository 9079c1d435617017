#!/usr/bin/env bats
# A master that serves nobody: a vendor's script, a restart or somebody by hand has installed a bad binary, and its
# workers die. USR2 costs nothing there, so an upgrade is the solution.
# kernels: today

load lib/common

setup_file() {
	"$BATS_TEST_DIRNAME/lib/build-nginx" 1.22.1 fault
}

setup() {
	setup_running
}

teardown() {
	common_teardown
}

# put_in KIND: installs it by hand, like the packages' own scripts, without a check of the result
put_in() {
	local first=$old
	broken_binary "$1"
	ln $TARGET $TARGET.1.18.0
	cp "$NEW" $TARGET.new && mv $TARGET.new $TARGET
	kill -USR2 "$first"
	wait_until 10 another_master "$first"
	kill -QUIT "$first"
	wait_until 10 gone "$first"
	old=$(master)
}

another_master() {
	local pid
	pid=$(cat $PID_FILE 2>/dev/null) && [[ -n $pid && $pid != "$1" ]]
}

no_workers() {
	! workers_of "$old" 'nginx: worker process' >/dev/null
}

rescued() {
	assert_status 0
	assert_output 'no worker that accepts'
	wait_until 5 gone "$old"
	answers "$1"
	assert_equal "$(count_workers "$(master)")" 2 'the workers'
}

@test "workers that crash in a loop: upgrade to a good binary" {
	put_in worker-crash-at-start
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	rescued 1.22.1
}

@test "workers that crash in a loop: rollback" {
	put_in worker-crash-at-start
	handover rollback
	rescued 1.18.0
}

@test "workers that left and were not started again: upgrade" {
	put_in worker-exit2
	wait_until 5 no_workers
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	rescued 1.22.1
}

@test "workers sent away by WINCH by hand: upgrade" {
	kill -WINCH "$old"
	wait_until 5 no_workers
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	rescued 1.22.1
}

@test "reuseport, and fewer workers than before: upgrade" {
	kill_all_nginx
	rm -f $SOCKET
	sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT reuseport;/" $CONF_FILE
	start_nginx
	old=$(master)
	put_in worker-crash-at-start
	sed -i 's/worker_processes 2/worker_processes 1/' $CONF_FILE
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
}

@test "the other binary is broken, too: not 0, and the state is reported" {
	put_in worker-crash-at-start
	broken_binary worker-exit2
	handover upgrade --binary "$NEW" --start-timeout 2
	assert_status 155
	assert_output "old master $old"
}

@test "the new binary hangs: the old master starts its workers again, undone" {
	kill -WINCH "$old"
	wait_until 5 no_workers
	broken_binary hangs-before-pid
	handover upgrade --binary "$NEW" --start-timeout 1
	assert_status 150
	answers 1.18.0
	assert_equal "$(master)" "$old" 'the master'
}

# --- finish, where a run was killed between the install and USR2 ---------------------------------------

@test "finish with another file at the path goes on to it" {
	new_binary 1.22.1
	ln $TARGET $TARGET.1.18.0
	cp "$NEW" $TARGET.new && mv $TARGET.new $TARGET
	handover finish
	assert_status 0
	assert_output 'handing over to it'
	answers 1.22.1
	gone "$old"
}

@test "finish with the file that runs at the path: nothing to do" {
	handover finish
	assert_status 0
	assert_output 'nothing was done'
	assert_equal "$(master)" "$old" 'the master'
}

# --- the pid file of the new generation ------------------------------------------------------------------

@test "the pid file does not name the new master: undone before QUIT" {
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 4 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	HELPER=$!
	wait_until 10 another_master "$old"
	wait_until 10 no_workers
	echo 1 >$PID_FILE
	rc=0
	wait $HELPER || rc=$?
	cat "$BATS_TEST_TMPDIR/out"
	assert_equal "$rc" 150 'the exit code of upgrade'
	grep -q 'does not name the new master' "$BATS_TEST_TMPDIR/out"
	answers 1.18.0
	assert_equal "$(master)" "$old" 'the master'
}
