#!/usr/bin/env bats
# Each verb of the init script, by the real service(8): its line, its exit code, and the state of nginx.
#
# hosts: bookworm-sysv trixie-sysv

load ../lib/sysv

setup() {
	host_fresh
	own_script 1.18.0
}

# The master is $1, and serves.
assert_serves() {
	assert_equal "$(host_master)" "$1" 'the pid file'
	host_do answers
}

assert_nothing_runs() { host_do no_nginx || fail "left: $(host_do nginx_processes)"; }

@test "start, and once more" {
	host_service nginx start
	assert_status 0
	assert_said 'Starting nginx: [  OK  ]'
	assert_errors
	host_do answers 1.18.0
	old=$(host_master)
	host_service nginx start
	assert_status 0
	assert_said 'Starting nginx: [  OK  ]'
	assert_errors
	assert_serves "$old"
	assert_equal "$(host_do nginx_processes | wc -l)" 3 'number of processes'
}

@test "stop serves the clients first, and once more" {
	started
	host_slow_client
	background stop host_run service nginx stop
	wait_until 10 error_log_has 'gracefully shutting down'
	host_slow_finish
	wait_for stop
	assert_status 0
	assert_said 'Stopping nginx: [  OK  ]'
	assert_nothing_runs
	host_service nginx stop
	assert_status 0
	assert_said 'Stopping nginx: [  OK  ]'
	assert_errors
}

@test "restart of a running and of a stopped nginx" {
	started
	host_service nginx restart
	assert_status 0
	assert_said 'Stopping nginx: [  OK  ]' 'Starting nginx: [  OK  ]'
	assert_errors
	host_gone "$old" || fail 'the old master is still there'
	host_do answers
	host_service nginx stop
	assert_nothing_runs
	host_service nginx restart
	assert_status 0
	assert_said 'Stopping nginx: [  OK  ]' 'Starting nginx: [  OK  ]'
	host_do answers
}

@test "try-restart and condrestart restart what runs, and leave what is stopped" {
	local verb
	for verb in try-restart condrestart; do
		host_service nginx $verb
		assert_status 0
		assert_equal "$output" ''
		assert_errors
		assert_nothing_runs
		host_service nginx start
		old=$(host_master)
		host_service nginx $verb
		assert_status 0
		assert_said 'Stopping nginx: [  OK  ]' 'Starting nginx: [  OK  ]'
		host_gone "$old" || fail "$verb has not stopped the master"
		host_do answers
		host_service nginx stop
	done
}

@test "reload and force-reload read the configuration anew" {
	local verb count=2
	started
	for verb in reload force-reload; do
		host_run sed -i "s/worker_processes $count/worker_processes $((++count))/" $PREFIX/conf/nginx.conf
		host_service nginx $verb
		assert_status 0
		assert_said 'Reloading nginx: [  OK  ]'
		assert_errors
		assert_serves "$old"
		assert_equal "$(host_do count_workers "$old")" $count 'number of workers'
	done
}

@test "what needs a running nginx fails with 7 when it is stopped, and starts none" {
	local verb
	local -A words=([reload]='Reloading nginx' ['force-reload']='Reloading nginx' [upgrade]='Upgrading nginx'
		[reopen]='Reopening the logs of nginx' [rotate]='Reopening the logs of nginx')
	for verb in "${!words[@]}"; do
		host_service nginx "$verb"
		assert_status 7
		assert_said "${words[$verb]}: [FAILED]"
		assert_errors 'error: '
		assert_nothing_runs
	done
}

@test "upgrade, finish when nothing is unfinished, rollback, heal" {
	started
	replaced_by 1.22.1
	host_service nginx upgrade
	assert_status 0
	assert_said 'Upgrading nginx: [  OK  ]'
	assert_errors
	host_gone "$old" || fail 'the old master is still there'
	host_do answers 1.22.1
	host_service nginx finish
	assert_status 0
	assert_said 'Finishing the upgrade of nginx: [  OK  ]'
	host_service nginx rollback
	assert_status 0
	assert_said 'Rolling back nginx: [  OK  ]'
	host_do answers 1.18.0
	host_service nginx heal
	assert_status 0
	assert_said 'Mending HTTP/3 of nginx: [  OK  ]'
}

@test "a draining old generation is a warning and 151, finish then waits for it; options go through" {
	started
	left_draining 1.22.1
	assert_said 'Upgrading nginx: [WARNING]'
	assert_errors "master $old"
	host_do answers 1.22.1
	host_service nginx reload
	assert_status 0
	background finish host_run service nginx finish
	host_slow_finish
	wait_for finish
	assert_status 0
	assert_said 'Finishing the upgrade of nginx: [  OK  ]'
	wait_until 10 host_gone "$old"
}

@test "an upgrade that was killed is finished, or rolled back" {
	local verb
	local -A line=([finish]='Finishing the upgrade of nginx' [rollback]='Rolling back nginx')
	local -A serves=([finish]=1.22.1 [rollback]=1.18.0)
	for verb in finish rollback; do
		replaced_by 1.18.0
		host_service nginx start
		replaced_by 1.22.1
		background upgrade host_run service nginx upgrade --settle 1min
		wait_until 10 is_unfinished
		wait_until 10 host_do kill_helpers
		wait_for upgrade
		host_service nginx upgrade
		assert_status 153
		assert_said 'Upgrading nginx: [FAILED]'
		host_service nginx $verb
		assert_status 0
		assert_said "${line[$verb]}: [  OK  ]"
		host_do answers "${serves[$verb]}"
		host_service nginx stop
		assert_status 0
	done
}

