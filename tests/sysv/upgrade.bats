#!/usr/bin/env bats
# The upgrade by the init script, under load and from all kinds of surroundings; what is undone; what syslog has.
#
# hosts: bookworm-sysv trixie-sysv

load ../lib/sysv

setup() {
	host_fresh
	own_service 1.18.0
}

@test "under load from 1.18.0 to 1.22.1, with the settings as they come: no request fails" {
	host_settings "NGINX=$TARGET"
	replaced_by 1.22.1
	host_load_start
	host_slow_client
	background upgrade host_run service nginx upgrade
	wait_until 10 is_unfinished
	host_slow_finish
	wait_for upgrade
	assert_status 0
	assert_said 'Upgrading nginx: [  OK  ]'
	host_load_stop
	host_do answers 1.22.1
	host_gone "$old" || fail 'the old master is still there'
	host_run cmp "$RESCUED.1.18.0" /opt/nginx/1.18.0-seed/nginx
}

# upgrades_from COMMAND...: a way to call the script; it is given the verb.
upgrades_from() {
	local was
	was=$(host_master)
	host_load_start
	run_apart "$@" upgrade
	assert_status 0
	host_load_stop
	rm "$BATS_TEST_TMPDIR/ready"
	host_gone "$was" || fail "the old master is still there after: $*"
	# what a program opens where its standard output was closed must not get its words
	host_run grep -qx '[0-9]*' $PID_FILE
	host_run cmp $TARGET "/opt/nginx/$next-seed/nginx"
	host_do answers "$next"
}

# shellcheck disable=SC2016 # expanded by the shells inside
@test "by cron, with nothing open, with an empty environment, from a folder that is gone" {
	local next=1.22.1 SLOW_RATE=20000000
	replaced_by $next
	upgrades_from setsid --wait env -i PATH=/usr/bin:/bin HOME=/root SHELL=/bin/sh LOGNAME=root \
		sh -c 'exec /usr/sbin/service nginx "$1" </dev/null 2>&1' cron
	next=1.26.3
	replaced_by $next
	upgrades_from env -i sh -c 'exec /etc/init.d/nginx "$1" <&- >&- 2>&-' closed
	next=1.22.1
	replaced_by $next
	upgrades_from env -i sh -c 'mkdir /tmp/gone && cd /tmp/gone && rmdir /tmp/gone && exec /etc/init.d/nginx "$1"' gone
}

@test "the second one at a time gets 152 and says who works" {
	# the first one waits for a client
	host_slow_client
	replaced_by 1.22.1
	background first host_run service nginx upgrade
	wait_until 10 is_unfinished
	host_service nginx upgrade
	assert_status 152
	assert_said 'Upgrading nginx: [FAILED]'
	assert_errors 'upgrade (pid '
	host_slow_finish
	wait_for first
	assert_status 0
	assert_said 'Upgrading nginx: [  OK  ]'
	host_do answers 1.22.1
}

@test "undone: FAILED and 150, the old generation serves, no request failed, syslog has the cause" {
	local kind
	local -A cause=(['exits-at-once']='did not come up' ['worker-crash-at-start']='workers of the new generation die'
		['dies-after-300ms']='the new master did not come up')
	local SLOW_RATE=20000000
	host_settings "NGINX=$TARGET"
	for kind in "${!cause[@]}"; do
		echo "== $kind"
		host_run cp "/proc/$old/exe" $TARGET.again
		broken_by "$kind"
		host_load_start
		host_service nginx upgrade
		assert_status 150
		assert_said 'Upgrading nginx: [FAILED]'
		assert_errors 'error: ' "${cause[$kind]}"
		host_load_stop
		rm "$BATS_TEST_TMPDIR/ready"
		assert_equal "$(host_master)" "$old" 'the pid file'
		host_do answers 1.18.0
		assert_logged "${cause[$kind]}"
		sysv_log_mark
		host_run mv $TARGET.again $TARGET
	done
	host_service nginx status
	assert_status 0
}

@test "syslog has what was done, with who did it, and what failed as an error" {
	replaced_by 1.22.1
	host_service nginx upgrade
	assert_status 0
	assert_logged 'daemon.notice nginx-handover['
	assert_logged 'upgrading nginx 1.18.0 to 1.22.1'
	assert_logged 'done in'
	refute_logged 'daemon.err'
	config_breaks
	host_service nginx reload
	assert_status 6
	assert_logged 'daemon.err nginx-handover['
	assert_logged no_such_directive
}
