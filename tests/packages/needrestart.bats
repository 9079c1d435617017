#!/usr/bin/env bats
# needrestart, Debian's own package, after apt has replaced a library of nginx: with our file in its restart.d, the
# restart becomes a handover. And "status" and needrestart agree on whether an upgrade is due.
#
# hosts: bookworm-v2

load ../lib/systemd
load ../lib/needrestart

setup_file() { setup_needrestart; }

setup() {
	host_fresh
	host_do packaged_site
	host_settings SETTLE=200ms
	dpkg_does -i $DEBS/nginx-handover.deb
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
}

# Otherwise our files would belong to no package in the next test.
teardown() {
	host_teardown
	host_run dpkg --purge nginx-handover >/dev/null 2>&1 || :
}

# apt_updates_library [PACKAGE...]: with needrestart configured to restart by itself, in apt's hook
apt_updates_library() {
	run_shown host_run env NEEDRESTART_MODE=a DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y install "$(next_library)" "$@"
	assert_status 0
}

@test "libssl3 replaced under load: a handover to the new library" {
	maps_library "$old" || fail 'the old nginx maps another libssl'
	host_load_start
	apt_updates_library
	host_load_stop
	assert_output "/etc/needrestart/restart.d/nginx.service"
	refute_output 'systemctl restart nginx'
	local new
	new=$(host_master $PACKAGED)
	[[ $new != "$old" ]] || fail 'nothing was handed over'
	assert_serves "$new"
	maps_library "$new" || fail 'the new nginx maps another libssl'
	assert_equal "$(needrestart_names)" '' 'what needrestart names'
	host_handover status
	refute_output 'is due'
}

# The library is replaced while a binary on the disk does not work: a restart would end the service.
@test "after an undo there is no restart: the old nginx goes on serving" {
	host_settings SETTLE=1s
	host_run sh -c 'cp /opt/nh/build/hosts/packages/dies-after-300ms /usr/sbin/nginx.new && mv /usr/sbin/nginx.new /usr/sbin/nginx'
	host_load_start
	apt_updates_library
	host_load_stop
	assert_output 'exit code 150'
	assert_output 'nginx.service was not restarted'
	assert_serves "$old"
	assert_equal "$(needrestart_names)" nginx.service 'what needrestart names'
	host_handover status
	assert_output 'is due'
	# Nor is there a restart after a refusal.
	echo 'nonsense;' | host_write /etc/nginx/conf.d/broken.conf
	run_shown host_run needrestart -r a
	assert_output 'nonsense'
	assert_output 'nginx.service was not restarted'
	assert_serves "$old"
}

# needrestart identifies a unit by its name; our unit for instances has settings of its own.
@test "an instance has it by a link" {
	host_run ln -sf nginx.service /etc/needrestart/restart.d/nginx@blue.service
	host_write /etc/nginx/blue.conf <<<'pid /run/nginx-blue.pid; events {} http { server { listen 127.0.0.1:8081; } }'
	printf '%s\n' NGINX=/usr/sbin/nginx CONF=/etc/nginx/blue.conf PID_FILE=/run/nginx-blue.pid SETTLE=200ms |
		host_write /etc/default/nginx-blue
	host_systemctl start nginx@blue
	assert_status 0
	apt_updates_library
	refute_output 'systemctl restart nginx'
	assert_serves "$(host_master $PACKAGED)"
	main_is_not "$old" || fail 'nginx.service was not handed over'
	assert_serves "$(host_master /run/nginx-blue.pid)" nginx@blue
	assert_equal "$(needrestart_names)" '' 'what needrestart names'
}

@test "an nginx that does not daemonise cannot be handed over: restarted, if its configuration passes the test" {
	host_systemctl stop nginx
	host_run sed -i '1i daemon off;' /etc/nginx/nginx.conf
	host_write /etc/systemd/system/nginx.service <<<$'[Service]\nExecStart=/usr/sbin/nginx'
	host_systemctl daemon-reload
	host_systemctl start nginx
	old=$(host_main_pid)
	wait_until 5 host_run test -s $PACKAGED
	echo 'nonsense;' | host_write /etc/nginx/conf.d/broken.conf
	run_shown host_run /etc/needrestart/restart.d/nginx.service
	assert_status 6
	assert_output 'nginx.service was not restarted'
	assert_serves "$old"
	host_run rm /etc/nginx/conf.d/broken.conf
	run_shown host_run /etc/needrestart/restart.d/nginx.service
	assert_status 0
	main_is_not "$old" || fail 'nothing was restarted'
	state_is active
}

@test "our package removed, its file left: needrestart's usual restart" {
	host_run dpkg --remove nginx-handover
	run_shown host_run /etc/needrestart/restart.d/nginx.service
	assert_status 0
	main_is_not "$old" || fail 'nothing was restarted'
	assert_serves "$(host_master $PACKAGED)"
}

# The last test: afterwards another nginx than Debian's is installed. Our trigger comes first, then needrestart, in one apt.
@test "a broken nginx and a library by one apt: one attempt" {
	host_settings SETTLE=1s
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run sh -ec 'dpkg-deb -R "$0/deb/nginx-1.22.1.deb" /run/broken
		cp "$0/dies-after-300ms" /run/broken/usr/sbin/nginx; dpkg-deb -Znone -b /run/broken /run/nginx-broken.deb' \
		/opt/nh/build/hosts/packages
	host_load_start
	apt_updates_library /run/nginx-broken.deb
	host_load_stop
	assert_output 'a moment ago in this run of the package manager'
	assert_output 'nginx.service was not restarted'
	assert_serves "$old"
	assert_equal "$(host_journal -t nginx-handover | grep -c 'upgrading nginx')" 1 attempts
	run_shown host_run needrestart -r a
	assert_output 'exit code 150'
	assert_equal "$(host_journal -t nginx-handover | grep -c 'upgrading nginx')" 2 'attempts, with the one by hand'
}
