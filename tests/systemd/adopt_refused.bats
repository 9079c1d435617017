#!/usr/bin/env bats
# adopt: refusals and undos; nginx goes on serving where it was.
#
# hosts: bookworm-v2

load ../lib/systemd
load ../lib/adopt

@test "a start that fails, a unit of another nginx, a handover under way: nothing has changed" {
	local kill_mode
	kill_mode=$(host_show KillMode)
	printf '[Unit]\nConditionPathExists=/nowhere\n' | host_write $OVERRIDE
	host_run systemctl daemon-reload
	host_handover adopt
	assert_status 154
	assert_output "systemd has not taken master $old as the main process of nginx.service: that unit is inactive"
	assert_output 'that was undone'
	assert_outside

	override User=nobody ExecStart= ExecStart=/nowhere/nginx Type=oneshot
	kill_mode=$(host_show KillMode)
	host_handover adopt
	assert_status 154
	assert_output 'has Type=oneshot'
	override PIDFile=/run/other.pid
	host_handover adopt
	assert_status 154
	assert_output 'no unit names /run/nginx.pid in PIDFile='
	host_handover adopt --unit nginx
	assert_status 154
	assert_output 'nginx.service has PIDFile=/run/other.pid'
	host_handover adopt --unit nowhere
	assert_status 154
	override
	host_run systemctl mask --runtime nginx
	host_handover adopt
	assert_status 154
	assert_output 'systemctl unmask'
	host_run systemctl unmask --runtime nginx
	host_handover adopt --init none
	assert_status 154
	# shellcheck disable=SC2016 # it is the inner shell that expands it
	run_shown host_shell unshare --mount sh -c 'for i in /sys/fs/cgroup /sys/fs/cgroup/systemd; do mount -o remount,bind,ro $i; done 2>/dev/null; exec nginx-handover adopt'
	assert_status 154
	assert_output 'the cgroups cannot be written'
	run_shown host_shell unshare --cgroup nginx-handover adopt
	assert_status 154
	assert_output 'another cgroup namespace'
	assert_outside

	# two masters
	host_handover upgrade --force --hold 1h
	assert_status 156
	host_handover adopt
	assert_status 153
	assert_output 'rollback'
	host_handover rollback
	assert_status 0
	all=$(nginx_pids)
	assert_outside

	# and in the end it can be
	override KillMode=control-group
	host_handover adopt --pid-file "/var$PACKAGED"
	assert_status 0
	assert_serves "$old"
	assert_all_in_unit
}
