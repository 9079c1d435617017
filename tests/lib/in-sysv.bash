# What in-host has where sysvinit runs. (There is no ps or pkill: they would need libsystemd.)
# shellcheck shell=bash

# helpers: pids of the nginx-handover that run, one a line
helpers() {
	local dir
	for dir in /proc/[0-9]*; do
		[[ $(<"$dir/comm") != nginx-handover ]] || ! alive "${dir#/proc/}" || echo "${dir#/proc/}"
	done
} 2>/dev/null

no_helper() { [[ -z $(helpers) ]]; }

kill_helpers() {
	local pid
	for pid in $(helpers); do
		kill -KILL "$pid" 2>/dev/null || :
	done
	no_helper
}

# As after the boot, with an nginx folder that has a configuration and no nginx.
fresh_host() {
	wait_until 10 kill_helpers
	kill_all_nginx
	pristine '/etc/init.d/nginx*' '/etc/rc?.d/[SK]??nginx*' '/etc/default/nginx*' '/etc/sysconfig' '/etc/nginx' \
		'/usr/sbin/nginx*' '/usr/local/sbin/nginx*' '/run/nginx*' '/run/lock/nginx*' '/run/lock/subsys' '/var/log/nginx' \
		'/var/lib/nginx-handover'
	: >/run/fresh-prefix # nothing has to be mounted: what this machine writes is on a tmpfs, and outlives a reboot
	fresh_prefix
	write_conf 2 "error_log $ERROR_LOG notice;"
}

show_services() {
	local dir
	for dir in /proc/[0-9]*; do
		echo "${dir#/proc/} $(tr '\0' ' ' <"$dir/cmdline")"
	done
	ls -l /etc/init.d/nginx* /etc/rc?.d/*nginx* /run/lock/subsys || :
} 2>/dev/null
