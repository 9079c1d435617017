#!/usr/bin/env bats
# Debian's own nginx packages updated by apt beside ours, where another release or init system makes a difference.
#
# hosts: bullseye-v1 trixie-v2 bookworm-sysv

load ../lib/vendor-deb

@test "an update of everything, with a module: one handover, nothing is lost, and rollback goes back" {
	with_nginx module
	updated_to modules
	handed_over
	assert_installed
	run_shown host_run /usr/sbin/nginx-handover rollback
	assert_status 0
	runs_what_was
	assert_runs "$(host_master $PACKAGED)"
}

@test "a module that does not fit: nothing is lost, and apt is content" {
	with_nginx module
	updated_to foreign
	not_handed_over
	assert_output ngx_stream_module
	assert_installed
	rolled_back
}
