#!/usr/bin/env bats
# package-update when an update has ended the service, without systemd: Debian's own nginx and init script.
#
# hosts: bookworm-sysv

load ../lib/sysv

PACKAGED=/run/nginx.pid

setup() {
	host_fresh
	host_do packaged_site
	host_install_sysv
	host_run sh -c 'cp /opt/pristine/etc/init.d/nginx /etc/init.d/nginx'
	host_settings SETTLE=100ms
	host_service nginx start
	assert_status 0
	package_update
	assert_equal "$output" '' # and keeps what runs
}

setup_file() { host_boot; }
teardown_file() { host_end; }
teardown() { host_teardown; }

package_update() { run_shown host_run /usr/sbin/nginx-handover package-update; }

truncated() {
	host_run sh -c 'head -c 300000 /opt/pristine/usr/sbin/nginx >/usr/sbin/nginx.new && chmod 755 /usr/sbin/nginx.new &&
		mv /usr/sbin/nginx.new /usr/sbin/nginx'
}

# Ends all processes of nginx, by the given signal.
ended_by() {
	host_run sh -c "kill -$1 \$(cat $PACKAGED) \$(cat /proc/\$(cat $PACKAGED)/task/*/children); rm -f $SOCKET"
	wait_until 10 host_do no_nginx
}

assert_healed() {
	assert_equal "$(grep -c 'this update had ended nginx: it was started again with the build that served before' <<<"$output")" 1
	host_do answers
	host_run cmp /opt/pristine/usr/sbin/nginx /usr/sbin/nginx
	run host_run sh -c "tr '\\0' ' ' </proc/\$(cat $PACKAGED)/cmdline"
	assert_output 'master process /usr/sbin/nginx'
}

@test "a hook has seen nginx serve, and the same transaction has ended it: its init script starts the build that served" {
	truncated
	host_run cp /bin/bash /run/dpkg
	run_shown host_run /run/dpkg -c "/usr/sbin/nginx-handover package-update
		master=\$(cat $PACKAGED); kill \$master; tail --pid=\$master -s 0.05 -f /dev/null
		/usr/sbin/nginx-handover package-update; :"
	assert_healed
}

@test "a pid file that no orderly end leaves, older than the file: likewise; and not where it is younger" {
	truncated
	ended_by KILL
	package_update
	assert_status 150
	assert_healed
	truncated
	host_run touch $PACKAGED
	ended_by KILL
	package_update
	assert_status 0
	assert_equal "$output" ''
	host_do no_nginx
}

@test "stopped, or policy-rc.d forbids it: nothing is started" {
	host_service nginx stop
	truncated
	package_update
	assert_equal "$output" ''
	host_run cp /opt/pristine/usr/sbin/nginx /usr/sbin/nginx
	host_service nginx start
	truncated
	ended_by KILL
	host_run sh -c 'printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d'
	package_update
	host_run rm /usr/sbin/policy-rc.d
	assert_equal "$output" ''
	host_do no_nginx
}
