#!/usr/bin/env bats
# rollback and finish while another run is active: that run is told, and the resulting state is reported.

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 1
	install_old 1.18.0
	start_nginx
	old=$(master)
	new_binary 1.22.1
	exec {slow}</dev/null
}

teardown() {
	common_teardown
	[[ -z ${RUN:-} ]] || kill -KILL "$RUN" 2>/dev/null || :
}

# With the pid file named, the configuration need not be read before the lock is taken.
handover() { run_shown "$HANDOVER" "$@" --pid-file $PID_FILE; }

# upgrade_begins OPTION...: in the background.
upgrade_begins() {
	"$HANDOVER" upgrade --pid-file $PID_FILE --binary "$NEW" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- {slow}>&- &
	RUN=$!
}

names_new_master() {
	local pid
	pid=$(cat $PID_FILE 2>/dev/null) && [[ -n $pid && $pid != "$old" ]]
}

no_old_workers() {
	! workers_of "$old" 'nginx: worker process'
}

shifted() {
	wait_until 10 names_new_master
	wait_until 10 no_old_workers
	new=$(master)
}

run_exits() {
	local rc=0
	wait "$RUN" || rc=$?
	unset RUN
	cat "$BATS_TEST_TMPDIR/out"
	assert_equal "$rc" "$1" "the run's exit code"
}

old_serves() {
	gone "$new"
	assert_equal "$(master)" "$old" 'the master'
	answers 1.18.0
	cmp "$(built 1.18.0)" $TARGET
	[[ ! -e $PID_FILE.oldbin ]]
}

new_serves() {
	gone "$old"
	assert_equal "$(master)" "$new" 'the master'
	answers 1.22.1
	[[ ! -e $PID_FILE.oldbin ]]
}

@test "rollback in the settle time turns that run back: 0, and no build has served but the old one" {
	upgrade_begins --settle 60
	shifted
	handover rollback
	assert_status 0
	assert_output "another run (upgrade, pid $RUN) is at work on this nginx. It was told to go back"
	assert_output "rolled back, as asked: that run has turned back, and master $old serves"
	run_exits 150
	old_serves
	handover backups
	refute_output '1.22.1 '
}

@test "rollback during the drain turns that run back; the clients of the old generation lose nothing" {
	slow_client
	upgrade_begins --settle 0 --drain-timeout 60
	shifted
	handover rollback
	assert_status 0
	run_exits 150
	old_serves
	exec {slow}>&-
}

@test "rollback of a handover that a package's hook, or a reload, is doing" {
	local verb
	for verb in package-update reload; do
		old=$(master)
		cp "$(built 1.22.1)" $TARGET.tmp && mv $TARGET.tmp $TARGET
		"$HANDOVER" $verb --pid-file $PID_FILE --settle 60 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		RUN=$!
		shifted
		handover rollback
		assert_status 0
		run_exits 150
		gone "$new"
		assert_equal "$(master)" "$old"
		answers 1.18.0
		handover rollback
		assert_status 0
		rm -f $TARGET.1.22.1
	done
}

@test "rollback when the run has sent QUIT: too late, 154, and the run is left alone" {
	slow_client
	reuseport_with_fewer_workers
	upgrade_begins --settle 0
	wait_until 10 names_new_master
	wait_until 10 has_had_quit
	new=$(master)
	handover rollback
	assert_status 154
	assert_output "too late: old master $old has already had QUIT"
	assert_output "(upgrade, pid $RUN)"
	alive "$RUN"
	handover status
	assert_output 'is at work on it'
	exec {slow}>&-
	run_exits 0
	new_serves
}

# Then QUIT is sent without WINCH, and the drain follows.
reuseport_with_fewer_workers() {
	kill_all_nginx
	rm -f $SOCKET
	sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT reuseport;/; s/worker_processes 1/worker_processes 2/" "$CONF_FILE"
	exec {slow}>&-
	start_nginx
	old=$(master)
	slow_client
	sed -i 's/worker_processes 2/worker_processes 1/' "$CONF_FILE"
}

# An old master that has had QUIT holds no listening socket.
has_had_quit() {
	# shellcheck disable=SC2010 # it is about where the links lead, not about names
	! ls -l "/proc/$old/fd" | grep -q "socket:\[$(awk '$4 == "0A" { print $10; exit }' /proc/net/tcp)\]"
}

@test "rollback beside a run that changes nothing: 152, as before" {
	kill_all_nginx
	rm $SOCKET
	sed -i "1i include $PREFIX/conf/stuck;" "$CONF_FILE"
	: >$PREFIX/conf/stuck
	start_nginx
	old=$(master)
	rm $PREFIX/conf/stuck
	mkfifo $PREFIX/conf/stuck
	"$HANDOVER" reload --pid-file $PID_FILE >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	RUN=$!
	wait_until 10 holds_lock
	handover rollback
	assert_status 152
	handover finish
	assert_status 152
	kill -TERM "$RUN"
	run_exits 154
	assert_equal "$(master)" "$old"
}

