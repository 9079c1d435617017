#!/usr/bin/env bats
# The lock file, without which CentOS's rc never stops a service, and several nginx by links to the script.
#
# hosts: bookworm-sysv (trixie-sysv)

load ../lib/sysv

LOCK=/var/lock/subsys/nginx
RC=/etc/rc-tests # the folder of a runlevel

setup() {
	host_fresh
	own_script 1.18.0
	host_run mkdir -p $RC ${LOCK%/*}
}

has_lock() { host_run test -e "${1:-$LOCK}"; }

# links NAME...: makes these (such as S85nginx) the only links of the runlevel, to the scripts of these names
links() {
	local link
	host_run sh -c "rm -f $RC/*"
	for link; do
		host_run ln -s "../init.d/${link:3}" "$RC/$link"
	done
}

change_runlevel() { run_shown host_do change_runlevel $RC; }

@test "the lock file: made by start, also by one that finds nginx running; removed by stop" {
	host_service nginx start
	assert_status 0
	has_lock
	host_service nginx restart
	has_lock
	host_run rm $LOCK
	host_service nginx start
	assert_status 0
	has_lock
	config_breaks
	host_service nginx restart
	assert_status 6
	has_lock
	host_service nginx stop
	! has_lock || fail 'stop has left the lock file'
	host_service nginx start
	assert_status 6
	! has_lock || fail 'a start that failed has made the lock file'
	host_run touch $LOCK
	host_service nginx stop
	assert_status 0
	! has_lock || fail 'the stop of a stopped nginx has left the lock file'
}

@test "a lock file that cannot be made is a warning; without the folder none is made" {
	host_run mkdir $LOCK
	host_service nginx start
	assert_status 0
	assert_said 'Starting nginx: [  OK  ]'
	assert_errors "warning: the lock file $LOCK could not be made"
	host_service nginx stop
	assert_status 0
	host_run rmdir $LOCK ${LOCK%/*}
	host_service nginx start
	assert_status 0
	assert_errors
	host_run test ! -e ${LOCK%/*}
	host_service nginx stop
	assert_status 0
	assert_errors
}

@test "rc by CentOS's rule starts it, and stops it by QUIT after an upgrade, too" {
	local master
	links S85nginx
	change_runlevel
	assert_output 'Starting nginx: [  OK  ]'
	host_do answers 1.18.0
	change_runlevel
	refute_output Starting
	replaced_by 1.22.1
	host_service nginx upgrade
	assert_status 0
	has_lock
	master=$(host_master)
	links K15nginx
	host_slow_client
	background rc host_do change_runlevel $RC
	wait_until 10 error_log_has " $master#$master: signal 3 (SIGQUIT) received"
	host_slow_finish
	wait_for rc
	assert_output 'Stopping nginx: [  OK  ]'
	host_do no_nginx
	assert_stopped_by_quit "$master" "/proc/$HOST_LEADER/root$ERROR_LOG"
	change_runlevel
	refute_output Stopping
}

# As root would at a shell.
started_by_hand() {
	host_run $TARGET
	wait_until 10 host_do master_ready
	old=$(host_master)
}

@test "an nginx that was started by hand: each verb but status makes the lock file, and rc then stops it by QUIT" {
	local verb
	started_by_hand
	host_service nginx status
	assert_status 0
	! has_lock || fail 'status has made the lock file'
	for verb in 'upgrade --dry-run' reload force-reload reopen rotate configtest finish heal rollback upgrade; do
		host_run rm -f $LOCK
		[[ $verb != upgrade ]] || replaced_by 1.22.1
		# shellcheck disable=SC2086 # words
		host_service nginx $verb
		if [[ $verb == *dry-run ]]; then
			! has_lock || fail "$verb has made the lock file"
		else
			has_lock || fail "$verb has made no lock file"
		fi
	done
	old=$(host_master)
	links K15nginx
	host_slow_client
	background rc host_do change_runlevel $RC
	wait_until 10 error_log_has " $old#$old: signal 3 (SIGQUIT) received"
	host_slow_finish
	wait_for rc
	assert_output 'Stopping nginx: [  OK  ]'
	! has_lock || fail 'the lock file is left'
}

@test "the lock file is there from the beginning of an upgrade: a shutdown in the middle serves the clients" {
	started_by_hand
	replaced_by 1.22.1
	background upgrade host_run service nginx upgrade --settle 1min
	wait_until 10 is_unfinished
	has_lock || fail 'no lock file'
	links K15nginx
	change_runlevel
	assert_output 'Stopping nginx: [  OK  ]'
	wait_for upgrade
	host_do no_nginx
}

@test "an nginx that is dead: each verb but status removes the lock file" {
	local verb
	for verb in reload reopen upgrade finish rollback configtest try-restart condrestart stop; do
		host_run touch $LOCK
		host_service nginx $verb
		! has_lock || fail "$verb has left the lock file"
	done
	host_run touch $LOCK
	host_service nginx status
	assert_status 2
	has_lock
	config_breaks
	host_service nginx start
	assert_status 6
	! has_lock || fail 'a start that failed has left the lock file'
}

@test "stop ends both generations of a handover that was left, and the lock file with them" {
	started
	replaced_by 1.22.1
	background upgrade host_run service nginx upgrade --settle 1min
	wait_until 10 is_unfinished
	wait_until 10 host_do kill_helpers
	wait_for upgrade
	links K15nginx
	change_runlevel
	assert_output 'Stopping nginx: [  OK  ]'
	host_do no_nginx
	! has_lock || fail 'the lock file is left'
}

# A second nginx of the same build: other files, another port.
instance() {
	host_run sed -e "s/:$PORT;/:8081;/" -e "s|$SOCKET|$PREFIX/logs/$1.sock|" -e "1i pid $PREFIX/logs/$1.pid;" \
		$PREFIX/conf/nginx.conf | host_write "$PREFIX/conf/$1.conf"
	printf '%s\n' "NGINX=$TARGET" "PID_FILE=$PREFIX/logs/$1.pid" "CONF=$PREFIX/conf/$1.conf" SETTLE=200ms |
		host_write "/etc/default/nginx-$1"
	host_run ln -s nginx "/etc/init.d/nginx-$1"
}

@test "a link nginx-blue is a second nginx: each verb is about that one, and the other is left alone" {
	local blue
	instance blue
	started
	host_service nginx-blue status
	assert_status 3
	assert_equal "$output" 'nginx-blue is stopped'
	host_service nginx-blue start
	assert_status 0
	assert_said 'Starting nginx-blue: [  OK  ]'
	has_lock ${LOCK}-blue
	blue=$(host_master $PREFIX/logs/blue.pid)
	assert_equal "$(host_master)" "$old" 'the pid file of the first'
	host_do answers 1.18.0
	PORT=8081 host_do answers 1.18.0
	replaced_by 1.22.1
	host_service nginx-blue upgrade
	assert_status 0
	assert_said 'Upgrading nginx-blue: [  OK  ]'
	host_gone "$blue" || fail 'the old master of nginx-blue is still there'
	assert_equal "$(host_master)" "$old" 'the pid file of the first'
	host_do answers 1.18.0
	host_service nginx stop
	assert_status 0
	! has_lock || fail 'the lock file is left'
	has_lock ${LOCK}-blue
	host_service nginx status
	assert_status 3
	host_service nginx-blue status
	assert_status 0
	host_service nginx-blue stop
	assert_status 0
	host_do no_nginx
}

@test "a link without settings of its own, or that do not say which nginx it is, is not configured: 6" {
	started
	host_run ln -s nginx /etc/init.d/nginx-green
	host_service nginx-green stop
	assert_status 6
	assert_errors /etc/default/nginx-green
	echo "NGINX=$TARGET" | host_write /etc/default/nginx-green
	host_service nginx-green stop
	assert_status 6
	assert_errors PID_FILE
	assert_equal "$(host_master)" "$old" 'the pid file of the first'
	host_do answers 1.18.0
}
