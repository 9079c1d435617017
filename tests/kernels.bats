#!/usr/bin/env bats
# The helper on kernels that each lack one feature; see tests/old-kernel. The other files run completely on a kernel
# that lacks all of them.
# kernels: pidfd inotify signalfd children new

load lib/common

setup() {
	requires_root
}

teardown() {
	common_teardown
}

@test "the simulated kernel refuses what it should, and nothing else" {
	run_shown "$TOP/build/tests/old-kernel" --prove "$NH_KERNEL"
	assert_status 0
	assert_output 'refused'
}

@test "the unit tests of code that depends on the kernel" {
	local name
	for name in children process waker; do
		run_shown "$TOP/build/tests/old-kernel" "$NH_KERNEL" -- "$TOP/build/tests/unit/test_$name"
		assert_status 0
		refute_output 'not ok'
	done
}

@test "an upgrade, and one that is undone, under load" {
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	start_nginx
	old=$(master)
	load_start
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 200ms
	assert_status 0
	gone "$old"
	old=$(master)
	broken_binary exits-at-once
	handover upgrade --binary "$NEW"
	assert_status 150
	load_stop
	assert_equal "$(master)" "$old" 'the master'
	assert_equal "$(count_workers "$old")" 2 'number of workers'
	answers 1.22.1
}

# Every round ends with one ppoll(). The longest wait between two signals is that for the slow client. The intervals
# allow 67 rounds until they are 100 ms long, twice that if a phase begins in between, and then 10 a second. On a slow
# machine there are fewer.
@test "a drain is waited for without a busy loop" {
	local begin seconds looks
	fresh_prefix
	write_conf 1
	install_old 1.18.0
	start_nginx
	slow_client
	new_binary 1.22.1
	begin=$SECONDS
	run_shown strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=ppoll,kill,pidfd_send_signal \
		"$HANDOVER" upgrade --binary "$NEW" --settle 0 --drain-timeout 2
	assert_status 151
	seconds=$((SECONDS - begin + 1))
	looks=$(awk '/^ppoll/ { n++; if (n > most) most = n } /kill\([0-9]+, SIG|send_signal/ { n = 0 } END { print most }' \
		"$BATS_TEST_TMPDIR/trace")
	echo "$looks looks in $seconds seconds"
	((looks > 3)) || fail 'it is not looked at'
	((looks <= 150 + 10 * seconds)) || fail "$looks looks in $seconds seconds"
	exec {slow}>&-
}
