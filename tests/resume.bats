#!/usr/bin/env bats
# Handovers that were interrupted: by a signal, by SIGKILL at any point, by somebody else; and how finish
# and rollback deal with them.
# kernels: today all

load lib/common

setup() {
	setup_running
	inode=$(stat -c %i $TARGET)
}

teardown() {
	common_teardown
}

# Half a handover by hand, as a killed run leaves it.
spawn_by_hand() {
	new_binary "${1:-1.22.1}"
	ln $TARGET $TARGET.1.18.0
	cp "$NEW" $TARGET.tmp && mv $TARGET.tmp $TARGET
	kill -USR2 "$old"
	wait_until 10 names_new_master
	wait_until 10 master_ready
	new=$(master)
}

names_new_master() {
	local pid
	pid=$(cat $PID_FILE 2>/dev/null) && [[ -n $pid && $pid != "$old" ]]
}

winch_by_hand() {
	kill -WINCH "$old"
	wait_until 10 no_old_workers
}

no_old_workers() {
	! workers_of "$old" 'nginx: worker process'
}

assert_old_serves() {
	gone "$new"
	assert_equal "$(master)" "$old" 'the master'
	assert_equal "$(stat -c %i $TARGET)" "$inode" "the inode of $TARGET"
	assert_equal "$(count_workers "$old")" 2 'number of old workers'
	answers 1.18.0
	[[ ! -e $PID_FILE.oldbin ]]
}

assert_new_serves() {
	gone "$old"
	assert_equal "$(master)" "$new" 'the master'
	answers 1.22.1
	[[ ! -e $PID_FILE.oldbin ]]
}

@test "finish, both generations accept" {
	spawn_by_hand
	load_start
	handover finish
	assert_status 0
	load_stop
	assert_new_serves
}

@test "rollback, both generations accept" {
	spawn_by_hand
	load_start
	handover rollback
	assert_status 0
	assert_output 'rolled back, as asked'
	load_stop
	assert_old_serves
}

@test "finish after WINCH" {
	spawn_by_hand
	winch_by_hand
	load_start
	handover finish
	assert_status 0
	load_stop
	assert_new_serves
}

@test "rollback after WINCH: the old workers come back before the new ones leave" {
	spawn_by_hand
	winch_by_hand
	load_start
	handover rollback
	assert_status 0
	load_stop
	assert_old_serves
}

@test "rollback while the new generation has a client that never ends: 151, and it is said" {
	spawn_by_hand
	winch_by_hand
	slow_client
	handover rollback --drain-timeout 1
	assert_status 151
	assert_output 'rolled back, as asked'
	assert_output "the new master $new"
	answers 1.18.0
	exec {slow}>&-
	wait_until 10 gone "$new"
	wait_until 10 test ! -e $PID_FILE.oldbin
	assert_old_serves
}

@test "rollback after QUIT is refused: too late; finish waits for the end" {
	slow_client
	spawn_by_hand
	kill -QUIT "$old"
	wait_until 10 no_old_workers
	handover rollback
	assert_status 154
	assert_output 'too late'
	handover finish --drain-timeout 1
	assert_status 151
	alive "$old"
	exec {slow}>&-
	wait_until 10 gone "$old"
	handover finish
	assert_status 0
	assert_output 'no unfinished handover'
}

@test "finish with nothing to finish: 0, and it says so" {
	handover finish
	assert_status 0
	assert_output 'nothing was done'
	assert_equal "$(master)" "$old"
}

@test "rollback with nothing under way and a replaced file: the file goes back, nothing is signalled" {
	cp "$(built 1.22.1)" $TARGET.tmp && mv $TARGET.tmp $TARGET
	handover rollback
	assert_status 0
	assert_equal "$(master)" "$old"
	cmp $TARGET "$(built 1.18.0)"
}

@test "rollback with nothing under way: a handover to the last backup" {
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 0
	assert_status 0
	handover rollback --settle 0
	assert_status 0
	answers 1.18.0
	handover rollback --settle 0
	assert_status 0
	answers 1.22.1
}

@test "rollback with no backup: refused" {
	handover rollback
	assert_status 154
	assert_output 'no backup'
}

# Starts an upgrade in the background with a long settle time, and waits for the phase shifted.
upgrade_in_background() {
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle "${1:-60}" -v >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	HELPER=$!
	wait_until 10 names_new_master
	wait_until 10 no_old_workers
	new=$(master)
}

# Waits for the upgrade in the background; its exit code must be that.
helper_exits() {
	local rc=0
	wait "$HELPER" || rc=$?
	cat "$BATS_TEST_TMPDIR/out" >&2
	[[ " $* " == *" $rc "* ]] || fail "the helper's exit code is $rc where $* was expected"
}

