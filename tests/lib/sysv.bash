# What the tests with sysvinit share; everything happens in the container of host.bash.
# shellcheck shell=bash

# shellcheck source=tests/lib/host.bash
. "${BASH_SOURCE[0]%/*}/host.bash"

setup_file() { host_boot; }
teardown_file() { host_end; }
teardown() { host_teardown; }

# Our own script for the nginx at its seed path, which is VERSION and does not run.
own_script() {
	host_install_nginx "$1"
	host_settings "NGINX=$TARGET"
	host_install_sysv
}

# The same, running.
own_service() {
	own_script "$1"
	host_service nginx start
	assert_status 0
	old=$(host_master)
}
