# The sysvinit of the container of host.bash.
# shellcheck shell=bash

# rc has been through its runlevel, and syslogd listens.
sysv_is_up() { host_run test -e /run/host-is-up -a -S /dev/log; }

sysv_log() { host_syslog | tail -n 60; }

# What comes after this is what host_syslog shows.
sysv_log_mark() { HOST_SYSLOG_LINES=$(host_run sh -c 'wc -l </var/log/syslog'); }

host_syslog() { host_run tail -n "+$((${HOST_SYSLOG_LINES:-0} + 1))" /var/log/syslog; }

# host_service NAME VERB [ARGUMENT...]: the real service(8); bats' run, which shows what ran
host_service() { run_shown host_run service "$@"; }

# host_install_sysv [VARIABLE=VALUE...]: the helper and its init script, by "make install-sysv".
# Made by tests/hosts/build, nothing is built here.
host_install_sysv() {
	local root=/proc/$HOST_LEADER/root
	make --no-print-directory -s -C "$TOP" -o all install-sysv B=build/hosts "DESTDIR=$root" PREFIX=/usr \
		INITDIR=/etc/init.d SETTINGS_DIR=/etc/default "$@"
	cmp -s "$HOST_HANDOVER" "$root/usr/sbin/nginx-handover" || cp "$HOST_HANDOVER" "$root/usr/sbin/nginx-handover"
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
