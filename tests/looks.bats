#!/usr/bin/env bats
# The system refuses to show a process: no descriptors, no /proc, a /proc that hides processes, single errors.
# No process counts as dead or without workers because of that; a handover looks again.

# shellcheck disable=SC2016 # it is another bash that expands these
load lib/common

setup() {
	setup_running
	wait_until 10 both_workers
}

teardown() { common_teardown; }

both_workers() {
	[[ $(count_workers "$old") == 2 ]]
}

# limited DESCRIPTORS COMMAND...: with the pid file named, so that no binary must be asked for it
limited() {
	local n=$1
	shift
	run_shown bash -c 'ulimit -n "$1" && exec "${@:2}"' - "$n" "$HANDOVER" "$@" --pid-file $PID_FILE
}

# in_other_proc SETUP COMMAND...: in a mount namespace of its own
in_other_proc() {
	local setup=$1
	shift
	run_shown unshare --mount --propagation private bash -c "$setup"' && exec "$@"' - "$HANDOVER" "$@"
}

@test "status with few descriptors: what could not be read is not reported as known" {
	local n
	for n in 6 7 8 9 10 11 12 14 16 20 24 32; do
		limited "$n" status
		refute_output 'no worker accepts'
		refute_output 'not running'
		refute_output ': 0 workers accept'
		[[ $status == 0 || $status == 4 || $status == 1 ]]
	done
	assert_status 0
}

@test "stop with few descriptors: stopped, or refused by the system, never \"nothing to stop\"" {
	local n
	for n in 6 7 8 9 10 11 12 14 16 20 24 32; do
		limited "$n" stop
		refute_output 'nothing to stop'
		if ((status == 0)); then
			no_nginx || fail "stopped, and there still is: $(nginx_processes)"
			start_nginx
			old=$(master)
			wait_until 10 both_workers
		else
			[[ $status != 155 ]]
			alive "$old"
		fi
	done
	assert_status 0
}

@test "the same without a pid file to go by" {
	local n
	for n in 6 8 10 12 16; do
		run_shown bash -c 'ulimit -n "$1" && exec "${@:2}"' - "$n" "$HANDOVER" stop
		refute_output 'nothing to stop'
		((status != 0)) || break
		alive "$old"
	done
	rm -f $PID_FILE
	for n in 6 8 10 12; do
		run_shown bash -c 'ulimit -n "$1" && exec "${@:2}"' - "$n" "$HANDOVER" status --pid-file $PID_FILE
		[[ $status != 0 ]]
		[[ $status != 3 || $output == *'nginx run'* ]]
	done
}

@test "without /proc the state is unknown: the advice is given, and helps" {
	local command
	for command in "stop" status reload upgrade finish rollback reopen start; do
		in_other_proc 'mount -t tmpfs none /proc' $command --pid-file $PID_FILE
		[[ $status == 1 || ($command == status && $status == 4) ]]
		assert_output 'not mounted'
		assert_output 'mount -t proc proc /proc'
		in_other_proc 'mount -t tmpfs none /proc' $command --nginx $TARGET
		[[ $status == 1 || ($command == status && $status == 4) ]]
		assert_output 'not mounted'
	done
	alive "$old"
	in_other_proc 'mount -t tmpfs none /proc && mount -t proc proc /proc' status --pid-file $PID_FILE
	assert_status 0
	assert_output '2 workers accept'
}

@test "a /proc of another pid namespace shows others: nothing is done" {
	run_shown unshare --pid --fork "$HANDOVER" stop --pid-file $PID_FILE
	assert_status 1
	assert_output 'another pid namespace'
	alive "$old"
}

@test "a /proc that hides root's processes from root (hidepid=, no CAP_SYS_PTRACE): nothing is done" {
	run_shown unshare --mount --propagation private bash -c 'mount -t tmpfs none /proc && mount -t proc -o hidepid=2,gid=12345 proc /proc &&
		exec setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace "$@"' - "$HANDOVER" stop --pid-file $PID_FILE
	assert_status 1
	assert_output 'hides processes'
	refute_output 'nothing to stop'
	alive "$old"
}

