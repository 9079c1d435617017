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

# Otherwise our files would belong to no package in the next test.
teardown() {
	host_teardown
	host_run dpkg --purge nginx-handover >/dev/null 2>&1 || :
}

dpkg_does() {
	run_shown host_run dpkg "$@"
	assert_status 0
}

# with_nginx VERSION: nginx runs, and our package is installed; sets old
with_nginx() {
	dpkg_does -i "$PACKAGES/nginx-$1.deb"
	dpkg_does -i "$PACKAGES/nginx-handover.deb"
	refute_output nginx-handover:
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
}

@test "installed beside a running nginx: the serving build is kept at once, and nothing is printed" {
	dpkg_does -i "$PACKAGES/nginx-1.18.0.deb"
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
	dpkg_does -i "$PACKAGES/nginx-handover.deb"
	refute_output nginx-handover:
	host_run cmp /opt/nginx/1.18.0-debian/nginx /var/lib/nginx-handover/usr/sbin/nginx.1.18.0
	assert_serves "$old"
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

@test "nginx does not run: nothing is printed and nothing is started" {
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

# A package like ours before debhelper was used.
former_package() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run sh -ec 'dpkg-deb -R "$0/nginx-handover.deb" /run/former && cd /run/former
		rm -r etc usr/lib/lsb usr/lib/systemd/system-generators DEBIAN/conffiles DEBIAN/md5sums
		sed -i "s/^Version: .*/Version: 0.0.9/" DEBIAN/control
		dpkg-deb -Zgzip --build /run/former /run/former.deb; rm -r /run/former' $PACKAGES
}

# apt_upgrades PACKAGE...: an upgrade by apt from a repository with these packages
apt_upgrades() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	run_shown host_run sh -ec 'mkdir -p /run/apt/lists/partial /run/apt/cache/archives/partial /run/apt/repository && cd "$0"
		for deb; do
			dpkg-deb --field "$deb"
			printf "%s\n" "Filename: $deb" "Size: $(stat -c %s "$deb")" "SHA256: $(sha256sum <"$deb" | cut -d" " -f1)" ""
		done >/run/apt/repository/Packages
		cp "$@" /run/apt/repository/
		echo "deb [trusted=yes] file:/run/apt/repository ./" >/run/apt/sources.list
		set -- -qq -o Dir::Etc::SourceList=/run/apt/sources.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists=/run/apt/lists \
			-o Dir::Cache=/run/apt/cache -o APT::Sandbox::User= -o Dpkg::Use-Pty=0
		apt-get "$@" update && apt-get "$@" --yes dist-upgrade' $PACKAGES "$@"
	assert_status 0
}

# Every file that our package could change, except nginx itself, dpkg's database, and the database of catalogs,
# which systemd's own trigger rebuilds each time.
files_there() {
	host_run find /etc /usr /var/lib /var/cache /var/spool /opt /lib -xdev \( -path /opt/nh -o -path /opt/nginx -o -path /opt/pristine -o \
		-path '/var/lib/dpkg' -o -path /var/lib/apt -o -path /usr/sbin/nginx -o -path /var/lib/systemd/catalog/database \) -prune -o \
		\( -type d -printf '%M %u %g %p\n' -o -printf '%M %u %g %s %T@ %p %l\n' \)
}

@test "apt replaces its older package, together with nginx; after the purge every file is as it was" {
	dpkg_does -i "$PACKAGES/nginx-1.18.0.deb"
	host_systemctl start nginx
	former_package
	files_there >"$BATS_TEST_TMPDIR/before"
	dpkg_does -i /run/former.deb
	old=$(host_master $PACKAGED)
	host_load_start
	apt_upgrades nginx-handover.deb nginx-1.22.1.deb
	assert_equal "$(grep -c '^nginx-handover: ' <<<"$output")" 1 'the lines it says'
	assert_output 'nginx 1.18.0 -> 1.22.1'
	run host_run dpkg --verify nginx-handover
	assert_equal "$output" ''
	dpkg_does --remove nginx-handover
	host_load_stop
	run host_run find /var/lib/nginx-handover -type f -name 'nginx*'
	assert_output nginx
	dpkg_does --purge nginx-handover
	run diff "$BATS_TEST_TMPDIR/before" <(files_there)
	assert_equal "$output" ''
}

# debian/tests is what Debian runs for each package that this one depends on.
@test "Debian's own test, on Debian's own nginx" {
	dpkg_does -i "$PACKAGES/nginx-handover.deb"
	run_shown host_run /opt/nh/debian/tests/handover
	assert_status 0
	assert_output 'requests, none lost'
}

@test "ours removed and purged: nginx keeps running, under its own unit" {
	with_nginx 1.18.0
	assert_equal "$(host_show KillSignal)" 3 'the signal of the drop-in'
	host_load_start
	dpkg_does --remove nginx-handover
	dpkg_does --purge nginx-handover
	host_load_stop
	assert_serves "$old"
	run host_run systemctl cat nginx
	refute_output handover
	host_run test ! -e /var/lib/nginx-handover -a ! -e /run/nginx-handover
}
