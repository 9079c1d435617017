#!/usr/bin/env bats
# needrestart, Debian's own package, after a library of nginx was replaced by apt: what it restarts otherwise is a
# handover, by our file in its restart.d. And "status" and needrestart agree on whether one is due.
#
# hosts: bookworm-v2

load ../lib/systemd

PACKAGED=/run/nginx.pid
DEBS=/run/debs
LIBRARY=/usr/lib/x86_64-linux-gnu/libssl.so.3
UPDATES=4

# Perl and what needrestart needs, once; libssl3 as it is in the archive, with other versions.
setup_file() {
	local root debs
	host_boot
	[[ -z $HOST_SKIP ]] || return 0
	debs=$("$TOP/tests/packages/debs" bookworm needrestart libssl3)
	root=/proc/$HOST_LEADER/root
	mkdir -p "$root$DEBS/needrestart"
	cp "$debs"/*.deb "$root$DEBS/needrestart/"
	cp "$TOP/build/hosts/packages/deb/nginx-handover.deb" "$root$DEBS/"
	host_run sh -ec "cd $DEBS && mv needrestart/libssl3_*.deb library.deb && dpkg --force-unsafe-io -i needrestart/*.deb
		dpkg-deb -R library.deb library; cp library/DEBIAN/control control
		for n in $(seq -s ' ' $UPDATES); do
			sed \"s/^Version: .*/&+nh\$n/\" control >library/DEBIAN/control; dpkg-deb -Zgzip -z1 -b library libssl3-\$n.deb
		done" >"$BATS_FILE_TMPDIR/installed" 2>&1 || fail "$(cat "$BATS_FILE_TMPDIR/installed")"
	echo 0 >"$BATS_FILE_TMPDIR/update"
}

setup() {
	host_fresh
	host_do packaged_site
	host_settings SETTLE=200ms
	host_run dpkg -i $DEBS/nginx-handover.deb >"$BATS_TEST_TMPDIR/installed"
	cp -P "$TOP"/packaging/needrestart/nginx* "/proc/$HOST_LEADER/root/etc/needrestart/restart.d/" # TEMPORARY
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
}

# Files of ours would be of no package in the next test.
teardown() {
	host_teardown
	host_run dpkg --purge nginx-handover >/dev/null 2>&1 || :
}

# apt_updates_library: as unattended-upgrades has it, and needrestart in apt's hook restarts by itself
apt_updates_library() {
	local next
	next=$(($(<"$BATS_FILE_TMPDIR/update") + 1))
	echo $next >"$BATS_FILE_TMPDIR/update"
	run_shown host_run env NEEDRESTART_MODE=a DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y install "$DEBS/libssl3-$next.deb"
	assert_status 0
}

maps_library() { host_run grep -q " $(host_run stat -c %i $LIBRARY) *$LIBRARY\$" "/proc/$1/maps"; }

needrestart_names() { host_run needrestart -b -l | sed -n 's/^NEEDRESTART-SVC: //p' | grep nginx || :; }

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

# The library is replaced while a binary that does not work lies on the disk: a restart would end the service.
@test "what is undone is not restarted: the old nginx serves on" {
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
}

@test "one that is refused is not restarted either" {
	echo 'nonsense;' | host_write /etc/nginx/conf.d/broken.conf
	apt_updates_library
	assert_output 'nonsense'
	assert_output 'nginx.service was not restarted'
	assert_serves "$old"
}

# needrestart knows a unit by its name; ours for instances has settings of its own.
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

@test "our package removed, its file left: needrestart's restart, as ever" {
	host_run dpkg --remove nginx-handover
	run_shown host_run /etc/needrestart/restart.d/nginx.service
	assert_status 0
	main_is_not "$old" || fail 'nothing was restarted'
	assert_serves "$(host_master $PACKAGED)"
}
