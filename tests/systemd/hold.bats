#!/usr/bin/env bats
# --hold under systemd: a transient service watches, and survives the shell and each job of the unit.
#
# hosts: bookworm-v2 bullseye-v1

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.22.1
	old=$(host_master)
}

watchers() { host_run systemctl list-units --plain --no-legend --state=active 'nginx-handover-hold-*' | awk '{ print $1 }'; }
no_watcher() { [[ -z $(watchers) ]]; }
gone_in_host() { ! host_run test -e "/proc/$1/exe"; } 2>/dev/null

# By the unit's own reload, according to RELOAD_UPGRADES.
hold_by_reload() {
	host_settings "NGINX=$TARGET" SETTLE=100ms HOLD=1h
	replaced_by 1.26.3
	host_systemctl reload nginx
	assert_status 0
	new=$(host_master)
	[[ $new != "$old" ]] || fail 'no new master'
	assert_equal "$(watchers)" "nginx-handover-hold-$new.service" 'the transient service'
	assert_serves "$new"
}

# The last test of the file powers the machine off.
teardown() { host_teardown || [[ -n ${powered_off-} ]]; }
machine_is_off() { gone "$HOST_PID"; }

@test "a reload, then stop and restart, in a hold that systemctl reload began" {
	local verb
	for verb in stop restart; do
		hold_by_reload
		host_systemctl reload nginx
		assert_status 0
		assert_equal "$(host_master)" "$new" 'the master'
		host_handover status
		assert_output 'a handover is held until '
		host_slow_client $verb
		host_systemctl $verb --no-block nginx
		host_slow_finish $verb
		wait_until 10 gone_in_host "$new"
		wait_until 10 no_watcher
		if [[ $verb == stop ]]; then
			wait_until 10 state_is inactive
			assert_stopped
			host_install_nginx 1.22.1
			host_systemctl start nginx
			old=$(host_master)
		fi
	done
	wait_until 10 state_is active
	assert_serves "$(host_master)"
}

@test "from a shell: finished when the time is up; its journal tells" {
	host_new_binary 1.26.3
	host_handover upgrade --binary "$NEW" --settle 100ms --hold 1s
	assert_status 156
	new=$(host_master)
	wait_until 10 gone_in_host "$old"
	wait_until 10 no_watcher
	assert_serves "$new"
	run host_journal -u nginx
	assert_output 'its time is up: the handover is finished'
	host_systemctl stop nginx
	assert_stopped
}

@test "the new generation dies, or its workers do again and again: the old one is systemd's again" {
	host_new_binary 1.26.3
	host_handover upgrade --binary "$NEW" --settle 100ms --hold 1h
	new=$(host_master)
	for _ in 1 2 3; do
		host_run pkill -SEGV -o -P "$new"
		pause 0.3
	done
	wait_until 10 gone_in_host "$new"
	wait_until 10 state_is active
	wait_until 5 no_watcher
	assert_serves "$old"
	host_do answers 1.22.1

	host_handover upgrade --binary "$NEW" --settle 100ms --hold 1h
	new=$(host_master)
	host_run kill -KILL "$new"
	wait_until 10 no_watcher
	assert_equal "$(host_master)" "$old" 'the master'
	host_do answers 1.22.1
	host_systemctl status nginx
	host_run systemctl list-units --all 'nginx-handover-hold*'
	host_journal -n 30
	host_systemctl reload nginx
	assert_status 0
	assert_serves "$old"
	host_systemctl stop nginx
	assert_stopped
}

@test "the watcher is gone: the next reload starts another; power off in a hold serves both generations to the end" {
	local master
	host_do write_conf 2 "error_log $ERROR_LOG notice;"
	host_systemctl restart nginx
	old=$(host_master)
	hold_by_reload
	host_run systemctl kill -s KILL "nginx-handover-hold-$new.service"
	wait_until 10 no_watcher
	host_handover status --exit-code
	assert_status 153
	host_systemctl reload nginx
	assert_status 0
	assert_equal "$(host_master)" "$new" 'the master'
	assert_equal "$(watchers)" "nginx-handover-hold-$new.service" 'the transient service'
	host_handover status --exit-code
	assert_status 156
	run host_journal -u nginx
	assert_output 'no process watches it any more'

	host_slow_client new
	powered_off=1
	exec {log}<"/proc/$HOST_LEADER/root$ERROR_LOG"
	host_run systemctl poweroff --no-block
	wait_until 20 state_is deactivating
	host_slow_finish new
	wait_until 60 machine_is_off
	cat <&"$log" >"$BATS_TEST_TMPDIR/log"
	for master in "$old" "$new"; do
		grep -q " $master#.*signal 3 (SIGQUIT) received" "$BATS_TEST_TMPDIR/log" ||
			fail "no QUIT to $master: $(cat "$BATS_TEST_TMPDIR/log")"
	done
	! grep 'signal 15' "$BATS_TEST_TMPDIR/log" || fail 'there was a TERM'
}
