# Shared by the tests with systemd; they run in the container of host.bash.
# shellcheck shell=bash

# shellcheck source=tests/lib/host.bash
. "${BASH_SOURCE[0]%/*}/host.bash"

setup_file() { host_boot; }
teardown_file() { host_end; }
teardown() { host_teardown; }

# Our own unit for the nginx at its seed path, which runs VERSION.
own_unit() {
	host_install_nginx "$1"
	host_settings "NGINX=$TARGET" SETTLE=200ms
	host_install_unit
	host_systemctl start nginx
	assert_status 0
}

# The unit is in the right state while nginx serves: master $1 is its main process.
assert_serves() {
	assert_equal "$(host_main_pid "${2:-nginx.service}")" "$1" 'the main process'
	assert_equal "$(host_show ActiveState "${2:-nginx.service}")" active 'the state'
}

# The unit has ended successfully, and no process is left.
assert_stopped() {
	assert_equal "$(host_show ActiveState)" inactive 'the state'
	assert_equal "$(host_show Result)" success 'the result'
	host_do no_nginx || fail "left: $(host_do nginx_processes)"
}

# unit_cgroup [UNIT]: its path in the container
unit_cgroup() {
	local root=/sys/fs/cgroup
	[[ $HOST_KIND == v2 ]] || root+=/systemd
	echo "$root/system.slice/${1:-nginx.service}"
}

state_is() { [[ $(host_show ActiveState) == "$1" ]]; }

# The status line of the unit, which shows the phase of a handover.
status_has() { [[ $(host_show StatusText) == *"$1"* ]]; }

main_is_not() { [[ $(host_main_pid) != "$1" ]]; }
