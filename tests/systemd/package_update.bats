#!/usr/bin/env bats
# package-update when an update has ended the service: the packaged nginx under its vendor's unit, with the real
# systemctl. The unit's own record distinguishes such an nginx from one that somebody has stopped.
#
# hosts: bookworm-v2

load ../lib/systemd

PACKAGED=/run/nginx.pid

setup() {
	host_fresh
	host_do packaged_site
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	host_settings SETTLE=100ms
}

# Installs it like a package manager, but only the first half of the file.
truncated() {
	host_run sh -c 'head -c 300000 /opt/pristine/usr/sbin/nginx >/usr/sbin/nginx.new && chmod 755 /usr/sbin/nginx.new &&
		mv /usr/sbin/nginx.new /usr/sbin/nginx'
}

# Started, and checked by a hook that finds nothing to do.
served() {
	host_systemctl start nginx
	assert_status 0
	package_update
	assert_silent
}

package_update() { host_handover package-update "$@"; }

assert_silent() {
	assert_status 0
	assert_equal "$output" ''
}

vendor_restarts() {
	host_systemctl restart nginx
	((status != 0)) || fail 'it did start'
	assert_equal "$(host_show ActiveState)" failed 'the state'
}

is_down() {
	host_do no_nginx || fail "something runs: $(host_do nginx_processes)"
	assert_equal "$(host_show ActiveState)" "$1" 'the state'
}

@test "a restart with a truncated file: the build that served is put back and started by systemd, once, in one line" {
	served
	truncated
	vendor_restarts
	package_update
	assert_status 150
	assert_equal "${#lines[@]}" 1 'number of lines'
	assert_output 'this update had ended nginx: it was started again with the build that served before'
	assert_serves "$(host_master $PACKAGED)"
	host_run cmp /opt/pristine/usr/sbin/nginx /usr/sbin/nginx
	package_update
	assert_silent
	# a unit that restarts itself until systemd gives up
	truncated
	for _ in 1 2 3 4 5 6 7; do host_run systemctl restart nginx || :; done
	package_update
	assert_status 150
	assert_serves "$(host_master $PACKAGED)"
}

@test "with nothing kept: the installed build is tried, and the state is reported once" {
	host_systemctl start nginx
	truncated
	vendor_restarts
	package_update
	assert_status 7
	assert_equal "$(grep -c 'this update has ended nginx, and it could not be started again' <<<"$output")" 1
	is_down failed
	package_update
	assert_equal "$output" ''
}

@test "ON_PACKAGE_UPDATE=report: reported, and not changed" {
	served
	truncated
	vendor_restarts
	host_settings ON_PACKAGE_UPDATE=report
	package_update
	assert_status 7
	assert_output 'this update has ended it, and it was left alone, as ON_PACKAGE_UPDATE=report says'
	is_down failed
}

@test "stopped by somebody, also where a package's script then tried to start it: nothing is started" {
	served
	host_systemctl stop nginx
	truncated
	package_update
	assert_silent
	is_down inactive
	vendor_restarts
	package_update
	assert_silent
	is_down failed
}

@test "it had failed before, it is masked, policy-rc.d forbids it, or it was removed: nothing is started" {
	served
	host_run sh -c "kill -KILL \$(cat $PACKAGED) \$(pgrep -P \$(cat $PACKAGED)); rm $SOCKET"
	wait_until 10 has_failed
	truncated
	package_update
	assert_silent
	is_down failed
	host_run cp /opt/pristine/usr/sbin/nginx /usr/sbin/nginx
	host_run systemctl reset-failed nginx
	served
	truncated
	vendor_restarts
	host_run sh -c 'printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d'
	package_update
	assert_silent
	host_run rm /usr/sbin/policy-rc.d
	host_run systemctl mask --runtime nginx
	package_update
	assert_silent
	host_run systemctl unmask --runtime nginx
	host_run mv /usr/sbin/nginx /usr/sbin/nginx.away
	package_update
	assert_silent
	host_run mv /usr/sbin/nginx.away /usr/sbin/nginx
	is_down failed
}

has_failed() { [[ $(host_show ActiveState) == failed ]]; }

@test "--init none: a unit without PIDFile= would kill the new generation, whatever is told to it: refused" {
	host_run sh -c "sed -i /^PIDFile=/d /usr/lib/systemd/system/nginx.service && systemctl daemon-reload"
	host_systemctl start nginx
	old=$(host_master $PACKAGED)
	assert_equal "$(host_main_pid)" "$old" 'the main process that systemd guesses'
	host_handover upgrade --init none
	assert_status 154
	assert_output 'the unit has no PIDFile=, and this run tells systemd nothing'
	assert_serves "$old"
	host_handover upgrade
	assert_status 0
	assert_serves "$(host_master $PACKAGED)"
	main_is_not "$old" || fail 'the old master is still the main process'
}
