#!/usr/bin/env bats
# The upgrade by the init script, under load and in unusual environments; undos; the lines in syslog.
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

# upgrades_from COMMAND...: a way to call the script; the verb is appended.
upgrades_from() {
	local was
	was=$(host_master)
	host_load_start
	run_apart "$@" upgrade
	assert_status 0
	host_load_stop
	rm "$BATS_TEST_TMPDIR/ready"
	host_gone "$was" || fail "the old master is still there after: $*"
	# a file that a program opens in place of its closed standard output must not get its output
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

@test "a second run at the same time gets 152 and names the active one" {
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

# The pid of the watcher of a hold.
# shellcheck disable=SC2016 # expanded by the shell inside
watches() {
	host_run sh -c 'for p in /proc/[0-9]*; do
		case $(tr "\0" " " <$p/cmdline) in "/usr/sbin/nginx-handover finish --held-until"*) echo "${p#/proc/}" ;; esac
	done' 2>/dev/null | grep .
}
nobody_watches() { ! watches; }

@test "a hold: every verb in it, rollback, finish, stop" {
	local new watcher
	replaced_by 1.22.1
	host_settings "NGINX=$TARGET" SETTLE=100ms HOLD=1h
	host_service nginx upgrade
	assert_status 156
	assert_said 'Upgrading nginx: [  OK  ]'
	new=$(host_master)
	watcher=$(watches)
	assert_equal "$(host_run sed -n 's/^PPid:\t//p' "/proc/$watcher/status")" 1 'the parent of the watcher'
	assert_logged "process $watcher watches it"
	host_service nginx status
	assert_status 0
	assert_output "nginx (pid  $new) is running..."
	host_service nginx status --exit-code
	assert_status 156
	host_service nginx upgrade
	assert_status 153
	assert_errors 'the last handover is held until '
	host_service nginx reload
	assert_status 0
	host_service nginx rotate
	assert_status 0
	assert_equal "$(host_master)" "$new" 'the master'
	# The watcher dies, and the next call of the script starts another.
	host_run sh -c "kill -KILL $watcher"
	wait_until 5 nobody_watches
	host_service nginx reload
	assert_status 0
	watches
	host_service nginx rollback
	assert_status 0
	host_do answers 1.18.0
	wait_until 5 nobody_watches
	replaced_by 1.22.1
	host_service nginx upgrade
	assert_status 156
	host_service nginx stop
	assert_status 0
	assert_said 'Stopping nginx: [  OK  ]'
	wait_until 5 nobody_watches
	host_do no_nginx
	# The hold ends by itself.
	host_install_nginx 1.18.0
	host_service nginx start
	old=$(host_master)
	replaced_by 1.22.1
	# service(8) of Debian takes an argument that begins with --h for --help.
	run_apart /etc/init.d/nginx upgrade --hold 1s
	assert_status 156
	wait_until 10 host_gone "$old"
	wait_until 5 nobody_watches
	assert_logged 'its time is up: the handover is finished'
	host_do answers 1.22.1
}