holds_lock() {
	compgen -G '/run/nginx-handover/run-*' >/dev/null
}

@test "rollback before USR2: that run ends with nothing changed, and no earlier build is gone back to" {
	kill_all_nginx
	rm $SOCKET
	sed -i "1i include $PREFIX/conf/stuck;" "$CONF_FILE"
	: >$PREFIX/conf/stuck
	start_nginx
	old=$(master)
	rm $PREFIX/conf/stuck
	mkfifo $PREFIX/conf/stuck
	ln $TARGET $TARGET.1.16.0
	upgrade_begins --settle 60
	wait_until 10 holds_lock
	handover rollback
	assert_status 0
	assert_output "master $old serves"
	run_exits 154
	assert_equal "$(master)" "$old"
}

@test "finish in a long settle time: that run goes on, and both say so" {
	upgrade_begins --settle 1h
	shifted
	handover finish
	assert_status 0
	assert_output "another run (upgrade, pid $RUN) is at work on this nginx. It was told not to wait"
	assert_output "finished: that run has handed over, and master $new serves"
	run_exits 0
	grep -q 'the new generation is watched alone for 1.00 s' "$BATS_TEST_TMPDIR/out"
	new_serves
}

@test "finish during the drain: QUIT goes to the old master, whose last clients go on" {
	slow_client
	upgrade_begins --settle 0 --drain-timeout 2s
	shifted
	SECONDS=0
	handover finish --drain-timeout 3s
	# it waits for the run, which waits for the clients until its timeout
	[[ $status == 151 || $status == 0 ]] || fail "exit code $status"
	run_exits 151
	alive "$old"
	answers 1.22.1
	assert_equal "$(head -c 100 <&"$slow" | wc -c)" 100 'what the slow client still gets'
	exec {slow}>&-
	wait_until 10 gone "$old"
}

@test "finish during a drain without an end: QUIT comes at once" {
	slow_client
	upgrade_begins --settle 0 --drain-timeout 1h
	shifted
	"$HANDOVER" finish --drain-timeout 1h >"$BATS_TEST_TMPDIR/finish" 2>&1 3>&- {slow}>&- &
	finish=$!
	wait_until 10 has_had_quit
	exec {slow}>&-
	wait "$finish"
	cat "$BATS_TEST_TMPDIR/finish"
	run_exits 0
	new_serves
}

@test "finish while that run goes back: it is said that there was no handover, 150" {
	upgrade_begins --settle 60
	shifted
	kill -STOP "$RUN"
	kill -INT "$RUN"
	"$HANDOVER" finish >"$BATS_TEST_TMPDIR/finish" 2>&1 3>&- &
	finish=$!
	wait_until 10 grep -q 'is waited for' "$BATS_TEST_TMPDIR/finish"
	kill -CONT "$RUN"
	rc=0
	wait "$finish" || rc=$?
	cat "$BATS_TEST_TMPDIR/finish"
	assert_equal "$rc" 150 'the exit code of finish'
	grep -q "without a handover, and master $old serves as before" "$BATS_TEST_TMPDIR/finish"
	run_exits 150
	old_serves
}

@test "the run is killed while rollback waits for it: rollback goes on by itself" {
	upgrade_begins --settle 60
	shifted
	kill -STOP "$RUN"
	"$HANDOVER" rollback >"$BATS_TEST_TMPDIR/rollback" 2>&1 3>&- &
	rollback=$!
	wait_until 10 grep -q 'is waited for' "$BATS_TEST_TMPDIR/rollback"
	kill -KILL "$RUN"
	wait "$rollback"
	cat "$BATS_TEST_TMPDIR/rollback"
	run_exits 137
	old_serves
}

@test "status finds no active run: the advice works in that phase" {
	upgrade_begins --settle 60
	shifted
	handover status
	assert_output "another run, upgrade (pid $RUN), is at work on it"
	refute_output 'nobody'
	kill -KILL "$RUN"
	run_exits 137
	handover status
	assert_output 'no run of nginx-handover is at work on it'
	assert_output '"nginx-handover finish" to go on'
	assert_output '"nginx-handover rollback" to go back'
	slow_client
	handover finish --drain-timeout 1s
	assert_status 0
}

@test "after QUIT, without an active run, only possible commands are advised" {
	slow_client
	upgrade_begins --settle 0 --drain-timeout 1s
	shifted
	run_exits 151
	handover status
	assert_output 'no run of nginx-handover is at work on it. The old master has had QUIT: "nginx-handover finish" waits for its end'
	refute_output 'to go back'
	handover upgrade --binary "$NEW" --force
	assert_status 153
	assert_output '"nginx-handover finish" waits for its end'
	refute_output 'to go back'
	exec {slow}>&-
	wait_until 10 gone "$old"
}
