# What the tests with systemd share; everything happens in the container of host.bash.
# shellcheck shell=bash

# shellcheck source=tests/lib/host.bash
. "${BASH_SOURCE[0]%/*}/host.bash"

setup_file() { host_boot; }
teardown_file() { host_end; }
teardown() { host_teardown; }

# Our own unit on the nginx at its seed path, running VERSION.
own_unit() {
	host_install_nginx "$1"
	host_settings "NGINX=$TARGET"
	host_install_unit
	host_systemctl start nginx
	assert_status 0
}

# host_settings LINE...: what stands in the settings file from now on
host_settings() { printf '%s\n' "$@" | host_write /etc/default/nginx; }

# host_write FILE: what comes in; its folder is made
host_write() { host_run sh -c "mkdir -p '${1%/*}' && cat >'$1'"; }

# replaced_by VERSION: the binary at the seed path is another one, as a package manager would have it
replaced_by() { host_install_nginx "$1"; }

# A new binary, elsewhere; sets NEW.
host_new_binary() {
	NEW=/usr/local/src/nginx-$1/objs/nginx
	host_run sh -c "mkdir -p '${NEW%/*}' && cp /opt/nginx/$1-seed/nginx '$NEW'"
}

# broken_by KIND: the binary at the seed path is broken like that
broken_by() {
	"$TOP/tests/lib/make-broken" "$1" "$BATS_TEST_TMPDIR/broken" seed
	cp "$BATS_TEST_TMPDIR/broken" "/proc/$HOST_LEADER/root$TARGET.copy"
	[[ $1 == not-executable ]] || chmod 755 "/proc/$HOST_LEADER/root$TARGET.copy"
	host_run mv "$TARGET.copy" "$TARGET"
}

# In the background; its exit code is what "wait_for NAME" then returns, its output in $BATS_TEST_TMPDIR/NAME.
background() {
	local name=$1
	shift
	"$@" >"$BATS_TEST_TMPDIR/$name" 2>&1 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/$name.pid"
}

wait_for() {
	status=0
	wait "$(<"$BATS_TEST_TMPDIR/$1.pid")" || status=$?
	output=$(<"$BATS_TEST_TMPDIR/$1")
	echo "$1 -> $status"
	echo "$output"
}

# The unit is as it should be while nginx serves: master $1 is its main process.
assert_serves() {
	assert_equal "$(host_main_pid "${2:-nginx.service}")" "$1" 'the main process'
	assert_equal "$(host_show ActiveState "${2:-nginx.service}")" active 'the state'
}

# It has ended well, and nothing is left.
assert_stopped() {
	assert_equal "$(host_show ActiveState)" inactive 'the state'
	assert_equal "$(host_show Result)" success 'the result'
	host_do no_nginx || fail "left: $(host_do nginx_processes)"
}

# unit_cgroup [UNIT]: where the container has it
unit_cgroup() {
	local root=/sys/fs/cgroup
	[[ $HOST_KIND == v2 ]] || root+=/systemd
	echo "$root/system.slice/${1:-nginx.service}"
}

host_master() { host_run cat "${1:-$PID_FILE}"; }

state_is() { [[ $(host_show ActiveState) == "$1" ]]; }

# The status line of the unit, which shows the phase of a handover.
status_has() { [[ $(host_show StatusText) == *"$1"* ]]; }

main_is_not() { [[ $(host_main_pid) != "$1" ]]; }

# A process of the container, by the container's number.
host_gone() { ! host_run test -e "/proc/$1"; }
