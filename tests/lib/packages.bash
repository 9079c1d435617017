# Shared by the tests with rpm, in addition to systemd.bash or sysv.bash. They run in the container of host.bash,
# which has an rpm database of its own and, at $PACKAGES, the packages of tests/packages/build.
# shellcheck shell=bash disable=SC2154,SC2034

# shellcheck source=tests/lib/host.bash
. "${BASH_SOURCE[0]%/*}/host.bash"

PACKAGES=/opt/nh/build/hosts/packages
PACKAGED=/run/nginx.pid

setup() { setup_packages el8; }

# setup_packages MODE: the distribution of our packages, as in tests/packages/build
setup_packages() {
	mode=$1
	host_fresh
	host_do fresh_rpm
	host_do packaged_site
	host_settings SETTLE=200ms
	rpm_does -U below/below-1-1
}

# host_rpm ARGUMENT...: runs rpm by bats' run. An argument DIR/NAME is the path of a package.
host_rpm() {
	local argument arguments=()
	for argument; do
		[[ $argument == -* || $argument != */* || $argument == /* ]] || argument=$PACKAGES/$argument.rpm
		arguments+=("$argument")
	done
	run_shown host_run rpm "${arguments[@]}"
}

rpm_does() {
	host_rpm "$@"
	assert_status 0
}

# with_nginx VERSION [plain|org|epel|fedora]: this package of nginx is installed and runs, and ours, for `mode`, are
# installed as well; sets `old`.
with_nginx() {
	local ours=("$mode/nginx-handover")
	[[ $mode == el6 ]] || ours+=("$mode/nginx-handover-systemd")
	rpm_does -U "${2:-plain}/nginx-$1-1" "${ours[@]}"
	if [[ $mode == el6 ]]; then
		host_service nginx start
	else
		host_systemctl start nginx
	fi
	assert_status 0
	old=$(host_master $PACKAGED)
}

# No run of ours is active, or waits for the end of a transaction. (Only with systemd: sysvinit's container has no pgrep.)
no_helper() { ! host_run pgrep -x nginx-handover >/dev/null; }
