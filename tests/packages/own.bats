#!/usr/bin/env bats
# A package of somebody's own nginx with the macros of macros.nginx-handover: the example of packaging/rpm/example.
#
# hosts: bookworm-rpm-v2

load ../lib/systemd
load ../lib/packages

UNIT=nginx-own.service

# nginx runs, its service is enabled, and it is that of the package.
with_own() {
	rpm_does -U el8/nginx-handover own/nginx-own-1.18.0-1
	printf '%s\n' SETTLE=200ms NGINX=/opt/nginx-own/nginx PID_FILE=$PACKAGED | host_write /etc/sysconfig/nginx-own
	host_systemctl start $UNIT
	assert_status 0
	old=$(host_master $PACKAGED)
	assert_serves "$old" $UNIT
}

own_main_is_not() { [[ $(host_main_pid $UNIT) != "$1" ]]; }

@test "an update is a handover, under load, in one line" {
	with_own
	host_load_start
	rpm_does -U own/nginx-own-1.22.1-1
	host_load_stop
	assert_equal "$(grep -c '^nginx-handover: ' <<<"$output")" 1 'the lines it says'
	assert_output 'nginx 1.18.0 -> 1.22.1'
	assert_serves "$(host_master $PACKAGED)" $UNIT
	own_main_is_not "$old"
	host_do answers 1.22.1
	host_systemctl stop $UNIT
	assert_status 0
}

@test "a first installation enables by presets and starts nothing; an erase stops it" {
	host_write /etc/systemd/system-preset/10-tests.preset <<<"enable $UNIT"
	with_own
	assert_equal "$(host_show UnitFileState $UNIT)" enabled
	rpm_does -e nginx-own
	host_do no_nginx
	assert_equal "$(host_show LoadState $UNIT)" not-found
	run host_run find /etc/systemd/system -name 'nginx-own*'
	assert_equal "$output" ''
}

@test "without nginx-handover it is an ordinary update" {
	with_own
	rpm_does -e --nodeps nginx-handover
	rpm_does -U --nodeps own/nginx-own-1.22.1-1
	refute_output scriptlet
	assert_serves "$old" $UNIT
	host_run systemctl kill --signal=KILL $UNIT
}
