#!/usr/bin/env bats
# adopt: an nginx that was started by hand is moved into its unit without a restart.
#
# hosts: bookworm-v2 bullseye-v1

load ../lib/systemd
load ../lib/adopt

@test "an inactive unit is made active around the master, under load; reload, upgrade and stop go on from there" {
	local kill_mode new
	kill_mode=$(host_show KillMode)
	assert_equal "$(host_show ActiveState)" inactive
	host_handover doctor --json
	assert_output '"id":"unit-not-its-own"'
	assert_output 'nginx-handover adopt'
	host_handover adopt --dry-run
	assert_status 0
	assert_output "would be moved into nginx.service"
	assert_outside

	host_load_start
	host_handover adopt
	assert_status 0
	assert_output "master $old is in nginx.service now"
	host_load_stop
	assert_equal "$(nginx_pids)" "$all" 'the processes of nginx'
	assert_serves "$old"
	assert_all_in_unit
	host_run test ! -e "$LEFT"
	assert_equal "$(host_show NeedDaemonReload)" no
	assert_equal "$(host_show KillMode)" "$kill_mode"
	host_handover doctor --json
	refute_output '"id":"unit-not-its-own"'
	refute_output '"id":"unit-main-process"'
	host_handover adopt
	assert_status 0
	assert_output "nothing to do: master $old is in nginx.service"

	host_systemctl reload nginx
	assert_status 0
	assert_serves "$old"
	host_handover upgrade --force
	assert_status 0
	new=$(host_master $PACKAGED)
	assert_serves "$new"
	assert_all_in_unit
	host_systemctl stop nginx
	assert_status 0
	assert_stopped
}

@test "an nginx that cron has started: it is in the service of cron, which stays" {
	host_handover stop
	# cron.service has KillMode=process, and stays
	host_run mkfifo /run/nginx-cron
	host_run systemd-run --quiet --unit=nginx-cron -p KillMode=process sh -c '/usr/sbin/nginx; read x </run/nginx-cron'
	wait_until 10 host_do master_ready $PACKAGED
	old=$(host_master $PACKAGED)
	in_unit "$old" nginx-cron.service
	host_handover adopt
	assert_status 0
	assert_serves "$old"
	assert_all_in_unit
	assert_equal "$(host_show ActiveState nginx-cron)" active
	host_run systemctl stop nginx-cron
	assert_serves "$old"
}

@test "a unit that has taken the master by its pid file, but not its processes: they are moved" {
	local kill_mode
	kill_mode=$(host_show KillMode)
	# the effect of a start that finds a running nginx, without our drop-in
	override ExecStartPre= ExecStart= ExecStart=/bin/true
	host_systemctl start nginx
	assert_status 0
	assert_serves "$old"
	in_unit "$old" session-
	# and a run that was killed has left its drop-in
	printf '[Service]\nKillMode=none\n' | host_write "$LEFT"
	host_run systemctl daemon-reload
	host_handover adopt
	assert_status 0
	assert_serves "$old"
	assert_all_in_unit
	assert_equal "$(nginx_pids)" "$all"
	host_run test ! -e "$LEFT"
	assert_equal "$(host_show KillMode)" "$kill_mode"
	host_systemctl stop nginx
	assert_status 0
	assert_stopped
}
