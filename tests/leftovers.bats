#!/usr/bin/env bats
# New binaries that leave processes behind when they are undone: an orphan, or workers whose
# master died right after it had started them. An undo and a stop must end or report all of them.
# kernels: today (all)

load lib/common

setup_file() {
	"$BATS_TEST_DIRNAME/lib/build-nginx" 1.22.1 fault # takes its time: not while a load runs
}

setup() {
	setup_running
}

teardown() {
	common_teardown
}

only_old_processes() {
	[[ $(nginx_processes | wc -l) == 3 ]]
}

# Every answer comes from the old version, not only the next one.
assert_only_old() {
	local i
	wait_until 5 only_old_processes
	for ((i = 0; i < 20; i++)); do answers 1.18.0; done
	assert_equal "$(master)" "$old" 'the master'
	[[ ! -e $PID_FILE.oldbin ]]
	[[ -S $SOCKET ]] || fail "$SOCKET has lost its name" # a master that ends by itself would take it along
}

undone() {
	broken_binary "$1"
	handover upgrade --binary "$NEW" --start-timeout 3
	assert_status 150
	assert_output 'was undone'
	assert_only_old
}

@test "the first process forks and exits: undone, and the other one is ended" {
	undone forks-and-exits
	assert_output 'ran on without their master'
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
	wait_until 5 only_old_processes
}

@test "a new master that gets KILL right after it started its workers: undone, and they are ended" {
	local i
	# Whether the helper sees them before their master is dead is a matter of luck.
	for i in 1 2 3 4; do undone killed-after-fork; done
	handover stop --pid-file $PID_FILE
	assert_status 0
	no_nginx
	start_nginx
}

@test "a stop right after the first process forked and exited leaves no process" {
	broken_binary forks-and-exits
	"$HANDOVER" upgrade --binary "$NEW" --start-timeout 10 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	HELPER=$!
	wait_until 10 grep -q 'did not come up' "$BATS_TEST_TMPDIR/out"
	handover stop --nginx $TARGET --pid-file $PID_FILE
	assert_status 0
	wait_until 5 no_nginx
	start_nginx
	answers 1.18.0
}

# The other one may be gone again before it is seen.
more_than_old_or_over() {
	more_than_old || gone "$HELPER"
}

more_than_old() {
	(($(nginx_processes | wc -l) > 3))
}

# The processes that an undo by hand, or by an older version of this program, has left.
left_by_hand() {
	broken_binary "$1"
	cp -p $TARGET $TARGET.keep
	cp "$NEW" $TARGET.new && mv $TARGET.new $TARGET
	kill -USR2 "$old"
	wait_until 10 more_than_old
	mv $TARGET.keep $TARGET
	wait_until 10 no_oldbin
	echo "$old" >$PID_FILE # the other one may have written its own
}

no_oldbin() {
	[[ ! -e $PID_FILE.oldbin ]]
}

@test "processes left by signals by hand are named by status, and ended by stop" {
	left_by_hand killed-after-fork
	more_than_old
	handover status --pid-file $PID_FILE
	assert_output 'of a master that is dead'
	handover stop --pid-file $PID_FILE
	assert_status 0
	wait_until 5 no_nginx
	start_nginx
	answers 1.18.0
}

@test "a second process left by signals by hand is named by status, and ended by stop" {
	left_by_hand forks-and-exits
	handover status --pid-file $PID_FILE
	assert_output 'more of nginx runs'
	handover stop --pid-file $PID_FILE
	assert_status 0
	wait_until 5 no_nginx
	start_nginx
	answers 1.18.0
}

@test "processes left by signals by hand, when the old master is also dead: with the advice of start, stop ends them" {
	left_by_hand forks-and-exits
	more_than_old
	left=$(nginx_processes | awk -v old="$old" '/master/ && $1 != old { print $1 }')
	kill -KILL "$old"
	wait_until 5 gone "$old"
	handover start --nginx $TARGET --pid-file $PID_FILE --conf $CONF_FILE
	[[ $status != 0 ]] || fail 'a second nginx was started'
	assert_output "echo $left > $PID_FILE"
	echo "$left" >$PID_FILE
	handover stop --nginx $TARGET --pid-file $PID_FILE --conf $CONF_FILE
	assert_status 0
	wait_until 5 no_nginx
	start_nginx
	answers 1.18.0
}
