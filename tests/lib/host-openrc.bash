# The OpenRC of the container of host.bash.
# shellcheck shell=bash

# Whether all services have been started. Control groups are mounted as OpenRC's own service would do, which does
# nothing under nspawn.
openrc_is_up() {
	local root=/proc/$HOST_LEADER/root
	[[ $(cat "$root/run/openrc/softlevel") == default && ! -e $root/run/openrc/rc.starting ]] || return
	[[ -e $root/sys/fs/cgroup/cgroup.procs ]] ||
		nsenter --target "$HOST_LEADER" --mount --cgroup --root mount -n -t cgroup2 none /sys/fs/cgroup
} 2>/dev/null

openrc_log() {
	host_run ls -l /run/openrc/started /run/openrc/options
}

openrc_log_mark() { :; }

# host_rc NAME VERB: the real rc-service(8), by bats' run. output is the standard output, errors the standard error.
host_rc() { run_apart rc-service "$@"; }

# host_install_openrc [VARIABLE=VALUE...]: the helper and its script, by "make install-openrc"
host_install_openrc() {
	host_make install-openrc "$@"
}

host_openrc_reboot() {
	local before=$HOST_LEADER
	host_run openrc-shutdown --reboot now
	wait_until 30 gone "$before"
	host_wait_for_boot
}

host_openrc_power_off() {
	host_run openrc-shutdown --poweroff now
	wait_until 30 gone "$HOST_PID"
}