# injected SYSCALL ERROR WHEN: an upgrade to the broken binary, with that error injected
injected() {
	run_shown timeout 60 strace -qq -o "$BATS_TEST_TMPDIR/trace" -e "trace=$1" -e "inject=$1:error=$2:when=$3" \
		"$HANDOVER" upgrade --binary "$NEW" --start-timeout 3
}

# The number of the first SYSCALL after USR2 in an upgrade without errors.
first_after_usr2() {
	run_shown strace -qq -o "$BATS_TEST_TMPDIR/trace" -e "trace=$1,kill,pidfd_send_signal" \
		"$HANDOVER" upgrade --binary "$NEW" --start-timeout 3
	assert_status 150
	awk -v name="$1" '/SIGUSR2/ { exit } index($0, name "(") == 1 { n++ } END { print n + 1 }' \
		"$BATS_TEST_TMPDIR/trace" >"$BATS_TEST_TMPDIR/first"
}

undone_all_the_same() {
	assert_status 150
	assert_output 'was undone'
	assert_equal "$(master)" "$old" 'the master'
	assert_equal "$(count_workers "$old")" 2 'the workers'
	answers 1.18.0
	cmp $TARGET "$(built 1.18.0)"
}

# each_after_usr2 SYSCALL ERROR...: one error at a time, spread over the undo
each_after_usr2() {
	local call=$1 first error i=0
	shift
	first_after_usr2 "$call"
	first=$(<"$BATS_TEST_TMPDIR/first")
	for error; do
		for i in 0 1 2 5 9 17 33 65; do
			injected "$call" "$error" $((first + i))
			undone_all_the_same
		done
	done
}

@test "one open fails in the undo of a broken binary: still undone" {
	broken_binary exits-at-once
	each_after_usr2 openat ENOMEM EIO EMFILE EACCES
}

@test "one read fails in the undo: still undone" {
	broken_binary exits-at-once
	each_after_usr2 read ENOMEM EIO EACCES
}

@test "one look at a file or a link fails in the undo: still undone" {
	broken_binary exits-at-once
	each_after_usr2 newfstatat ENOMEM EACCES
	each_after_usr2 readlink ENOMEM EIO
}

@test "a signal fails in the undo: sent again" {
	local when call="pidfd_send_signal"
	broken_binary dies-after-300ms
	first_after_usr2 openat
	grep -q "^$call" "$BATS_TEST_TMPDIR/trace" || call="kill"
	for when in 2 3 4 2..5; do
		injected $call EAGAIN $when
		undone_all_the_same
		injected $call ENOMEM $when
		undone_all_the_same
	done
}

@test "the old binary cannot be put back at once: it is put back a moment later" {
	local first
	broken_binary exits-at-once
	first_after_usr2 renameat # the record of builds is written just the first time
	first_after_usr2 renameat
	first=$(<"$BATS_TEST_TMPDIR/first")
	injected renameat EIO "$first"
	[[ $(grep -c INJECTED "$BATS_TEST_TMPDIR/trace") == 1 ]]
	undone_all_the_same
	injected renameat EBUSY "$first..$((first + 4))"
	[[ $(grep -c INJECTED "$BATS_TEST_TMPDIR/trace") == 5 ]]
	undone_all_the_same
}

@test "no look succeeds for a second of the undo: completed when they succeed again" {
	broken_binary exits-at-once
	first_after_usr2 openat
	injected openat EMFILE "$(<"$BATS_TEST_TMPDIR/first")..$(($(<"$BATS_TEST_TMPDIR/first") + 30))"
	undone_all_the_same
}

@test "no look succeeds any more: the message says so, and what to do" {
	broken_binary exits-at-once
	first_after_usr2 openat
	injected openat EMFILE "$(<"$BATS_TEST_TMPDIR/first")+"
	assert_status 155
	assert_output 'cannot be looked at: Too many open files'
	# On a slow machine all had been undone before the first look that failed: then nothing is left to be done.
	handover rollback
	[[ $status == 154 && $output == *'no handover is under way'* ]] || assert_status 0
	assert_equal "$(master)" "$old" 'the master'
	[[ $("$TARGET" -v 2>&1) == *1.18.0 ]]
}
