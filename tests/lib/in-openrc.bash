# More functions of in-host under OpenRC, in addition to those under sysvinit: neither has ps or pkill.
# shellcheck shell=bash

# shellcheck source=tests/lib/in-sysv.bash
. "$TOP/tests/lib/in-sysv.bash"

# The state after the boot, with an nginx folder that has a configuration but no nginx.
fresh_host() {
	local name
	wait_until 10 kill_helpers
	kill_all_nginx
	for name in /run/openrc/{started,starting,stopping,inactive}/nginx*; do
		[[ ! -L $name ]] || rc-service "${name##*/}" zap >/dev/null
	done
	pristine '/etc/init.d/nginx*' '/etc/conf.d/nginx*' '/etc/runlevels/default/nginx*' '/etc/nginx' '/usr/sbin/nginx*' \
		'/run/nginx*' '/run/lock/nginx*' '/var/log/nginx' '/var/lib/nginx-handover' '/run/openrc/options/nginx*'
	: >/run/fresh-prefix # nothing has to be mounted: this machine writes to a tmpfs, which survives a reboot
	fresh_prefix
	write_conf 2 "error_log $ERROR_LOG notice;"
}

show_services() { rc-status --all; }