@test "SIGINT and SIGTERM before QUIT undo, and it is said" {
	local sig
	for sig in INT TERM; do
		upgrade_in_background
		load_start
		kill -$sig $HELPER
		helper_exits 150
		grep -q "SIG$sig: the handover is undone" "$BATS_TEST_TMPDIR/out"
		load_stop
		rm "$BATS_TEST_TMPDIR/ready"
		assert_old_serves
	done
}

@test "SIGTERM after QUIT finishes, and it is said" {
	# reuseport with fewer workers: QUIT is sent without WINCH, and the drain follows
	sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT reuseport;/" $PREFIX/conf/nginx.conf
	kill_all_nginx
	rm -f $SOCKET
	start_nginx
	old=$(master)
	sed -i 's/worker_processes 2/worker_processes 1/' $PREFIX/conf/nginx.conf
	slow_client
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 0 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- {slow}>&- &
	HELPER=$!
	wait_until 10 names_new_master
	wait_until 10 has_had_quit
	kill -TERM $HELPER
	wait_until 10 grep -q 'there is no way back; finishing' "$BATS_TEST_TMPDIR/out"
	exec {slow}>&-
	new=$(master)
	helper_exits 0
	assert_new_serves
}

# An old master that has had QUIT holds no listening socket.
has_had_quit() {
	# shellcheck disable=SC2010 # it is about where the links lead, not about names
	! ls -l "/proc/$old/fd" | grep -q "socket:\[$(listener_inode)\]"
}

listener_inode() {
	awk '$4 == "0A" { print $10; exit }' /proc/net/tcp
}

@test "SIGKILL in the middle: the server serves, the next run says 153, rollback undoes" {
	load_start
	upgrade_in_background
	kill -KILL $HELPER
	helper_exits 137
	answers 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 153
	handover rollback
	assert_status 0
	load_stop
	assert_old_serves
}

@test "SIGKILL in the middle, then finish" {
	load_start
	upgrade_in_background
	kill -KILL $HELPER
	helper_exits 137
	handover finish
	assert_status 0
	load_stop
	assert_new_serves
}

@test "a lost terminal (SIGHUP) does not end it" {
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 4 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	HELPER=$!
	wait_until 10 names_new_master
	kill -HUP $HELPER
	new=$(master)
	helper_exits 0
	assert_new_serves
}

@test "SIGKILL at each system call of the whole run: nginx serves, and rollback or finish resolve it" {
	local n=0 step=7 out rc
	new_binary 1.22.1
	command -v strace
	# On an old kernel every process is read: there are three times as many calls.
	[[ ${NH_KERNEL:-today} == today ]] || step=21
	# From the first signal on, and at the install before it: kill at every 7th call of these kinds.
	while ((n < 400)); do
		n=$((n + step))
		rc=0
		ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e trace=%file,%process,kill,pidfd_send_signal,ppoll,poll \
			-e "inject=%file,kill,pidfd_send_signal,ppoll,poll:signal=KILL:when=$n" \
			"$HANDOVER" upgrade --binary "$NEW" --settle 0 >"$BATS_TEST_TMPDIR/out" 2>&1 || rc=$?
		((rc == 137)) || break
		wait_until 10 anybody_answers
		out=$(http)
		[[ $out == *'200 OK'* ]] || fail "killed at call $n: nobody serves"
		if ((n % 2)); then
			handover finish --settle 0
		else
			handover rollback --settle 0
		fi
		[[ $status == 0 || $status == 154 ]] || fail "killed at call $n: $output"
		answers_anything
		old=$(master)
		[[ $(nginx_processes | wc -l) == 3 ]] || fail "killed at $n: $(nginx_processes)"
		[[ ! -e $PID_FILE.oldbin ]] || fail "killed at $n: .oldbin is left"
	done
	((n > 50)) || fail "only $n calls were tried"
	echo "killed at every ${step}th of $n calls"
}

anybody_answers() {
	[[ $(http 2>/dev/null) == *'200 OK'* ]]
}

answers_anything() {
	anybody_answers || fail 'nobody serves'
}

@test "the old master is killed from outside in the settle time: the new one serves, it is said" {
	upgrade_in_background 3
	kill -KILL "$old"
	helper_exits 0 # after the rest of the settle time
	answers 1.22.1
	assert_equal "$(master)" "$new"
}

@test "the new master is killed from outside in the settle time: undone, its workers swept" {
	upgrade_in_background
	workers=$(workers_of "$new" 'nginx: worker process')
	kill -KILL "$new"
	helper_exits 150
	assert_old_serves
	for worker in $workers; do
		gone "$worker"
	done
}
