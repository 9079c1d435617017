# Shared by the tests with Debian's own nginx packages; they run in the container of host.bash, which
# updates them by apt from the repositories of tests/packages/vendor-debs.
# shellcheck shell=bash disable=SC2154,SC2034

# shellcheck source=tests/lib/systemd.bash
. "${BASH_SOURCE[0]%/*}/systemd.bash"

OURS=/opt/nh/build/hosts/packages/deb/nginx-handover.deb
PACKAGED=/run/nginx.pid
HELD=/run/systemd/generator/nginx.service.d/nginx-handover.conf

setup_file() {
	host_boot
	export REPOSITORIES=/opt/nh/build/hosts/vendor/$HOST_SUITE
	[[ -n $HOST_SKIP ]] || "$TOP/tests/packages/vendor-debs" "$HOST_SUITE" >/dev/null
}

setup() {
	host_fresh
	host_do pristine /var/lib/dpkg /etc/apt '/etc/init.d/nginx*' '/etc/rc?.d/[SK]??nginx' /usr/lib/nginx /usr/share/nginx \
		'/usr/lib/lsb/init-functions.d' '/usr/lib/systemd/system-generators/nginx*' /usr/sbin/policy-rc.d /var/lib/nginx
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

# Without systemd there is no apt: dpkg unpacks and configures the packages in the same way.
host_dpkg() {
	local files
	mapfile -t files < <(host_run sed -n "s,^Filename: ,$REPOSITORIES/,p" "$REPOSITORIES/$KIND/Packages")
	run_shown host_run dpkg --refuse-downgrade -i "${files[@]}"
}

host_apt() {
	if [[ $HOST_INIT == systemd ]]; then
		run_shown host_run env DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet -o Dpkg::Use-Pty=0 "$@"
	else
		host_dpkg
	fi
}

apt_does() {
	host_apt "$@"
	assert_status 0
}

# from KIND: the repository that apt uses from now on
from() {
	host_write /etc/apt/sources.list <<<"deb [trusted=yes] file:$REPOSITORIES $1/"
	[[ $HOST_INIT != systemd ]] || host_run apt-get -qq update
	KIND=$1
}

# with_nginx [MODULE]: Debian's nginx is installed and runs, and our package is installed; sets old
with_nginx() {
	if [[ -n ${1-} ]]; then
		dpkg_does -i "$REPOSITORIES"/base/libnginx-mod-stream.deb
		host_run ln -sf /usr/share/nginx/modules-available/mod-stream.conf /etc/nginx/modules-enabled/50-mod-stream.conf
	fi
	dpkg_does -i $OURS
	nginx_runs
}

nginx_runs() {
	host_run service nginx start
	wait_until 5 host_run test -s $PACKAGED
	old=$(host_master $PACKAGED)
}

# Checks the pid of the running master, and with systemd the main process.
assert_runs() {
	assert_equal "$(host_master $PACKAGED)" "$1" 'the master'
	host_run test -e "/proc/$1/exe"
	[[ $HOST_INIT != systemd ]] || assert_serves "$1"
}

# Whether the master executes the installed file, or that of the original package.
runs_what_is_installed() { host_run cmp "/proc/$(host_master $PACKAGED)/exe" /usr/sbin/nginx; }

runs_what_was() { host_run cmp "/proc/$(host_master $PACKAGED)/exe" /opt/pristine/usr/sbin/nginx; }

# All packages are completely installed, and no trigger is pending.
assert_installed() {
	run host_run dpkg --audit
	assert_equal "$output" ''
	run host_run dpkg --verify nginx-handover
	assert_equal "$output" ''
}

# said TEXT: the number of lines with it in the output
said() { grep -c "$1" <<<"$output" || :; }

# No setting that prevents restarts is left.
assert_not_held() {
	host_run test ! -e $HELD
	[[ $HOST_INIT != systemd ]] || assert_equal "$(host_show RefuseManualStop)" no RefuseManualStop
}

# updated_to KIND: by apt, under load, with nothing lost
updated_to() {
	from "$1"
	host_load_start
	apt_does upgrade
	local said=$output
	host_load_stop
	output=$said
	assert_not_held
}

handed_over() {
	assert_equal "$(said 'handed over without losing a connection')" 1 'the lines that tell of a handover'
	refute_output 'Upgrading binary'
	host_gone "$old"
	assert_runs "$(host_master $PACKAGED)"
	runs_what_is_installed
}

not_handed_over() {
	assert_output 'not handed over'
	refute_output 'Upgrading binary'
	assert_runs "$old"
	runs_what_was
}

rolled_back() {
	run_shown host_run /usr/sbin/nginx-handover rollback
	assert_status 0
	host_run cmp /usr/sbin/nginx /opt/pristine/usr/sbin/nginx
	runs_what_was
	assert_runs "$(host_master $PACKAGED)"
}
