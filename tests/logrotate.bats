#!/usr/bin/env bats
# The examples for logrotate and certbot in packaging/examples: the real logrotate while two generations run, and the
# hook for certbot.

load lib/common

LOG=$PREFIX/logs/access.log

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	sed -i "s|access_log off|access_log $LOG|" $CONF_FILE
	install_old 1.18.0
	start_nginx
	old=$(master)
	new_binary 1.22.1
	example logrotate
	example certbot
}

teardown() {
	"$HANDOVER" stop -q --drain-timeout 0 --drain-expired term --pid-file $PID_FILE || :
	common_teardown
}

# example NAME: prints the example as installed, with the tested helper
example() { sed "s|/usr/sbin/nginx-handover|$HANDOVER|" "$TOP/packaging/examples/$1" >"$BATS_TEST_TMPDIR/$1"; }

rotate() {
	run_shown logrotate --force --state "$BATS_TEST_TMPDIR/state" "$BATS_TEST_TMPDIR/logrotate"
	assert_status 0
	assert_equal "$output" '' 'what logrotate says'
}

# A client of the old generation that stops reading; its line is logged when its connection ends. Then two generations run.
two_generations() {
	slow_client
	handover upgrade --binary "$NEW" --settle 100ms --drain-timeout 100ms "${@:2}"
	assert_status "$1"
	http /before >/dev/null
}

logged() { grep -q "GET $1 " "$2"; }

# both_log_to OLD NEW: the files to which the generations write
both_log_to() {
	http /after >/dev/null
	exec {slow}>&-
	wait_until 10 logged /big "$1"
	logged /after "$2"
}

@test "logrotate in a drain, and without nginx: both generations write to the new file" {
	two_generations 151
	rotate
	logged /before $LOG.1
	both_log_to $LOG $LOG
	run ! logged /big $LOG.1
	wait_until 10 gone "$old"
	handover stop
	assert_status 0
	rotate
}

@test "logrotate while the old master is held: likewise, and not by USR1 to the master of the pid file" {
	two_generations 156 --hold 1min
	rotate
	both_log_to $LOG $LOG
	handover rollback
	assert_status 0
	# Otherwise this test would prove nothing.
	sed -i "s|^\([[:blank:]]*\)[^#]*reopen --.*|\1kill -USR1 \$(cat $PID_FILE)|" "$BATS_TEST_TMPDIR/logrotate"
	rm $LOG.*
	two_generations 156 --hold 1min
	rotate
	both_log_to $LOG.1 $LOG
}

@test "certbot's hook: new workers, a configuration that nginx refuses, no nginx" {
	local workers
	workers=$(workers_of "$old" 'nginx: worker process')
	run_shown sh "$BATS_TEST_TMPDIR/certbot"
	assert_status 0
	assert_equal "$output" ''
	[[ $(workers_of "$old" 'nginx: worker process') != *"${workers%%$'\n'*}"* ]] || fail 'the old workers still accept'
	echo 'no_such_directive;' >>$CONF_FILE
	run_shown sh "$BATS_TEST_TMPDIR/certbot"
	assert_status 1
	assert_output no_such_directive
	handover stop
	run_shown sh "$BATS_TEST_TMPDIR/certbot"
	assert_status 0
	assert_equal "$output" ''
}
