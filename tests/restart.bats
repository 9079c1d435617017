#!/usr/bin/env bats
# restart, try-restart, and reopen.

load lib/common

LOGS=$PREFIX/logs

setup() {
	requires_root
	fresh_prefix
	write_conf 2 '' "access_log $LOGS/access.log;"
	install_old 1.18.0
}

teardown() { common_teardown; }

# --- restart -----------------------------------------------------------------------------------------

@test "restart: another master with the binary that is installed, clients first" {
	start_nginx
	old=$(master)
	load_start
	kill -TERM "$LOAD_PID"
	cp "$(built 1.22.1)" $TARGET.tmp && mv $TARGET.tmp $TARGET
	handover restart
	assert_status 0
	gone "$old"
	answers 1.22.1
	wait "$LOAD_PID" || :
	(($(summary slow_failed) == 0)) || fail 'a slow download was cut'
	unset LOAD_PID
}

@test "restart of a stopped nginx starts it; try-restart and condrestart leave it stopped, with 0" {
	local verb
	for verb in try-restart condrestart; do
		handover $verb --nginx $TARGET
		assert_status 0
		no_nginx
	done
	handover restart --nginx $TARGET
	assert_status 0
	master_ready
	old=$(master)
	for verb in try-restart condrestart; do
		handover $verb
		assert_status 0
		gone "$old"
		old=$(master)
	done
}

@test "restart of a master that was started without a path starts the binary that was tested" {
	PATH=$PREFIX/sbin:$PATH nginx 3>&-
	wait_until 10 master_ready
	old=$(master)
	handover restart
	assert_status 0
	gone "$old"
	answers 1.18.0
	[[ $(title_of "$(master)") == "nginx: master process $TARGET"* ]] || fail "$(title_of "$(master)")"
}

@test "restart brings back what ran: -c, -p, -g and -e, from wherever it is called" {
	mkdir -p $PREFIX/elsewhere/{conf,logs}
	cp $PREFIX/conf/nginx.conf $PREFIX/elsewhere/conf/my.conf
	install_old 1.22.1
	(cd $PREFIX && start_nginx -p elsewhere -c conf/my.conf -e logs/my.log -g "pid $PID_FILE; worker_priority 1;")
	old=$(master)
	(cd / && "$HANDOVER" restart)
	gone "$old"
	title=$(title_of "$(master)")
	[[ $title == *" -c conf/my.conf -p $PREFIX/elsewhere -g pid $PID_FILE; worker_priority 1; -e logs/my.log" ]] ||
		fail "$title"
	handover upgrade --dry-run
	assert_status 0
}

@test "restart tests first: a broken configuration is 6, one that cannot be upgraded too, and nothing is stopped" {
	start_nginx
	old=$(master)
	write_conf 2 'no_such_directive on;'
	handover restart
	assert_status 6
	assert_output 'no_such_directive'
	assert_output 'nothing was stopped'
	write_conf 2 'daemon off;'
	handover restart
	assert_status 6
	assert_output 'daemon off'
	assert_equal "$(master)" "$old"
	answers 1.18.0
}

@test "restart while another run is at work: 152, nothing stopped" {
	start_nginx
	old=$(master)
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 1min >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	upgrade=$!
	wait_until 10 grep -q shifted\\\|both "$BATS_TEST_TMPDIR/out"
	handover restart
	assert_status 152
	alive "$old"
	kill -TERM $upgrade
	wait $upgrade || :
}

@test "restart ends both generations of an unfinished handover, and one comes back" {
	start_nginx
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	handover restart
	assert_status 0
	gone "$old"
	[[ ! -e $PID_FILE.oldbin ]]
	assert_equal "$(nginx_processes | wc -l)" 3 'number of processes'
}

# --- reopen ------------------------------------------------------------------------------------------

# No process has these files open any more.
assert_let_go() {
	local pid file
	for pid in $(nginx_processes | awk '{ print $1 }'); do
		for file; do
			! find "/proc/$pid/fd" -samefile "$file" 2>/dev/null | grep -q . || fail "$pid still has $file"
		done
	done
}

move_logs() {
	mv $LOGS/access.log $LOGS/access.log.1
	mv $LOGS/error.log $LOGS/error.log.1
}

@test "reopen: each process has the new files when it returns, in both generations" {
	local verb
	start_nginx
	for verb in reopen rotate; do
		move_logs
		handover $verb
		assert_status 0
		assert_let_go $LOGS/{access,error}.log.1
		http >/dev/null
		wait_until 5 grep -q 'GET / ' $LOGS/access.log
	done
	kill -USR2 "$(master)"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	move_logs
	handover reopen
	assert_status 0
	assert_let_go $LOGS/{access,error}.log.1
	handover reopen # nothing was moved
	assert_status 0
}

no_old_workers() { ! workers_of "$old" 'nginx: worker process' >/dev/null; }

old_leaves() { workers_of "$old" 'nginx: worker process is shutting down' >/dev/null && grep -q " $old#.*SIGQUIT" $LOGS/error.log*; }

# The run that has the lock watches the new generation, then waits for a client of the old one.
@test "reopen beside a run at work: it does not wait for that, every process has the new files, and the run goes on" {
	local run rc=0
	write_conf 2 "error_log $LOGS/error.log notice;" "access_log $LOGS/access.log;"
	start_nginx
	old=$(master)
	slow_client
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 1min >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- {slow}>&- &
	run=$!
	wait_until 10 no_old_workers
	move_logs
	handover reopen
	assert_status 0
	assert_let_go $LOGS/{access,error}.log.1
	"$HANDOVER" finish 2>&1 3>&- {slow}>&- &
	wait_until 10 old_leaves
	mv $LOGS/access.log $LOGS/access.log.2
	handover reopen
	assert_status 0
	assert_let_go $LOGS/access.log.2
	exec {slow}>&-
	wait "$run" || rc=$?
	assert_equal "$rc" 0 "the run's exit code"
	wait
	answers 1.22.1
}

@test "reopen: a worker whose user may not open the new file: 1, the worker and nginx's reason" {
	start_nginx
	move_logs
	chmod 700 $LOGS
	handover reopen --start-timeout 500ms
	assert_status 1
	assert_output 'still writes to a log file that was moved away'
	assert_output 'Permission denied'
	[[ $output =~ process\ ([0-9]+)\ of ]]
	[[ $(title_of "${BASH_REMATCH[1]}") == 'nginx: worker process' ]]
	chmod 755 $LOGS
	handover reopen
	assert_status 0
	assert_let_go $LOGS/{access,error}.log.1
}

@test "reopen: a file that the master cannot open is named, 1" {
	mkdir $LOGS/deep
	write_conf 2 '' "access_log $LOGS/deep/access.log;"
	start_nginx
	rm -r $LOGS/deep
	handover reopen
	assert_status 1
	assert_output "$LOGS/deep/access.log"
	answers 1.18.0
}

@test "reopen of a stopped nginx: 7" {
	handover reopen --pid-file $PID_FILE
	assert_status 7
}
