#!/usr/bin/env bats
# Debian's own nginx packages, and such as nginx.org's, updated by apt beside ours: what their scripts do at an update is
# a handover, and a bad package is no outage.
#
# hosts: bookworm-v2

load ../lib/vendor-deb

@test "an update of everything, with a module: one handover, nothing is lost, and rollback goes back" {
	with_nginx module
	host_run cp -r /usr/lib/nginx/modules /run/nginx-modules
	updated_to modules
	handed_over
	assert_output 'refused to be restarted'
	assert_installed
	run_shown host_run /usr/sbin/nginx-handover rollback
	assert_status 0
	runs_what_was
}

# undone KIND WHY: the old one serves, apt is content, and rollback puts back what runs
undone() {
	updated_to "$1"
	not_handed_over
	assert_output "$2"
	assert_installed
	rolled_back
}

@test "a binary that aborts at once" {
	with_nginx
	undone exits-at-once 'did not come up'
}

@test "workers that abort" {
	with_nginx
	undone worker-crash-at-start 'workers of the new generation die'
}

@test "a truncated binary" {
	with_nginx
	undone truncated 'does not work'
}

@test "a binary that refuses the configuration" {
	host_write /etc/nginx/conf.d/more.conf <<<'gunzip on;'
	with_nginx
	undone foreign gunzip
}

@test "a module that does not fit" {
	with_nginx module
	undone foreign ngx_stream_module
}

@test "workers that abort at a request: those requests are lost, and no more" {
	local class
	with_nginx
	from worker-crash-at-request
	host_load_start
	apt_does upgrade
	kill -TERM "$LOAD_PID"
	wait "$LOAD_PID" || :
	unset LOAD_PID
	for class in new keepalive slow; do
		(($(summary ${class}_failed) < 6)) || fail "$(cat "$BATS_TEST_TMPDIR/summary")"
	done
	not_handed_over
	rolled_back
}

@test "a module alone: one handover" {
	with_nginx module
	updated_to module
	handed_over
}
