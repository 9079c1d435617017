# An nginx that runs outside its unit, and assertions about it.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the files that load this

PACKAGED=/run/nginx.pid
OVERRIDE=/etc/systemd/system/nginx.service.d/zz-tests.conf
LEFT=/run/systemd/system/nginx.service.d/zzzz-nginx-handover-adopt.conf

setup() {
	host_fresh
	host_do packaged_site
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	# as sudo at a shell
	host_shell /usr/sbin/nginx
	wait_until 10 host_do master_ready $PACKAGED
	old=$(host_master $PACKAGED)
	all=$(nginx_pids)
}

nginx_pids() { host_run pgrep -x nginx; }

in_unit() { [[ $(host_run cat "/proc/$1/cgroup") == *"${2:-/system.slice/nginx.service}"* ]]; }

assert_all_in_unit() {
	local pid
	for pid in $(nginx_pids); do
		in_unit "$pid" || fail "process $pid is not in the unit: $(host_run cat "/proc/$pid/cgroup")"
	done
}

assert_outside() {
	local pid
	assert_equal "$(nginx_pids)" "$all" 'the processes of nginx'
	for pid in $all; do
		in_unit "$pid" session- || fail "process $pid is not where it was: $(host_run cat "/proc/$pid/cgroup")"
	done
	host_run test ! -e "$LEFT"
	assert_equal "$(host_show NeedDaemonReload)" no
	assert_equal "$(host_show KillMode)" "$kill_mode"
}

# override LINE...: adds the lines to [Service] of the unit
override() {
	printf '%s\n' '[Service]' "$@" | host_write $OVERRIDE
	host_run systemctl daemon-reload
}
