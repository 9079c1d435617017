# The sysvinit of the container of host.bash.
# shellcheck shell=bash

# rc has been through its runlevel, and syslogd listens.
sysv_is_up() { host_run test -e /run/host-is-up -a -S /dev/log; }

sysv_log() { host_syslog | tail -n 60; }

# What comes after this is what host_syslog shows.
sysv_log_mark() { HOST_SYSLOG_LINES=$(host_run sh -c 'wc -l </var/log/syslog'); }

host_syslog() { host_run tail -n "+$((${HOST_SYSLOG_LINES:-0} + 1))" /var/log/syslog; }

# host_service NAME VERB [ARGUMENT...]: the real service(8), by bats' run. output is standard output alone,
# errors what came on standard error.
host_service() { run_apart service "$@"; }

# run_apart COMMAND...: in the container; likewise
run_apart() {
	run_shown without_errors host_run "$@"
	errors=$(<"$BATS_TEST_TMPDIR/errors")
	echo "$errors"
}

without_errors() { "$@" 2>"$BATS_TEST_TMPDIR/errors"; }

# host_install_sysv [VARIABLE=VALUE...]: the helper and its init script, by "make install-sysv".
# Made by "make hosts", nothing is built here.
host_install_sysv() {
	make --no-print-directory -s -C "$TOP" -o all install-sysv "PROGRAM=$HOST_HANDOVER" \
		"DESTDIR=/proc/$HOST_LEADER/root" PREFIX=/usr INITDIR=/etc/init.d SETTINGS_DIR=/etc/default "$@"
}

# Returns when the machine has come up anew; its files are as they were.
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
