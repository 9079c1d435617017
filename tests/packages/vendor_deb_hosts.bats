#!/usr/bin/env bats
# Debian's own nginx packages updated by apt with ours installed, on other releases and init systems.
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
	[[ $HOST_KIND != sysv ]] || upgrade_has_the_scripts_limits
}

# ULIMIT= of the settings, which Debian's script sets for a start.
upgrade_has_the_scripts_limits() {
	host_run prlimit --pid "$(host_master $PACKAGED)" --nofile=1000:
	host_run sh -c 'echo "ULIMIT=\"-n 5000\"" >>/etc/default/nginx'
	run_shown host_run service nginx upgrade
	assert_status 0
	# shellcheck disable=SC2016 # awk's
	run host_run awk '/^Max open files/ { print $4 }' "/proc/$(host_master $PACKAGED)/limits"
	assert_equal "$output" 5000 'open files of the new master'
}

@test "a module that does not fit: nothing is lost, and apt succeeds" {
	with_nginx module
	updated_to foreign
	not_handed_over
	assert_output ngx_stream_module
	assert_installed
	rolled_back
}