old_is_leaving() { host_do workers_of "$old" 'nginx: worker process is shutting down' >/dev/null; }

# holders_of FILE: the descriptors in /proc that are open on it
holders_of() { host_run find /proc -maxdepth 3 -path '/proc/[0-9]*/fd/*' -lname "$1" 2>/dev/null; }

@test "reopen and rotate: moved logs are there anew, in both generations" {
	local verb
	host_run sed -i "s|access_log off|access_log $PREFIX/logs/access.log|" $PREFIX/conf/nginx.conf
	# the workers open them as their own user
	host_run sh -c "chown nobody $PREFIX/logs && touch $PREFIX/logs/access.log"
	started
	host_slow_client
	replaced_by 1.22.1
	background upgrade host_run service nginx upgrade --settle 1min
	wait_until 10 is_unfinished
	wait_until 10 old_is_leaving
	wait_until 10 host_do kill_helpers
	wait_for upgrade
	for verb in reopen rotate; do
		host_run mv $PREFIX/logs/access.log $PREFIX/logs/access.log.$verb
		host_run mv $ERROR_LOG $ERROR_LOG.$verb
		host_service nginx $verb
		assert_status 0
		assert_said 'Reopening the logs of nginx: [  OK  ]'
		assert_errors
		assert_equal "$(holders_of "*.$verb")" '' 'who has the old logs'
		host_do answers 1.22.1
		host_run grep -q 'GET / ' $PREFIX/logs/access.log
	done
	# each of at least five processes, both masters among them
	assert_equal "$(holders_of $ERROR_LOG | cut -d/ -f3 | sort -u | wc -l)" "$(host_do nginx_processes | wc -l)"
	holders_of $ERROR_LOG | grep -q "^/proc/$old/" || fail 'the old master has no error log'
	host_slow_finish
}

@test "configtest says what nginx thinks of the configuration, running or not" {
	host_service nginx configtest
	assert_status 0
	assert_said 'Testing the configuration of nginx: [  OK  ]'
	assert_errors
	host_run test ! -e $PID_FILE
	started
	config_breaks
	host_service nginx configtest
	assert_status 6
	assert_said 'Testing the configuration of nginx: [FAILED]'
	assert_errors no_such_directive
	assert_serves "$old"
}

@test "with a broken configuration start, reload, restart and upgrade fail with 6; nothing is stopped" {
	started
	config_breaks
	local verb
	local -A line=([reload]='Reloading nginx' [restart]='Testing the configuration of nginx'
		['try-restart']='Testing the configuration of nginx' [upgrade]='Upgrading nginx')
	for verb in "${!line[@]}"; do
		[[ $verb != upgrade ]] || replaced_by 1.22.1
		host_service nginx "$verb"
		assert_status 6
		assert_said "${line[$verb]}: [FAILED]"
		assert_errors 'error: ' no_such_directive
		assert_serves "$old"
	done
	host_service nginx stop
	assert_status 0
	host_service nginx start
	assert_status 6
	assert_said 'Starting nginx: [FAILED]'
	assert_errors no_such_directive
	assert_nothing_runs
}

@test "an unknown verb, and none, are 2 and say which there are; so is an unknown option" {
	host_service nginx frobnicate
	assert_status 2
	assert_equal "$output" ''
	assert_errors 'no such command'
	host_service nginx
	assert_status 2
	assert_errors start condrestart upgrade
	host_service nginx start --fast
	assert_status 2
	assert_nothing_runs
}

@test "nginx, or the helper, is not installed: 5" {
	host_settings NGINX=/no/such/nginx
	host_service nginx start
	assert_status 5
	assert_said 'Starting nginx: [FAILED]'
	assert_errors /no/such/nginx
	host_run mv /usr/sbin/nginx-handover /usr/sbin/nginx-handover.away
	host_service nginx start
	assert_status 5
	assert_errors 'nginx-handover is not installed'
}

@test "users other than root may do nothing: 4" {
	local verb
	started
	for verb in start stop restart reload upgrade; do
		run_apart setpriv --reuid 65534 --regid 65534 --clear-groups service nginx $verb
		assert_status 4
		assert_errors 'error: only root'
		assert_serves "$old"
	done
}

@test "interrupted: undone, with its line, and the reasons below it" {
	started
	replaced_by 1.22.1
	background upgrade host_run service nginx upgrade --settle 1min
	wait_until 10 is_unfinished
	host_run sh -c "kill -INT $(host_do helpers)"
	wait_for upgrade
	assert_status 150
	# both streams, as on a terminal
	[[ $output == 'Upgrading nginx: [FAILED]'$'\r\n'*'error: the handover failed'* ]] || fail 'not in this order'
	assert_serves "$old"
	host_do answers 1.18.0
}

@test "-v: all messages come before the mark" {
	host_service nginx start -v
	assert_status 0
	[[ $output == *'workers accept connections'*$'\n''Starting nginx: [  OK  ]'$'\r' ]] || fail "$output"
}
