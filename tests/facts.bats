#!/usr/bin/env bats
# Facts about nginx's signals on which the helper relies, and how the helper deals with them.
# Each fact is first shown on a running nginx, so that a release that behaves otherwise is noticed.

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
}

teardown() {
	common_teardown
}

replace_binary() {
	cp "$(built "$@")" $TARGET.tmp
	mv $TARGET.tmp $TARGET
}

new_master_ready() {
	[[ -s $PID_FILE.oldbin && $(cat $PID_FILE 2>/dev/null) != "$old" ]] && master_ready
}

@test "USR2 moves the pid file to .oldbin; a failed exec moves it back and nothing else happens" {
	start_nginx
	old=$(master)
	replace_binary 1.22.1
	kill -USR2 "$old"
	wait_until 10 new_master_ready
	assert_equal "$(cat $PID_FILE.oldbin)" "$old"
	new=$(master)
	kill -QUIT "$new"
	wait_until 10 gone "$new"
	wait_until 10 test ! -e $PID_FILE.oldbin
	assert_equal "$(master)" "$old"
	mv $TARGET $TARGET.away
	kill -USR2 "$old"
	wait_until 10 grep -q 'execve() failed' $ERROR_LOG
	wait_until 10 test ! -e $PID_FILE.oldbin
	assert_equal "$(master)" "$old"
}

@test "a binary in place that cannot be executed is refused, with execve()'s words" {
	requires_own_execve
	start_nginx
	old=$(master)
	printf '#!/no/such/interpreter\n' >$TARGET.tmp
	chmod 755 $TARGET.tmp && mv $TARGET.tmp $TARGET
	handover upgrade
	assert_status 154
	assert_output 'No such file'
	assert_equal "$(master)" "$old" # found by its process: the binary in place cannot be asked
}

@test "a new master is a child of the old one, with NGINX= and without NOTIFY_SOCKET" {
	NOTIFY_SOCKET=/run/nobody start_nginx
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 new_master_ready
	assert_equal "$(awk '{ print $4 }' "/proc/$(master)/stat")" "$old" 'the parent'
	[[ $(tr '\0' '\n' <"/proc/$(master)/environ") != *NOTIFY_SOCKET* ]]
}

@test "USR2 is ignored while a new binary runs, with one [crit] line" {
	start_nginx
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 new_master_ready
	kill -USR2 "$(master)"
	wait_until 10 grep -q 'changing binary signal is ignored' $ERROR_LOG
	handover upgrade
	assert_status 153
}

@test "USR2 without a pid file spoils a master for good; the helper never sends it" {
	start_nginx
	old=$(master)
	rm $PID_FILE
	handover upgrade --pid-file $PID_FILE
	assert_status 154
	kill -HUP "$old"
	wait_until 10 two_workers
	# the fact itself
	kill -USR2 "$old"
	wait_until 10 grep -q 'rename.*failed' $ERROR_LOG
	kill -HUP "$old"
	wait_until 10 four_workers
	# what corrects it, as the refusal advises: write the pid into the file, then hand over
	echo "$old" >$PID_FILE
	handover upgrade
	assert_status 0
	gone "$old"
	assert_equal "$(count_workers "$(master)")" 2
}

two_workers() {
	(($(count_workers "$old") == 2))
}

four_workers() {
	(($(count_workers "$old") == 4))
}

@test "every signal is blocked in a new master until its loop; then SigBlk is zero" {
	start_nginx
	old=$(master)
	"$TOP/tests/lib/make-broken" hangs-before-pid $TARGET.tmp
	mv $TARGET.tmp $TARGET
	kill -USR2 "$old"
	wait_until 10 second_process
	hung=$(no_worker_of "$old")
	kill -TERM "$hung"
	kill -QUIT "$hung"
	assert_equal "$(awk '/^SigBlk/ { print $2 }' "/proc/$old/status")" 0000000000000000
	refute_zero "$(awk '/^SigBlk/ { print $2 }' "/proc/$hung/status")"
	alive "$hung"
	# An unfinished handover whose new master hangs: rollback ends it by KILL.
	handover rollback --start-timeout 1
	assert_status 0
	gone "$hung"
	assert_equal "$(master)" "$old"
	[[ ! -e $PID_FILE.oldbin ]]
}

second_process() {
	[[ -e $PID_FILE.oldbin && -n $(no_worker_of "$old") ]]
}

# The child that has executed the new binary, but not yet set its title.
no_worker_of() {
	local child
	for child in $(cat "/proc/$1/task/$1/children"); do
		[[ $(title_of "$child") == nginx:* ]] || echo "$child"
	done
}

