# What the tests with rpm share, beside systemd.bash or sysv.bash; everything happens in the container of host.bash,
# which has an rpm database of its own and, at $PACKAGES, what tests/packages/build has made.
# shellcheck shell=bash disable=SC2154,SC2034

# shellcheck source=tests/lib/host.bash
. "${BASH_SOURCE[0]%/*}/host.bash"

PACKAGES=/opt/nh/build/hosts/packages
PACKAGED=/run/nginx.pid

setup() { setup_packages el8; }

# setup_packages MODE: for whom ours are made, as tests/packages/build has it
setup_packages() {
	mode=$1
	host_fresh
	host_do fresh_rpm
	host_do packaged_site
	host_settings SETTLE=200ms
	rpm_does -U below/below-1-1
}

# host_rpm ARGUMENT...: bats' run. What is named DIR/NAME is a package there.
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

# with_nginx VERSION [plain|org|epel|fedora]: runs, as the package has it, and ours, for `mode`, are installed as well; sets
# `old`.
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

# No run of ours is at work, or waits for the end of a transaction. (With systemd: sysvinit's container has no pgrep.)
no_helper() { ! host_run pgrep -x nginx-handover >/dev/null; }
