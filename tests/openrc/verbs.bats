#!/usr/bin/env bats
# Each verb of the script for OpenRC, by the real rc-service(8): its line, its exit code, the state in OpenRC, and the
# state of nginx.
#
# hosts: bookworm-openrc

load ../lib/openrc

setup() { host_fresh; }

@test "start, status, reload, reopen, restart and stop, each of them twice" {
	own_script 1.18.0
	assert_state 3 stopped
	host_rc nginx start
	assert_status 0
	assert_said ' * Starting nginx ... [ ok ]'
	assert_equal "$errors" ''
	host_do answers 1.18.0
	assert_believed started
	old=$(host_master)
	host_rc nginx start
	assert_status 0
	assert_equal "$(host_master)" "$old"
	assert_state 0 started
	assert_equal "$errors" ''
	host_run sed -i 's/worker_processes 2/worker_processes 3/' $PREFIX/conf/nginx.conf
	host_rc nginx reload
	assert_status 0
	assert_said ' * Reloading nginx ... [ ok ]'
	assert_equal "$(host_do count_workers "$old")" 3 'number of workers'
	for verb in reopen rotate; do
		host_run mv $ERROR_LOG $ERROR_LOG.$verb
		host_rc nginx $verb
		assert_status 0
		assert_said ' * Reopening the logs of nginx ... [ ok ]'
		host_run test -e $ERROR_LOG
	done
	host_rc nginx restart
	assert_status 0
	assert_said ' * Testing the configuration of nginx ... [ ok ]' ' * Stopping nginx ... [ ok ]' \
		' * Starting nginx ... [ ok ]'
	host_gone "$old" || fail 'the old master is still there'
	host_rc nginx stop
	assert_status 0
	assert_said ' * Stopping nginx ... [ ok ]'
	host_do no_nginx
	assert_believed stopped
	host_rc nginx stop
	assert_status 0
	assert_state 3 stopped
}

@test "upgrade, rollback, and the verbs that only look; Gentoo's and Alpine's names for the test" {
	own_script 1.18.0
	started
	replaced_by 1.22.1
	host_rc nginx needed
	assert_status 0
	host_load_start
	host_rc nginx upgrade
	assert_status 0
	assert_said ' * Upgrading nginx ... [ ok ]'
	host_gone "$old" || fail 'the old master is still there'
	host_do answers 1.22.1
	host_rc nginx rollback
	assert_status 0
	assert_said ' * Rolling back nginx ... [ ok ]'
	host_load_stop
	assert_believed started
	assert_state 0 started
	host_rc nginx needed
	assert_status 1
	host_rc nginx finish
	assert_status 0
	assert_said ' * Finishing the upgrade of nginx ... [ ok ]'
	host_do answers 1.18.0
	host_rc nginx heal
	assert_status 0
	assert_said ' * Mending HTTP/3 of nginx ... [ ok ]'
	for verb in configtest checkconfig; do
		host_rc nginx $verb
		assert_status 0
		assert_said ' * Testing the configuration of nginx ... [ ok ]'
	done
	for verb in backups history; do
		host_rc nginx $verb
		assert_status 0
		assert_output 1.22.1
	done
	host_rc nginx doctor
	assert_output nginx
}

@test "exit codes are passed on: an undone upgrade, a draining one, a broken configuration, and no nginx" {
	own_script 1.18.0 DRAIN_TIMEOUT=100ms
	for verb in upgrade reload; do
		host_rc nginx $verb
		assert_status 7
		[[ $output == *' [ !! ]' && $errors == *'What to do'* ]] || fail 'no mark, or no advice'
	done
	started
	broken_by exits-at-once
	host_rc nginx upgrade
	assert_status 150
	assert_said ' * Upgrading nginx ... [ !! ]'
	assert_errors 'was undone'
	assert_equal "$(host_master)" "$old"
	host_do answers 1.18.0
	host_slow_client
	replaced_by 1.22.1
	host_rc nginx upgrade
	assert_status 151
	assert_said ' * Upgrading nginx ... [ ok ]'
	assert_errors "master $old"
	host_slow_finish
	config_breaks
	host_rc nginx checkconfig
	assert_status 6
	old=$(host_master)
	host_rc nginx restart
	assert_status 1
	assert_equal "$(host_master)" "$old" 'the master, after a restart that the test has refused'
	host_do answers 1.22.1
	assert_believed started
	host_rc nginx stop
	assert_status 0
	host_rc nginx start
	assert_status 1
	assert_believed stopped
}

@test "settings in conf.d, also at a shell; quotes as in a shell; other variables there are OpenRC's" {
	own_script 1.18.0 'rc_ulimit="-n 4321"' "DRAIN_TIMEOUT='0h 1min'" 'HOLD="1min 30s"'
	started
	assert_equal "$(host_run sed -n 's/^Max open files *\([0-9]*\).*/\1/p' "/proc/$old/limits")" 4321
	replaced_by 1.22.1
	host_rc nginx upgrade
	assert_status 156
	assert_said ' * Upgrading nginx ... [ ok ]'
	assert_state 0 started
	run_apart nginx-handover finish
	assert_status 0
	host_gone "$old" || fail 'the old master is still there'
}

@test "on a terminal: OpenRC's colours, the mark at the margin; EINFO_COLOR and EINFO_QUIET are obeyed" {
	local green=$'\e[32;01m' normal=$'\e[0m'
	own_script 1.18.0
	run host_run script -qec 'stty columns 60; TERM=linux rc-service nginx start' /dev/null
	assert_status 0
	[[ $output == *" $green*$normal Starting nginx ..."$'\e[54G'*"$green ok "*"$normal"* ]] || fail "$(cat -v <<<"$output")"
	run host_run script -qec 'TERM=linux rc-service --nocolor nginx status' /dev/null
	assert_output ' * status: started'
	run host_run script -qec 'TERM=linux rc-service --quiet nginx reload' /dev/null
	assert_equal "$output" ''
}

@test "an ordinary user may look, and do no more" {
	own_script 1.18.0
	started
	run_apart setpriv --reuid 65534 --regid 65534 --clear-groups rc-service nginx status
	assert_status 0
	assert_output ' * status: started'
	run_apart setpriv --reuid 65534 --regid 65534 --clear-groups rc-service nginx stop
	((status != 0)) || fail 'a user has stopped it'
	host_do answers 1.18.0
}

@test "another nginx: a link to the script, and settings of its own" {
	own_script 1.18.0
	host_run ln -s nginx /etc/init.d/nginx-blue
	openrc_reads_scripts
	host_rc nginx-blue start
	assert_status 1
	assert_errors /etc/conf.d/nginx-blue
	host_run sh -c "sed '1i pid /run/nginx-blue.pid;
	s|127.0.0.1:$PORT|127.0.0.1:8181|; s|$SOCKET|/run/nginx-blue.sock|' \
		$PREFIX/conf/nginx.conf >$PREFIX/conf/blue.conf"
	printf '%s\n' "NGINX=$TARGET" PID_FILE=/run/nginx-blue.pid CONF=$PREFIX/conf/blue.conf SETTLE=200ms |
		host_write /etc/conf.d/nginx-blue
	started
	host_rc nginx-blue start
	assert_status 0
	assert_said ' * Starting nginx-blue ... [ ok ]'
	blue=$(host_master /run/nginx-blue.pid)
	host_rc nginx stop
	assert_status 0
	host_run test -e "/proc/$blue"
	assert_believed started nginx-blue
	# at a shell it is the service with that pid file
	run_apart nginx-handover stop --pid-file /run/nginx-blue.pid
	assert_status 0
	assert_believed stopped nginx-blue
}
