#!/usr/bin/env bats
# A command of the unit while an earlier one is still active. systemd 219 forgets a command that outlasts
# TimeoutStartSec=, and kills it when the next one ends; here a run from a shell is moved to the unit's cgroup.
#
# hosts: bullseye-v1 bookworm-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.22.1
	host_slow_client
	host_new_binary 1.26.3
	background run host_shell nginx-handover upgrade --binary "$NEW"
	wait_until 20 status_has 'finish their clients'
	host_run sh -c "pgrep -x nginx-handover >'$(unit_cgroup)/cgroup.procs'"
	background reload host_run systemctl reload nginx
	wait_until 20 is_waiting || :
}

is_waiting() { [[ $(host_journal -u nginx -o cat) == *'Its end is waited for'* ]]; }

@test "a reload waits for its end, and is done then" {
	is_waiting || fail 'it does not wait'
	host_slow_finish
	wait_for run
	assert_status 0
	wait_for reload
	assert_status 0
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

@test "a stop ends both, and everybody is served" {
	host_slow_client new
	background stop host_run systemctl stop nginx
	wait_until 20 state_is deactivating
	host_slow_finish
	host_slow_finish new
	wait_for stop
	assert_status 0
	wait_for run # systemd kills what is left of the cgroup when its own command has ended
	assert_output 'the service is being stopped'
	assert_stopped
}
