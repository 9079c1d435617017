#!/usr/bin/env bats
# Our package for Debian: an update of nginx by dpkg is a handover, by a trigger on nginx and its modules.
#
# hosts: bookworm-v2

load ../lib/systemd

PACKAGES=/opt/nh/build/hosts/packages/deb
PACKAGED=/run/nginx.pid

setup() {
	host_fresh
	host_do pristine /var/lib/dpkg
	host_do packaged_site
	host_settings SETTLE=200ms
}

# Files of ours would be of no package in the next test.
teardown() {
	host_teardown
	host_run dpkg --purge nginx-handover >/dev/null 2>&1 || :
}

dpkg_does() {
	run_shown host_run dpkg "$@"
	assert_status 0
}

# with_nginx VERSION: runs, and ours is installed; sets old
with_nginx() {
	dpkg_does -i "$PACKAGES/nginx-$1.deb"
	dpkg_does -i "$PACKAGES/nginx-handover.deb"
	refute_output nginx-handover:
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
}

@test "dpkg -i under load: a handover, in one line" {
	with_nginx 1.18.0
	host_load_start
	dpkg_does -i $PACKAGES/nginx-1.22.1.deb
	host_load_stop
	assert_equal "$(grep -c '^nginx-handover: ' <<<"$output")" 1 'the lines it says'
	assert_output 'nginx 1.18.0 -> 1.22.1'
	main_is_not "$old"
	assert_serves "$(host_master $PACKAGED)"
	host_do answers 1.22.1
	run host_run dpkg --verify nginx-handover
	assert_equal "$output" ''
}

@test "nginx does not run: nothing is said and nothing is started" {
	with_nginx 1.18.0
	host_systemctl stop nginx
	dpkg_does -i $PACKAGES/nginx-1.22.1.deb
	refute_output nginx-handover:
	assert_stopped
}

@test "a new nginx that does not start: dpkg ends well, the old one serves, and rollback brings it back" {
	with_nginx 1.18.0
	broken_package
	host_load_start
	dpkg_does -i /run/nginx-broken.deb
	assert_output 'not handed over'
	assert_serves "$old"
	host_handover rollback
	assert_status 0
	host_load_stop
	run host_run /usr/sbin/nginx -v
	assert_output 1.18.0
}

broken_package() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run sh -ec 'dpkg-deb -R "$0/nginx-1.22.1.deb" /run/broken
		head -c 100000 "$0/nginx-1.22.1.deb" >/run/broken/usr/sbin/nginx
		dpkg-deb -Zgzip --build /run/broken /run/nginx-broken.deb; rm -r /run/broken' $PACKAGES
}

@test "ours removed and purged: nginx goes on, as its own unit has it" {
	with_nginx 1.18.0
	assert_equal "$(host_show KillSignal)" 3 'the signal of the drop-in'
	host_load_start
	dpkg_does --remove nginx-handover
	dpkg_does --purge nginx-handover
	host_load_stop
	assert_serves "$old"
	run host_run systemctl cat nginx
	refute_output handover
	host_run test ! -e /var/lib/nginx-handover
}
