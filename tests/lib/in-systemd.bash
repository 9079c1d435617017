# More functions of in-host under systemd.
# shellcheck shell=bash

nginx_units() { systemctl list-units --all --plain --no-legend --type=service,path,timer "$@" | awk '{ print $1 }'; }

# Ends everything that a test has started, whatever its units say.
end_all() {
	local units
	mapfile -t units < <(nginx_units 'nginx*' && systemctl list-units --plain --no-legend 'session-*.scope' | awk '{ print $1 }')
	if ((${#units[@]})); then
		systemctl stop --no-block "${units[@]}" || :
		systemctl kill --signal=KILL "${units[@]}" || :
	fi
	pkill -KILL -x nginx-handover || :
	kill_all_nginx
	((${#units[@]} == 0)) || systemctl stop "${units[@]}" || :
} 2>/dev/null

# The state after the boot, with an nginx folder that has a configuration but no nginx.
fresh_host() {
	end_all
	pristine '/etc/systemd/system/nginx*' '/etc/systemd/system/*.wants/nginx*' \
		'/etc/systemd/system.control/nginx*' '/run/systemd/system/nginx*' '/run/systemd/system.control/nginx*' \
		'/usr/lib/systemd/system/nginx*' '/etc/default/nginx*' '/etc/sysconfig' '/etc/nginx' \
		'/usr/sbin/nginx*' '/usr/local/sbin/nginx*' '/run/nginx*' '/run/lock/nginx*' '/var/log/nginx' '/var/lib/nginx-handover'
	systemctl daemon-reload
	systemctl reset-failed
	fresh_prefix
	write_conf 2
}

show_services() { systemctl status --no-pager --full --lines=0 'nginx*' || :; }
