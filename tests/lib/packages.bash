# What the tests with rpm share; everything happens in the container of host.bash, which has an rpm database of its
# own and, at $PACKAGES, what tests/packages/build has made.
# shellcheck shell=bash

# shellcheck source=tests/lib/systemd.bash
. "${BASH_SOURCE[0]%/*}/systemd.bash"

PACKAGES=/opt/nh/build/hosts/packages
PACKAGED=/run/nginx.pid

setup() {
	host_fresh
	host_do fresh_rpm
	host_do packaged_site
	mode=el8
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

# with_nginx VERSION [plain|vendor]: runs, as the package has it, and ours are installed as well; sets `old`.
with_nginx() {
	rpm_does -U below/below-1-1 "${2:-plain}/nginx-$1-1" "$mode/nginx-handover" "$mode/nginx-handover-systemd"
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
	assert_serves "$old"
}
