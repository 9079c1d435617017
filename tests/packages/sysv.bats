#!/usr/bin/env bats
# The packages for EL 6, where sysvinit is pid 1.
#
# hosts: bookworm-rpm-sysv

load ../lib/sysv
load ../lib/packages

setup() { setup_packages el6; }

# update_to VERSION [RPM-OPTION...]: under load; the handover is made when rpm has ended.
update_to() {
	local version=$1
	shift
	host_load_start
	rpm_does -U "$@" "plain/nginx-$version-1"
	wait_until 20 has_logged 'handed over without losing a connection'
	host_load_stop
	host_do answers "$version"
	wait_until 10 host_gone "$old"
	wait_until 10 host_do no_helper
	assert_equal "$(host_syslog | grep -c 'handed over without')" 1 handovers
	host_run test -e /var/lock/subsys/nginx
}

@test "rpm -U under load: a handover" {
	with_nginx 1.18.0
	update_to 1.22.1
	run host_run rpm -V nginx nginx-handover
	assert_equal "$output" '' 'what rpm -V says'
}

@test "a downgrade likewise" {
	with_nginx 1.22.1
	update_to 1.18.0 --oldpackage
}

@test "a new nginx that does not start: the old one serves, it is said, and rollback brings it back" {
	with_nginx 1.18.0
	host_load_start
	rpm_does -U plain/nginx-1.22.1-2
	wait_until 20 has_logged 'was not handed over'
	host_do answers 1.18.0
	assert_equal "$(host_master $PACKAGED)" "$old" 'the master'
	run_shown host_run /usr/sbin/nginx-handover rollback --service nginx
	assert_status 0
	host_load_stop
	run host_run /usr/sbin/nginx -v
	assert_output 1.18.0
}

@test "started by hand: it was left alone" {
	rpm_does -U plain/nginx-1.18.0-1 el6/nginx-handover
	host_run mkdir -p /var/lock/subsys # CentOS has it
	host_run /usr/sbin/nginx
	old=$(host_master $PACKAGED)
	rpm_does -U plain/nginx-1.22.1-1
	wait_until 20 has_logged 'left alone'
	assert_equal "$(host_master $PACKAGED)" "$old" 'the master'
}

@test "our own init script is installed, and removed without a stop of nginx" {
	host_run sh -c 'printf "#!/bin/sh\necho \"\$@\" >>/run/chkconfig\n" >/sbin/chkconfig; chmod 755 /sbin/chkconfig; rm -f /run/chkconfig'
	host_install_nginx 1.18.0
	rpm_does -U el6/nginx-handover el6/nginx-handover-nginx
	host_settings "NGINX=$TARGET"
	host_run mv /etc/default/nginx /etc/sysconfig/nginx
	run_shown host_run /etc/rc.d/init.d/nginx start
	assert_status 0
	host_do answers 1.18.0
	rpm_does -e nginx-handover-nginx nginx-handover
	host_do answers 1.18.0
	assert_equal "$(host_run cat /run/chkconfig | xargs)" '--add nginx --del nginx'
	host_run rm /sbin/chkconfig
}
