#!/usr/bin/env bats
# OpenRC's record of nginx, when nginx is started, stopped or ended without OpenRC; and a boot and a
# shutdown.
#
# hosts: bookworm-openrc

load ../lib/openrc

setup() { host_fresh; }

@test "stopped at a shell by us: OpenRC knows, and starts it again; started at a shell likewise" {
	own_script 1.18.0
	started
	run_apart nginx-handover stop
	assert_status 0
	assert_believed stopped
	assert_state 3 stopped
	host_rc nginx start
	assert_status 0
	host_do answers 1.18.0
	run_apart nginx-handover stop
	run_apart nginx-handover start
	assert_status 0
	assert_believed started
	host_rc nginx stop
	assert_status 0
	host_do no_nginx
	assert_believed stopped
}

@test "ended at a shell without us: crashed, stop and restart work, and so does a start after a stop of ours" {
	own_script 1.18.0
	started
	host_run sh -c "kill -QUIT $old"
	wait_until 10 host_do no_nginx
	host_run rm $SOCKET # which nginx itself leaves at QUIT, and then fails at
	assert_believed started
	assert_state 32 crashed
	[[ $output$errors != *started* ]] || fail 'a tool would take it for started'
	host_rc nginx upgrade
	assert_status 7
	host_rc nginx restart
	assert_status 0
	host_do answers 1.18.0
	host_do kill_all_nginx
	host_run rm -f $SOCKET
	assert_state 32 crashed
	host_rc nginx stop
	assert_status 0
	assert_believed stopped
	host_rc nginx start
	assert_status 0
	host_do kill_all_nginx
	run_apart nginx-handover stop
	assert_status 0
	assert_believed stopped
}

@test "started by nginx itself: an upgrade or a reopen works, and from then on OpenRC stops it" {
	local verb
	own_script 1.18.0
	for verb in upgrade reopen; do
		host_run $TARGET
		assert_believed stopped
		assert_state 0 started
		run_apart nginx-handover doctor
		assert_output 'OpenRC takes nginx for stopped'
		host_rc nginx $verb
		assert_status 0
		assert_believed started
		run_apart nginx-handover doctor
		refute_output OpenRC
		host_rc nginx stop
		assert_status 0
		host_do no_nginx
	done
}

@test "another nginx that is stopped or started at a shell changes nothing of the service" {
	own_script 1.18.0
	started
	host_run sh -c "sed '1i pid /run/nginx-other.pid;
	s|127.0.0.1:$PORT|127.0.0.1:8181|; s|$SOCKET|/run/nginx-other.sock|' \
		$PREFIX/conf/nginx.conf >$PREFIX/conf/other.conf"
	run_apart nginx-handover start --pid-file /run/nginx-other.pid --conf $PREFIX/conf/other.conf
	assert_status 0
	run_apart nginx-handover stop --pid-file /run/nginx-other.pid
	assert_status 0
	assert_believed started
	host_do answers 1.18.0
	host_rc nginx stop
	assert_status 0
	run_apart nginx-handover start --pid-file /run/nginx-other.pid --conf $PREFIX/conf/other.conf
	assert_status 0
	assert_believed stopped
	run_apart nginx-handover stop --pid-file /run/nginx-other.pid
}

@test "the service is told by its control group, too, where nobody has noted its pid file" {
	own_script 1.18.0
	printf '%s\n' 'rc_sys=""' 'rc_cgroup_mode=unified' | host_write /etc/rc.conf
	started
	host_run grep -q '^0::/nginx$' "/proc/$old/cgroup"
	host_run rm /run/openrc/options/nginx/pidfile
	run_apart nginx-handover stop --pid-file $PID_FILE
	assert_status 0
	assert_believed stopped
	host_run sh -c ': >/etc/rc.conf'
}

@test "at a boot it is started, and at a shutdown its clients are served to the end" {
	own_script 1.18.0
	host_run rc-update add nginx default
	host_openrc_reboot
	host_do answers 1.18.0
	assert_state 0 started
	old=$(host_master)
	# as if somebody had acted from a shell in between
	replaced_by 1.22.1
	run_apart nginx-handover upgrade
	assert_status 0
	old=$(host_master)
	cp "/proc/$HOST_LEADER/root$ERROR_LOG" "$BATS_TEST_TMPDIR/before"
	exec 8<"/proc/$HOST_LEADER/root$ERROR_LOG"
	host_slow_client
	background down host_openrc_power_off
	wait_until 10 error_log_has 'gracefully shutting down'
	host_slow_finish
	wait_for down
	cat <&8 >"$BATS_TEST_TMPDIR/log"
	assert_stopped_by_quit "$old" "$BATS_TEST_TMPDIR/log"
}
