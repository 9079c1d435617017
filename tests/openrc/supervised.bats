#!/usr/bin/env bats
# "supervisor=supervise-daemon" in conf.d: the service is "nginx-handover run", and supervise-daemon(8) watches over it.
#
# hosts: bookworm-openrc

load ../lib/openrc

setup() {
	host_fresh
	own_script 1.18.0 supervisor=supervise-daemon
}

parent_of() { host_run sed -n 's/^PPid:[[:blank:]]*//p' "/proc/$1/status"; }
name_of() { host_run cat "/proc/$1/comm"; }

# Sets old and run: the master, and the process in the foreground.
supervised() {
	started
	run=$(parent_of "$old")
	assert_equal "$(name_of "$run")" nginx-handover 'the parent of the master'
	assert_equal "$(name_of "$(parent_of "$run")")" supervise-daemo 'and the parent of that'
}

# Whether a "run" other than $run has nginx, which serves.
another_run() {
	local now
	now=$(host_do helpers) && [[ -n $now && $now != *$'\n'* && $now != "$run" ]] && host_do answers 1.18.0
} 2>/dev/null

@test "start, upgrades under load, a broken one, rollback, reload, and a stop that serves its clients first" {
	local version before i
	supervised
	assert_output ' * Starting nginx ... [ ok ]'
	assert_state 0 started
	host_load_start
	for ((i = 0; i < ${NH_UPGRADES:-2}; ++i)); do
		version=1.22.1
		((i % 2 == 0)) || version=1.18.0
		before=$(host_master)
		replaced_by "$version"
		host_rc nginx upgrade
		assert_status 0
		assert_said ' * Upgrading nginx ... [ ok ]'
		host_gone "$before" || fail 'the old master is still there'
		host_do answers "$version"
		assert_equal "$(parent_of "$(host_master)")" "$run" 'the parent of the new master'
	done
	broken_by exits-at-once
	host_rc nginx upgrade
	assert_status 150
	replaced_by "$version"
	host_rc nginx rollback
	assert_status 0
	host_rc nginx reload
	assert_status 0
	host_load_stop
	host_rc nginx reopen
	assert_status 0
	host_do answers "$([[ $version == 1.18.0 ]] && echo 1.22.1 || echo 1.18.0)"
	host_slow_client
	background stop host_run rc-service nginx stop
	wait_until 10 error_log_has 'gracefully shutting down'
	host_slow_finish
	wait_for stop
	assert_status 0
	host_do no_nginx
	host_do no_helper
	assert_believed stopped
}

@test "killed processes are started again: a new master, or another run that takes the nginx over; stop ends all" {
	supervised
	host_run sh -c "kill -KILL $old"
	wait_until 15 another_run
	old=$(host_master)
	run=$(host_do helpers)
	assert_equal "$(parent_of "$old")" "$run" 'the parent of the new master'
	host_load_start
	host_run sh -c "kill -KILL $run"
	wait_until 15 another_run
	assert_equal "$(host_master)" "$old" 'the master that was taken over'
	replaced_by 1.22.1
	host_rc nginx upgrade
	assert_status 0
	host_load_stop
	host_do answers 1.22.1
	host_rc nginx stop
	assert_status 0
	host_do no_nginx
	host_do no_helper
	assert_believed stopped
}

@test "a broken nginx fails at once; one without its supervisor is still stopped" {
	config_breaks
	host_rc nginx start
	assert_status 1
	assert_output ' * Testing the configuration of nginx ... [ !! ]'
	host_do no_helper
	assert_believed stopped
	host_run sed -i 1d $PREFIX/conf/nginx.conf
	supervised
	host_run sh -c "kill -KILL $(parent_of "$run")"
	host_do answers 1.18.0
	host_rc nginx stop
	assert_status 0
	host_do no_nginx
	host_do no_helper
	run_apart nginx-handover start
	assert_status 0
	assert_believed started
	host_rc nginx stop
	assert_status 0
	host_do no_nginx
	assert_believed stopped
}
