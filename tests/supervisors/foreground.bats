#!/usr/bin/env bats
# "nginx-handover run" under Debian's real supervisors, with packaging/examples: their signals, the state that they see,
# and the effects on clients. NH_UPGRADES=100 for more upgrades in a row.
# hosts: runit s6 supervisord

load ../lib/supervisors
# shellcheck source=tests/lib/supervisors/runit.bash
. "$TOP/tests/lib/supervisors/${NH_HOST:-runit}.bash"

setup_file() { supervisors_unpack; }

setup() {
	supervised_nginx
	begin
	up
	answers 1.18.0
	run=$(run_pid)
	old=$(master)
}

teardown() { supervised_teardown; }

# in_one_run: "run" is still the same process, and no process of an old generation is left
in_one_run() {
	wait_until 20 one_generation
	assert_equal "$(run_pid)" "$run" 'the pid of run'
	assert_equal "$(parent_of "$(master)")" "$run" "the master's parent"
	wait_until 5 no_zombie || fail "zombies: $(zombies)"
}

parent_of() { awk '/^PPid/ { print $2 }' "/proc/$1/status"; }

reload_is_done() { [[ $(workers_of "$(master)" 'nginx: worker process') != "$workers" ]] && one_generation; }

# changes_to VERSION: an upgrade by the supervisor's signal
changes_to() {
	put_binary "$(built "$1")"
	signal USR2
	answers_soon "$1"
	in_one_run
}

@test "upgrades, a broken one, a rollback, a reload and a reopen in one run; a crash of it: no request fails" {
	local n workers
	local -x SLOW_RATE=40000000
	load_start --seconds 3600

	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
	in_one_run
	line_arrives upgrade

	broken_binary dies-after-300ms
	handover upgrade --binary "$NEW" --settle 1s
	assert_status 150
	answers 1.22.1
	in_one_run

	handover rollback
	assert_status 0
	answers 1.18.0
	in_one_run

	changes_to 1.26.3

	workers=$(workers_of "$(master)" 'nginx: worker process')
	signal HUP
	wait_until 10 reload_is_done
	line_arrives reload

	echo >$LOGGED
	sed -i "s|/said { |&access_log $LOGGED; |" $CONF_FILE
	handover reload
	assert_status 0
	mv $LOGGED $LOGGED.1
	signal USR1
	wait_until 10 test -e $LOGGED
	line_arrives reopened
	grep -q said-reopened $LOGGED

	for ((n = 1; n <= ${NH_UPGRADES:-5}; ++n)); do
		new_binary "$( ((n % 2)) && echo 1.22.1 || echo 1.26.3)"
		handover upgrade --binary "$NEW" --settle 10ms -q
		assert_status 0
		in_one_run
	done
	line_arrives many

	kill -KILL "$run"
	wait_until 20 other_run "$run"
	run=$(run_pid)
	old=$(master)
	wait_until 10 is_adopted
	assert_equal "$(master)" "$old" 'the master'
	new_binary 1.18.0
	handover upgrade --binary "$NEW"
	assert_status 0
	wait_until 20 one_generation
	assert_equal "$(run_pid)" "$run" 'the pid of run'
	load_stop
	# it also stops an nginx that is not its child
	down
	is_down
	no_nginx || fail "left: $(nginx_processes)"
}

is_adopted() { grep -qs 'is taken over' "$(logged)"; }

@test "nginx crashes: started anew; a stop lets clients finish; the supervisor ends: nothing is left" {
	kill -KILL "$old"
	wait_until 20 other_run "$run"
	answers_soon 1.18.0
	run=$(run_pid)
	in_one_run

	slow_client
	background_down
	wait_until 10 stops_accepting
	# shellcheck disable=SC2154 # it is slow_client that sets it
	head -c 8M <&"$slow" | wc -c | grep -qx 8388608
	exec {slow}>&-
	wait "$DOWN"
	is_down
	gone "$run"
	no_nginx || fail "left: $(nginx_processes)"

	up
	run=$(run_pid)
	quit
	wait_until 20 gone "$run"
	no_nginx || fail "left: $(nginx_processes)"
	unset DAEMON
}

background_down() {
	down >/dev/null 3>&- {slow}>&- &
	DOWN=$!
}

stops_accepting() { ! http >/dev/null; } 2>/dev/null
