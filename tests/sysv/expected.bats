#!/usr/bin/env bats
# What an administrator expects of the init script while other things happen.
#
# hosts: bookworm-sysv (trixie-sysv)

load ../lib/sysv

# The first test shuts its machine down.
setup_file() { :; }
teardown_file() { :; }
setup() {
	host_boot
	host_fresh
	own_script 1.18.0
}
teardown() {
	host_teardown || :
	host_end || :
}

@test "power off while an upgrade by the script is under way: everybody is served first" {
	host_run update-rc.d nginx defaults
	own_service 1.18.0
	host_slow_client
	replaced_by 1.22.1
	background upgrade host_run service nginx upgrade --settle 1min
	wait_until 20 second_ready
	host_run poweroff
	wait_until 20 error_log_has " $old#$old: signal 3 (SIGQUIT) received"
	host_slow_finish
	wait_until 30 gone "$HOST_PID"
}

second_ready() { is_unfinished && host_do master_ready; }

@test "reopen when the old master has had QUIT: its workers, which drain, release the moved log" {
	host_run sed -i "s|access_log off|access_log $PREFIX/logs/access.log|" $PREFIX/conf/nginx.conf
	host_run sh -c "chown nobody $PREFIX/logs && touch $PREFIX/logs/access.log"
	own_service 1.18.0
	left_draining 1.22.1
	host_run mv $PREFIX/logs/access.log $PREFIX/logs/access.log.1
	host_service nginx reopen
	assert_status 0
	run host_run find "/proc/$(host_do workers_of "$old" 'nginx: worker process is shutting down')/fd" -lname '*/access.log*' \
		-printf '%l\n'
	assert_equal "$output" "$PREFIX/logs/access.log" 'the log of the draining worker'
	host_slow_finish
}

@test "status is 4 to who may not read the pid file, or the settings" {
	own_service 1.18.0
	host_run chmod 600 $PID_FILE
	run_apart setpriv --reuid 65534 --regid 65534 --clear-groups service nginx status
	assert_status 4
	host_run chmod 644 $PID_FILE
	host_run chmod 600 /etc/default/nginx
	run_apart setpriv --reuid 65534 --regid 65534 --clear-groups service nginx status
	assert_status 4
}

# with_nobody_reading COMMAND...: its standard output is a pipe without a reader
with_nobody_reading() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	run_apart bash -c 'mkfifo /tmp/unread && exec 3<>/tmp/unread 4>/tmp/unread 3<&- && rm /tmp/unread && exec "$@" >&4' unread "$@"
}

@test "a verb does its work even if nobody reads the line" {
	with_nobody_reading service nginx start
	assert_status 0
	host_do answers 1.18.0
	with_nobody_reading service nginx stop
	assert_status 0
	host_do no_nginx
}
