# Shared by the tests with sysvinit; they run in the container of host.bash.
# shellcheck shell=bash disable=SC2154 # errors: of host-sysv.bash

# shellcheck source=tests/lib/host.bash
. "${BASH_SOURCE[0]%/*}/host.bash"

setup_file() { host_boot; }
teardown_file() { host_end; }
teardown() { host_teardown; }

# Our own script for the nginx at its seed path, of VERSION, which does not run.
own_script() {
	host_install_nginx "$1"
	host_settings "NGINX=$TARGET" SETTLE=200ms
	host_install_sysv
}

# The same, and nginx runs.
own_service() {
	own_script "$1"
	started
}

# Starts it; sets old.
started() {
	host_service nginx start
	assert_status 0
	# shellcheck disable=SC2034 # the tests use it
	old=$(host_master)
}

# The standard output has exactly these lines, each ended as CentOS's functions do.
assert_said() {
	local expected
	printf -v expected '%s\r\n' "$@"
	assert_equal "$output" "${expected%$'\n'}" 'standard output'
}

# assert_errors TEXT...: standard error has these texts; without a text, it is empty.
assert_errors() {
	local text
	(($#)) || assert_equal "$errors" '' 'standard error' || return
	for text; do
		[[ $errors == *"$text"* ]] || fail "standard error lacks \"$text\": $errors"
	done
}

has_logged() { host_syslog | grep -qF -e "$1"; }

# assert_logged TEXT: waits until syslogd has logged it
assert_logged() { wait_until 5 has_logged "$1" || fail "syslog lacks \"$1\": $(host_syslog)"; }

refute_logged() { ! has_logged "$1" || fail "syslog has \"$1\": $(host_syslog)"; }

# The path of nginx's error log from outside: it can be read while the container shuts down.
error_log_has() { grep -qsF -e "$1" "/proc/$HOST_LEADER/root$ERROR_LOG"; }

# assert_stopped_by_quit MASTER FILE: according to its error log
assert_stopped_by_quit() {
	grep -q " $1#.*signal 3 (SIGQUIT) received" "$2" || fail "no QUIT: $(cat "$2")"
	grep -q 'gracefully shutting down' "$2" || fail "it was not graceful: $(cat "$2")"
	! grep -q 'signal 15 (SIGTERM) received' "$2" || fail "there was a TERM: $(cat "$2")"
}

# A handover to VERSION whose old generation still drains, because of a slow client.
left_draining() {
	host_slow_client
	replaced_by "$1"
	host_service nginx upgrade --drain-timeout 100ms
	assert_status 151
}

is_unfinished() { host_run test -e "$PID_FILE.oldbin"; }

config_breaks() { host_run sed -i '1i no_such_directive on;' $PREFIX/conf/nginx.conf; }
