#!/usr/bin/env bats
# Binary and modules on a kernel that does not show mapped files: they are copied after each start.
# kernels: all
# shellcheck disable=SC2086 # paths without blanks

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

@test "started by hand and then replaced: reported, and no module is put back that does not fit" {
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
