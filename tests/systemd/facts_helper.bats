#!/usr/bin/env bats
# The helper with behaviour that only some versions of systemd have: a sub-cgroup for the commands of a unit, which
# 219 kills when the command ends; D-Bus signals that are sent to subscribers only; and killed commands.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.18.0
	old=$(host_master)
}

UNIT_OBJECT=/org/freedesktop/systemd1/unit/nginx_2eservice
LEFT=/run/nginx-facts.left

# drop_in LINE...: adds the lines to our unit
drop_in() {
	printf '%s\n' '[Service]' "$@" | host_write /etc/systemd/system/nginx.service.d/facts.conf
	host_run systemctl daemon-reload
}

# The pid of an active helper.
helper() { host_run pgrep -x nginx-handover; }

# in_control COMMAND...: from a shell in the unit's sub-cgroup "control"
in_control() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run sh -c 'mkdir -p "$0" && echo 0 >"$0/cgroup.procs" && exec "$@"' "$(unit_cgroup)/control" "$@"
}

# A reload command that runs there; the processes that it leaves are killed, as 219 does.
reload_in_control() {
	local group
	group=$(unit_cgroup)/control
	host_write /usr/local/sbin/nginx-facts-reload <<-SCRIPT
		mkdir $group && echo 0 >$group/cgroup.procs && exec nginx-handover reload
	SCRIPT
	host_write /usr/local/sbin/nginx-facts-kill <<-SCRIPT
		: >$LEFT
		for pid in \$(cat $group/cgroup.procs); do
			cat /proc/\$pid/comm >>$LEFT
			kill -KILL \$pid
		done
		rmdir $group
	SCRIPT
	drop_in ProtectControlGroups=no ExecReload= 'ExecReload=/bin/sh /usr/local/sbin/nginx-facts-reload' \
		'ExecReload=/bin/sh /usr/local/sbin/nginx-facts-kill'
}

commands_in_control() {
	host_run sh -c "for pid in \$(cat $(unit_cgroup)/control/cgroup.procs); do cat /proc/\$pid/comm; done"
}

@test "a reload command whose sub-cgroup is killed when it ends leaves nothing there, and no request fails" {
	local new
	reload_in_control
	replaced_by 1.22.1
	host_load_start
	host_slow_client
	background reload host_run systemctl reload nginx
	wait_until 20 main_is_not "$old"
	new=$(host_main_pid)
	assert_equal "$(commands_in_control)" nginx-handover 'what runs in the sub-cgroup'
	host_run grep -q "^$new\$" "$(unit_cgroup)/cgroup.procs" || fail 'the new master is elsewhere'
	host_slow_finish
	wait_for reload
	assert_status 0
	assert_equal "$(host_run cat $LEFT)" '' 'what was left in the sub-cgroup'
	host_load_stop
	assert_serves "$new"
	host_do answers 1.22.1
	host_systemctl stop nginx
	assert_stopped
}

@test "in that sub-cgroup the helper knows that it is part of the unit: a drain that is left is a success" {
	local new
	host_settings "NGINX=$TARGET" DRAIN_TIMEOUT=1s
	replaced_by 1.22.1
	host_slow_client
	run_shown in_control nginx-handover reload
	assert_status 0
	new=$(host_master)
	assert_equal "$(commands_in_control)" '' 'what is left in the sub-cgroup'
	assert_serves "$new"
	host_slow_finish
	wait_until 10 host_gone "$old"
	# a shell in another cgroup gets the real exit code
	replaced_by 1.26.3
	host_slow_client second
	host_handover reload
	assert_status 151
	host_slow_finish second
	wait_until 10 host_gone "$new"
	assert_serves "$(host_master)"
}

@test "where systemd itself has a sub-cgroup for commands, with Delegate=yes, a reload is a handover all the same" {
	drop_in Delegate=yes
	host_systemctl stop nginx
	host_systemctl start nginx
	assert_status 0
	old=$(host_master)
	replaced_by 1.22.1
	host_slow_client
	background reload host_run systemctl reload nginx
	wait_until 20 main_is_not "$old"
	host_run cat "/proc/$(helper)/cgroup" | grep -q "/nginx.service/\.control\$" ||
		fail "it runs in $(host_run cat "/proc/$(helper)/cgroup")"
	host_slow_finish
	wait_for reload
	assert_status 0
	assert_serves "$(host_master)"
	host_do answers 1.22.1
	host_systemctl stop nginx
	assert_stopped
}

@test "a second helper is refused, 152, and the first goes on; killed in the middle, finish ends its work" {
	local new first verb
	host_settings "NGINX=$TARGET" SETTLE=1min
	replaced_by 1.22.1
	host_load_start
	background reload host_run systemctl reload nginx
	wait_until 20 status_has shifted
	new=$(host_master)
	first=$(helper)
	for verb in reload upgrade; do # rollback and finish reach the first: tests/second_terminal.bats
		run_shown in_control nginx-handover $verb
		assert_status 152
	done
	run_shown in_control nginx-handover reopen # whoever just waits has nothing against it
	assert_status 0
	host_handover reload
	assert_status 152
	assert_equal "$(helper)" "$first" 'who is at work'
	assert_equal "$(host_show ActiveState)" reloading
	host_run kill -KILL "$first"
	wait_for reload
	((status != 0)) || fail 'the reload was called a success'
	assert_serves "$old"
	host_run test -e "/proc/$new" || fail 'the new master has gone'
	host_settings "NGINX=$TARGET" SETTLE=200ms
	host_handover finish
	assert_status 0
	host_load_stop
	host_gone "$old"
	assert_serves "$new"
	host_do answers 1.22.1
	host_systemctl stop nginx
	assert_stopped
}

# bus_saw WORD: whether the bus had it since bus_watch
bus_watch() {
	background bus host_run timeout 60 busctl monitor --match "path='$UNIT_OBJECT'"
	wait_until 10 grep -q Monitoring "$BATS_TEST_TMPDIR/bus"
}

bus_saw() { grep -q "$1" "$BATS_TEST_TMPDIR/bus"; }

@test "systemd sends PropertiesChanged only while somebody is subscribed, as the helper is during a handover" {
	bus_watch
	host_run /opt/nh/build/hosts/tests/speak "$old" STATUS=changed
	assert_equal "$(host_show StatusText)" changed
	host_run busctl get-property org.freedesktop.systemd1 $UNIT_OBJECT org.freedesktop.systemd1.Service MainPID
	wait_until 10 bus_saw 'Member=Get$'
	! bus_saw PropertiesChanged || fail "it was sent: $(cat "$BATS_TEST_TMPDIR/bus")"
	host_settings "NGINX=$TARGET" SETTLE=200ms
	replaced_by 1.22.1
	host_slow_client
	background reload host_run systemctl reload nginx
	wait_until 20 main_is_not "$old"
	wait_until 10 bus_saw PropertiesChanged
	wait_until 10 bus_saw 'STRING "MainPID"'
	host_slow_finish
	wait_for reload
	assert_status 0
}
