#!/usr/bin/env bats
# monit, which starts services that have died, but is not their parent, with packaging/examples/monit. In an upgrade the
# pid file names another master, or is missing for a moment: monit's reaction must do no harm.

load ../lib/supervisors

setup_file() { supervisors_unpack; }

setup() {
	supervised_nginx
	sed -i 's/error_log stderr/error_log logs\/error.log/' $CONF_FILE
	# with monit's shortest interval, and for the nginx of the tests
	sed "s|/run/nginx.pid|$PID_FILE|; s|port 80 |port $PORT |" "$EXAMPLES/monit/nginx" >/etc/monit/conf.d/nginx
	printf '%s\n' 'set daemon 1' "set pidfile $BATS_TEST_TMPDIR/monit.pid" "set idfile $BATS_TEST_TMPDIR/monit.id" \
		"set statefile $BATS_TEST_TMPDIR/monit.state" "set log $BATS_TEST_TMPDIR/monit.log" \
		"set httpd unixsocket $BATS_TEST_TMPDIR/monit.sock and allow monit:monit" 'include /etc/monit/conf.d/*' >/etc/monit/monitrc
	chmod 600 /etc/monit/monitrc
	daemon monit -I -c /etc/monit/monitrc
	answers_soon 1.18.0
	old=$(master)
}

teardown() {
	[[ ! ${BATS_ERROR_STATUS:-0} =~ [^0] ]] || cat "$BATS_TEST_TMPDIR"/{daemon.log,monit.log}
	supervised_teardown
}

quit() { kill -TERM "$DAEMON"; }
down() { :; }
logged() { echo "$BATS_TEST_TMPDIR/monit.log"; }
monit_logs() { grep -q -e "$1" "$BATS_TEST_TMPDIR/monit.log"; }

# looks: returns when monit has checked twice more
looks() {
	local seen
	for _ in 1 2; do
		seen=$(last_look)
		wait_until 10 looked_after "$seen"
	done
}
last_look() { monit_cli status nginx | sed -n 's/^  data collected *//p'; }
looked_after() { [[ $(last_look) != "$1" ]]; }
monit_cli() { monit -c /etc/monit/monitrc "$@"; }

@test "upgrades, one that is broken and a rollback are no reason to restart; a crash is one to start; stop, start, restart" {
	local n
	local -x SLOW_RATE=40000000
	wait_until 10 monit_cli status nginx
	load_start --seconds 3600
	for ((n = 1; n <= ${NH_UPGRADES:-3}; ++n)); do
		new_binary "$( ((n % 2)) && echo 1.22.1 || echo 1.26.3)"
		handover upgrade --binary "$NEW"
		assert_status 0
		wait_until 10 one_generation
	done
	broken_binary dies-after-300ms
	handover upgrade --binary "$NEW" --settle 1s
	assert_status 150
	# no pid file for 2.5 s, in which monit checks, and calls start
	broken_binary very-slow-start
	handover upgrade --binary "$NEW"
	assert_status 0
	wait_until 10 monit_logs "'nginx' start:"
	handover rollback
	assert_status 0
	handover reload
	assert_status 0
	handover reopen
	assert_status 0
	old=$(master)
	looks
	assert_equal "$(master)" "$old" 'the master'
	load_stop
	! monit_logs 'restart:' || fail 'monit restarts'

	kill -KILL "$old"
	wait_until 20 other_master "$old"
	wait_until 20 one_generation
	answers "$(served_version)"

	monit_does stop
	wait_until 20 no_nginx
	monit_does start
	answers_soon "$(served_version)"
	old=$(master)
	monit_does restart
	wait_until 20 other_master "$old"
	monit_logs 'restart:'
}

# monit does this at its next check.
monit_does() { wait_until 10 monit_cli "$1" nginx; }

other_master() { [[ $(master) != "$1" ]] && master_ready; } 2>/dev/null
served_version() { "$TARGET" -v 2>&1 | sed 's|.*/||'; }
