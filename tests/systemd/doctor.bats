#!/usr/bin/env bats
# What doctor finds in a unit: each setting that spoils a handover, or a stop after one; with our drop-in nothing.
#
# hosts: bookworm-v2

load ../lib/systemd

PACKAGED=/run/nginx.pid
UNIT_FILE=/run/systemd/system/nginx.service.d/zz-tests.conf

setup() {
	host_fresh
	host_do packaged_site
}

# found ID: once
found() { assert_equal "$(grep -c "\"id\":\"$1\"" <<<"$output" || :)" 1 "how often $1 is found, of $output"; }

# unit LINE...: a drop-in with these lines in [Service]
unit() {
	host_run mkdir -p "${UNIT_FILE%/*}"
	printf '%s\n' '[Service]' "$@" | host_write $UNIT_FILE
}

@test "a vendor's unit, one that is worse, and one with our drop-in" {
	local id
	host_systemctl start nginx
	assert_status 0
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	host_handover doctor --json
	refute_output '"id":"unit-'
	refute_output '"id":"no-bus"'

	unit PIDFile=/run/other.pid NotifyAccess=none ExecReload= 'ExecReload=/bin/true' ExecStop= KillSignal=SIGTERM TimeoutStopSec=5
	# in a folder that is new, where systemd says that it has read everything
	host_handover doctor --json
	found unit-not-read
	assert_output "systemd has not read $UNIT_FILE"
	host_run systemctl daemon-reload
	host_handover doctor --json
	assert_status 1
	for id in pid-file notify-access reload stop stop-timeout; do
		found unit-$id
	done
	refute_output '"id":"unit-not-read"'
	assert_output 'a TimeoutStopSec= of 5.00 s, and by the settings a stop may take 1min 20s'
	assert_output 'PIDFile=/run/nginx.pid'

	# what it advises; and a file that has changed
	host_run touch -d +2sec $UNIT_FILE
	host_handover doctor --json
	found unit-not-read
	unit TimeoutStopSec=81
	host_run systemctl daemon-reload
	host_handover doctor --json
	refute_output '"id":"unit-'
	unit PIDFile= KillSignal=SIGTERM
	host_run systemctl daemon-reload
	host_handover doctor --json
	found unit-kill-signal

	# a Type= for which the started process is the service
	unit Type=exec
	host_run systemctl daemon-reload
	host_handover doctor --json
	found unit-type
	host_run rm $UNIT_FILE
	host_run systemctl mask --runtime nginx # over our drop-in, and the vendor's file
	host_handover doctor --json
	found unit-masked
	host_run systemctl unmask --runtime nginx

	# USR2 by hand, without a report to systemd: it follows when the old master has ended
	old=$(host_main_pid)
	host_run kill -USR2 "$old"
	wait_until 10 host_run test -e $PACKAGED.oldbin
	host_run kill -STOP "$(host_run cat $PACKAGED)"
	host_run kill -CONT "$(host_run cat $PACKAGED)"
	host_handover doctor --json
	found unfinished
	found unit-main-process
	host_handover finish --settle 100ms
	host_handover doctor --json
	refute_output unit-main-process

	run_shown host_shell env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/none nginx-handover doctor --json
	found no-bus
	refute_output '"id":"unit-'
}

@test "an nginx that was started by hand beside a unit that names its pid file" {
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	host_run /usr/sbin/nginx
	wait_until 10 host_do master_ready $PACKAGED
	host_handover doctor --json
	found unit-not-its-own
	host_handover stop
}
