#!/usr/bin/env bats
load lib/common

setup() {
	setup_running
}
teardown() {
	common_teardown
}

@test "hold first" {
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 100ms --hold 3s
	assert_status 156
	ps -ef | grep -v bats | tail -12
	time handover status
	wait_until 10 gone "$old"
	ps -ef | grep -v bats | tail -12
	handover status
	false
}
