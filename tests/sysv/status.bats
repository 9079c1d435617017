#!/usr/bin/env bats
# status: each answer of LSB, in CentOS's words; and the files that a power cut leaves behind.
#
# hosts: bookworm-sysv (trixie-sysv)

load ../lib/sysv

SUBSYS=/var/lock/subsys

setup() {
	host_fresh
	own_script 1.18.0
}

# assert_state CODE WORDS: the first line of status
assert_state() {
	host_service nginx status
	assert_status "$1"
	assert_equal "${output%%$'\n'*}" "$2" 'the first line'
}

# As after a power cut: nothing was stopped. (nginx itself fails if a unix socket is left, but a
# boot removes those with the rest of /var/run.)
power_cut() {
	host_run cp $PID_FILE $PID_FILE.left
	host_do kill_all_nginx
	host_run mv $PID_FILE.left $PID_FILE
	host_run rm $SOCKET
}

second_ready() { is_unfinished && host_do master_ready; }

@test "0: running, during a handover too" {
	started
	assert_state 0 "nginx (pid  $old) is running..."
	# it lasts for as long as there is a client of the old generation
	host_slow_client
	replaced_by 1.22.1
	background upgrade host_run service nginx upgrade
	wait_until 10 second_ready
	assert_state 0 "nginx (pid  $(host_master)) is running..."
	assert_errors 'a handover is under way'
	host_slow_finish
	wait_for upgrade
	assert_status 0
	assert_state 0 "nginx (pid  $(host_master)) is running..."
}

@test "1: dead, and the pid file is there" {
	started
	power_cut
	assert_state 1 'nginx dead but pid file exists'
}

@test "2: dead, and the lock file is there" {
	host_run mkdir $SUBSYS
	started
	power_cut
	assert_state 1 'nginx dead but pid file exists'
	host_run rm $PID_FILE
	assert_state 2 'nginx dead but subsys locked'
	host_service nginx stop
	assert_status 0
	assert_state 3 'nginx is stopped'
}

@test "3: stopped, or nothing is installed" {
	assert_state 3 'nginx is stopped'
	host_service nginx start
	host_service nginx stop
	assert_state 3 'nginx is stopped'
	host_settings NGINX=/no/such/nginx
	assert_state 3 'nginx is stopped'
}

# assert_state_to_user CODE WORDS: the same for an ordinary user, on one line
assert_state_to_user() {
	run_apart setpriv --reuid 65534 --regid 65534 --clear-groups service nginx status
	assert_status "$1"
	assert_equal "${output%%$'\n'*}" "$2" 'the first line'
}

@test "to an ordinary user it says what anybody can read: pid file and title; 4 where that is not enough" {
	assert_state_to_user 3 'nginx is stopped'
	started
	assert_state_to_user 0 "nginx (pid  $old) is running..."
	assert_errors
	host_run chmod 600 $PID_FILE
	assert_state_to_user 4 'nginx status unknown due to insufficient privileges.'
	host_run chmod 644 $PID_FILE
	# a pid file of another user does not count
	host_run chown 65534 $PID_FILE
	assert_state_to_user 4 'nginx status unknown due to insufficient privileges.'
	host_run chown 0 $PID_FILE
	# the helper at a shell
	run_apart setpriv --reuid 65534 --regid 65534 --clear-groups nginx-handover status --pid-file $PID_FILE
	assert_status 0
	assert_output "master $old"
	power_cut
	assert_state_to_user 1 'nginx dead but pid file exists'
}

@test "the script also shows the output of backups, history, needed and doctor" {
	started
	replaced_by 1.22.1
	host_service nginx needed
	assert_status 0
	assert_output 'an upgrade is due'
	host_service nginx upgrade
	assert_status 0
	host_service nginx backups
	assert_status 0
	assert_output '1.18.0'
	assert_output '* 1.22.1'
	host_service nginx needed
	assert_status 1
	assert_output 'no upgrade is due'
	host_service nginx history
	assert_status 0
	assert_output '1.18.0 -> 1.22.1'
	host_service nginx history 1
	assert_status 0
	host_service nginx doctor
	assert_status 1
	assert_output 'advice: nothing ends clients that never end by themselves'
}

@test "a stale pid file of a dead process, and of a living stranger, prevents no start" {
	started
	power_cut
	host_service nginx start
	assert_status 0
	assert_said 'Starting nginx: [  OK  ]'
	host_do answers 1.18.0
	host_service nginx stop
	host_run sh -c "cat /run/syslogd.pid >$PID_FILE || echo 1 >$PID_FILE"
	assert_state 1 'nginx dead but pid file exists'
	host_service nginx start
	assert_status 0
	assert_said 'Starting nginx: [  OK  ]'
	host_do answers 1.18.0
	assert_state 0 "nginx (pid  $(host_master)) is running..."
	[[ $(host_do nginx_processes) == *"$(host_master) nginx: master"* ]] || fail "$(host_do nginx_processes)"
}