refute_zero() {
	[[ $1 != 0000000000000000 ]] || fail 'no signal is blocked'
}

@test "HUP brings back the workers that WINCH sent away, and doubles them without a WINCH" {
	start_nginx
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 new_master_ready
	kill -HUP "$old"
	wait_until 10 four_workers
	handover rollback
	assert_status 0
	alive "$old"
}

@test "an undo by the helper never doubles the workers" {
	start_nginx
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 new_master_ready
	kill -WINCH "$old"
	wait_until 10 no_workers
	handover rollback
	assert_status 0
	assert_equal "$(count_workers "$old")" 2
}

no_workers() {
	! workers_of "$old" 'nginx: worker process' && ! workers_of "$old" 'nginx: worker process is shutting down'
}

@test "a KILLed old master leaves a stale .oldbin; the next upgrade goes through" {
	start_nginx
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 new_master_ready
	# shellcheck disable=SC2046 # its workers, and not its other child, the new master
	kill -KILL "$old" $(workers_of "$old" 'nginx: worker process')
	wait_until 10 gone "$old"
	[[ -s $PID_FILE.oldbin ]]
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
}

@test "an undo ends the new master by QUIT: the shared unix socket is kept (1.18.0 would unlink it at TERM)" {
	start_nginx
	old=$(master)
	replace_binary 1.18.0 options
	kill -USR2 "$old"
	wait_until 10 new_master_ready
	handover rollback
	assert_status 0
	[[ -S $SOCKET ]]
	# the fact
	kill -USR2 "$old"
	wait_until 10 new_master_ready
	new=$(master)
	kill -TERM "$new"
	wait_until 10 gone "$new"
	[[ ! -S $SOCKET ]]
}

@test "a KILLed master orphans its workers, and they serve on" {
	start_nginx
	old=$(master)
	kill -KILL "$old"
	wait_until 5 gone "$old"
	answers 1.18.0
}

@test "reuseport with fewer workers in the new configuration: WINCH is skipped, nobody stalls" {
	write_conf 8
	sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT reuseport;/" $PREFIX/conf/nginx.conf
	start_nginx
	sed -i 's/worker_processes 8/worker_processes 2/' $PREFIX/conf/nginx.conf
	new_binary 1.26.3
	NEW_RATE=200 load_start --timeout 3000
	handover upgrade -v --binary "$NEW"
	assert_status 0
	refute_output 'WINCH'
	# The kernel resets connections in the queues of closed reuseport sockets; the helper cannot prevent that.
	kill -TERM "$LOAD_PID"
	wait "$LOAD_PID" || :
	unset LOAD_PID
	answers 1.26.3
	! grep -qi 'timeout' "$BATS_TEST_TMPDIR/load.log" || fail "connections stalled: $(cat "$BATS_TEST_TMPDIR/load.log")"
}

@test "reuseport with as many workers: WINCH is used" {
	write_conf 2
	sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT reuseport;/" $PREFIX/conf/nginx.conf
	start_nginx
	new_binary 1.26.3
	handover upgrade -v --binary "$NEW"
	assert_status 0
	assert_output 'WINCH'
}

@test "nginx -t leaves an empty pid file; configtest does not" {
	$TARGET -t
	[[ -e $PID_FILE && ! -s $PID_FILE ]]
	rm $PID_FILE
	handover configtest --pid-file $PID_FILE --nginx $TARGET
	assert_status 0
	[[ ! -e $PID_FILE ]]
}

@test "a zombie is dead: a run in a place where pid 1 does not reap ends all the same" {
	start_nginx
	old=$(master)
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	gone "$old"
}

@test "-q, -T and -e are not taken for granted: 1.18.0 knows no -e, and is asked without it" {
	replace_binary 1.18.0
	start_nginx
	new_binary 1.26.3
	handover upgrade --binary "$NEW" --settle 0
	assert_status 0
	new_binary 1.18.0
	handover upgrade --binary "$NEW" --settle 0
	assert_status 0
}

@test "a newer master started with -e is not handed to a build that does not know it" {
	replace_binary 1.26.3
	start_nginx -e $ERROR_LOG
	new_binary 1.18.0
	handover upgrade --binary "$NEW"
	assert_status 6
	assert_output '"e"'
}

@test "WINCH is ignored with daemon off: that master is refused before" {
	write_conf 2 'daemon off;'
	setsid $TARGET 3>&- &
	wait_until 10 master_ready
	old=$(master)
	kill -WINCH "$old"
	handover upgrade
	assert_status 154
	assert_equal "$(count_workers "$old")" 2
}
