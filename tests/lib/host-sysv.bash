# The sysvinit of the container of host.bash.
# shellcheck shell=bash

# Whether rc has finished its runlevel, and syslogd listens.
sysv_is_up() { host_run test -e /run/host-is-up -a -S /dev/log; }

sysv_log() { host_syslog | tail -n 60; }

# host_syslog shows the lines after this call.
sysv_log_mark() { HOST_SYSLOG_LINES=$(host_run sh -c 'wc -l </var/log/syslog'); }

host_syslog() { host_run tail -n "+$((${HOST_SYSLOG_LINES:-0} + 1))" /var/log/syslog; }

# host_service NAME VERB [ARGUMENT...]: the real service(8), by bats' run. output is the standard output,
# errors the standard error.
host_service() { run_apart service "$@"; }

# run_apart COMMAND...: in the container, with output and errors as above
run_apart() {
	run_shown without_errors host_run "$@"
	errors=$(<"$BATS_TEST_TMPDIR/errors")
	echo "$errors"
}

without_errors() { "$@" 2>"$BATS_TEST_TMPDIR/errors"; }

# host_install_sysv [VARIABLE=VALUE...]: the helper and its init script, by "make install-sysv".
# The helper was built by "make hosts".
host_install_sysv() {
	host_make install-sysv INITDIR=/etc/init.d SETTINGS_DIR=/etc/default "$@"
}

# Reboots; returns when the machine is up again, with the same files.
host_reboot() {
	local before=$HOST_LEADER
	host_run reboot
	wait_until 30 gone "$before"
	host_wait_for_boot
}

host_power_off() {
	host_run poweroff
	wait_until 30 gone "$HOST_PID"
}
