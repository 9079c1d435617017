#!/usr/bin/env bats
# Somebody else signals nginx while it is handed over: a reload by certbot or a panel, logrotate, an admin with
# kill. No such signal may cost a connection or undo a good upgrade.
# kernels: today

load lib/common

setup() {
	setup_running
	exec {slow}</dev/null
	load_start
}

teardown() {
	common_teardown
}

names_new_master() {
	local pid
	pid=$(cat $PID_FILE 2>/dev/null) && [[ -n $pid && $pid != "$old" ]]
}

# upgrade_in_background OPTION...: returns when the new generation serves alone
upgrade_in_background() {
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 4 "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- {slow}>&- &
	HELPER=$!
	wait_until 10 names_new_master
	new=$(master)
	wait_until 10 serves_alone
}

serves_alone() {
	! workers_of "$old" 'nginx: worker process' >/dev/null
}

# The workers are others than $workers, and complete.
renewed() {
	local now
	now=$(workers_of "$1" 'nginx: worker process') || return 1
	[[ $(wc -l <<<"$now") == 2 && $(comm -12 <(sort <<<"$workers") <(sort <<<"$now")) == '' ]]
}

hup() {
	workers=$(workers_of "$1" 'nginx: worker process')
	kill -HUP "$1"
	wait_until 10 renewed "$1" || fail "$(cat "$BATS_TEST_TMPDIR/out")"
}

upgrade_ends_well() {
	local rc=0
	wait $HELPER || rc=$?
	cat "$BATS_TEST_TMPDIR/out"
	assert_equal "$rc" 0 'the exit code of upgrade'
	answers 1.22.1
	assert_equal "$(master)" "$new" 'the master'
	gone "$old"
	load_stop
}

@test "HUP to the new master while it is watched: handed over" {
	upgrade_in_background
	hup "$new"
	upgrade_ends_well
}

@test "HUP to the new master three times: handed over" {
	upgrade_in_background
	hup "$new"
	hup "$new"
	hup "$new"
	upgrade_ends_well
}

@test "HUP to the new master while old workers drain: handed over" {
	exec {slow}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$slow" # that of the load
	read -ru "$slow" _
	upgrade_in_background --drain-timeout 30
	hup "$new"
	exec {slow}>&-
	upgrade_ends_well
}

@test "HUP to the new master with fewer workers in the configuration: handed over" {
	upgrade_in_background
	sed -i 's/worker_processes 2/worker_processes 1/' $CONF_FILE
	kill -HUP "$new"
	wait_until 10 one_worker || fail "$(cat "$BATS_TEST_TMPDIR/out")"
	upgrade_ends_well
}

@test "that HUP while the helper does not get to look: handed over" {
	upgrade_in_background
	kill -STOP $HELPER
	sed -i 's/worker_processes 2/worker_processes 1/' $CONF_FILE
	kill -HUP "$new"
	wait_until 20 only_one_child
	kill -CONT $HELPER
	upgrade_ends_well
}

only_one_child() {
	one_worker && ! workers_of "$new" 'nginx: worker process is shutting down' >/dev/null
}

one_worker() {
	[[ $(count_workers "$new") == 1 ]]
}

@test "HUP to the old master after WINCH: its workers come back, and are told to leave again" {
	upgrade_in_background
	kill -HUP "$old"
	upgrade_ends_well
}

@test "HUP to both masters, as a script does that goes through all of them: handed over" {
	upgrade_in_background
	kill -HUP "$old" "$new"
	upgrade_ends_well
}

@test "USR1, USR2 and WINCH by hand in the settle time: handed over" {
	upgrade_in_background
	kill -USR1 "$old" "$new"
	kill -USR2 "$old" "$new"
	kill -WINCH "$old"
	upgrade_ends_well
}

@test "QUIT by hand to the old master in the settle time: handed over" {
	upgrade_in_background
	kill -QUIT "$old"
	upgrade_ends_well
}

@test "one worker of the new generation dies in the settle time: undone all the same" {
	local rc=0
	upgrade_in_background
	kill -KILL "$(workers_of "$new" 'nginx: worker process' | head -1)"
	wait $HELPER || rc=$?
	assert_equal "$rc" 150 'the exit code of upgrade'
	answers 1.18.0
}

@test "HUP, and then a worker dies: undone" {
	local rc=0
	upgrade_in_background
	hup "$new"
	kill -KILL "$(workers_of "$new" 'nginx: worker process' | head -1)"
	wait $HELPER || rc=$?
	assert_equal "$rc" 150 'the exit code of upgrade'
	answers 1.18.0
}
