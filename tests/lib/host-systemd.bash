# The systemd of the container of host.bash.
# shellcheck shell=bash

systemd_is_up() {
	[[ $(host_run timeout "$HOST_BOOT_SECONDS" systemctl is-system-running --wait) =~ ^(running|degraded)$ ]] &&
		host_run busctl get-property org.freedesktop.systemd1 /org/freedesktop/systemd1 \
			org.freedesktop.systemd1.Manager Version >/dev/null
} 2>/dev/null

# host_shell COMMAND...: as from a login shell: in the scope of a session.
host_shell() {
	host_run systemd-run --scope --quiet --collect --slice=user-0.slice --unit="session-t$BASHPID-$RANDOM" -- "$@"
}

# Wraps bats' run, and shows the command.
host_handover() { run_shown host_shell /usr/sbin/nginx-handover "$@"; }
host_systemctl() { run_shown host_run systemctl "$@"; }

# host_show PROPERTY [UNIT]
host_show() {
	local line
	line=$(host_run systemctl show -p "$1" "${2:-nginx.service}")
	echo "${line#*=}"
}

host_main_pid() { host_show MainPID "$@"; }

# host_journal [ARGUMENT...]: the entries of the journal since host_fresh.
host_journal() {
	local cursor=()
	[[ -z ${HOST_CURSOR-} ]] || cursor=(--after-cursor="$HOST_CURSOR")
	host_run journalctl --sync
	host_run journalctl --no-pager --quiet -o short-monotonic "${cursor[@]}" "$@"
}

systemd_log() { host_journal -n 60; }

# host_journal shows the entries after this call.
systemd_log_mark() { HOST_CURSOR=$(host_run journalctl --quiet -n 1 -o export | sed -n 's/^__CURSOR=//p'); }

# host_install_unit [VARIABLE=VALUE...]: installs the helper and its units, for the nginx at its seed path unless
# the variables for "make install-systemd" say otherwise. The helper was built by "make hosts".
host_install_unit() {
	host_make install-systemd UNITDIR=/etc/systemd/system SETTINGS_DIR=/etc/default "PID_FILE=$PID_FILE" UNIT=service "$@"
	host_run systemctl daemon-reload
}
