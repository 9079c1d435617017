#!/usr/bin/env bats
# Binary and modules where the kernel does not show what a process has mapped: what starts is kept then.
# kernels: all

load lib/common
load lib/builds
load lib/modules

setup() {
	modules_setup
}

teardown() {
	common_teardown
}

started() {
	package "$1"
	handover start --nginx $TARGET --pid-file $PID_FILE
	assert_status 0
}

@test "kept at the start and after each handover: rollback of both, twice and not handed over" {
	started 1.18.0
	assert_equal "$(ls "${KEPT%/*}")" ngx_mail_module.so.1.18.0 'what is kept'
	upgraded 1.22.1
	rolled_back
	serves 1.18.0
	package 1.22.1
	handover rollback
	assert_status 0
	serves 1.18.0
	no_temporary
}

@test "started by hand and then replaced: said, and nothing is put where it would not fit" {
	package 1.18.0
	start_nginx
	package 1.22.1
	handover rollback
	assert_status 1
	assert_output "its file was replaced"
	assert_output 'What to do: install the package of nginx 1.18.0'
	stands 1.22.1
	handover upgrade --settle 10ms
	assert_status 0
	assert_output "the module $MODULE is not kept"
	serves 1.22.1
}
