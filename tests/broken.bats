#!/usr/bin/env bats
# New binaries that do not work: each is refused before any signal, or undone, with the old generation
# serving throughout, the old file back in place, and the cause in the message.
# kernels: today all

load lib/common

setup_file() {
	"$BATS_TEST_DIRNAME/lib/build-nginx" 1.22.1 fault # takes its time: not while a load runs
}

setup() {
	setup_running
	wait_until 10 both_workers # it is ready with one
	workers=$(workers_of "$old" 'nginx: worker process')
	inode=$(stat -c %i $TARGET)
	load_start
}

teardown() {
	common_teardown
}

both_workers() {
	[[ $(count_workers "$old") == 2 ]]
}

# Everything is as before: the file, the master; no request failed, no process is left over.
assert_nothing_changed() {
	assert_equal "$(stat -c %i $TARGET)" "$inode" "the inode of $TARGET"
	assert_equal "$(master)" "$old" 'the master'
	answers 1.18.0
	[[ ! -e $PID_FILE.oldbin ]]
	wait_until 5 only_old_processes
	load_stop
	run ls -A $PREFIX/sbin
	refute_output '.nginx-handover'
}

only_old_processes() {
	[[ $(nginx_processes | wc -l) == 3 ]]
}

refused() {
	broken_binary "$1"
	handover upgrade --binary "$NEW"
	assert_status 154
	assert_output "$2"
	assert_output 'refused before any signal'
	# no signal was sent: the workers are the same
	assert_equal "$(workers_of "$old" 'nginx: worker process')" "$workers" 'the workers'
	refute_log 'changing binary'
	assert_nothing_changed
}

undone() {
	local kind=$1 cause=$2
	shift 2
	broken_binary "$kind"
	handover upgrade --binary "$NEW" "$@"
	assert_status 150
	assert_output "$cause"
	assert_output 'was undone'
	assert_nothing_changed
}

refute_log() {
	! grep -q "$1" $ERROR_LOG || fail "the error log has \"$1\""
}

@test "wrong architecture is refused" {
	requires_own_execve
	refused wrong-arch 'wrong architecture'
}

@test "a truncated file is refused" {
	refused truncated 'does not work'
}

@test "an empty file is refused" {
	refused empty 'it is empty'
}

@test "a file that is not executable is refused" {
	refused not-executable 'not executable'
}

@test "a missing shared library is refused by its name" {
	refused missing-library 'libcrypt.so.9'
}

@test "a module that does not fit is refused, with nginx's own words" {
	local module
	module=$(built 1.18.0 module)
	new_binary 1.22.1
	cp "$module" $PREFIX/module.so
	sed -i "1i load_module $PREFIX/module.so;" $PREFIX/conf/nginx.conf
	handover upgrade --binary "$NEW"
	assert_status 6
	assert_output 'module.so'
	assert_output 'refuses the configuration'
	assert_equal "$(workers_of "$old" 'nginx: worker process')" "$workers" 'the workers'
	assert_nothing_changed
}

@test "a configuration that the new build refuses: exit 6" {
	new_binary 1.22.1
	sed -i '1i no_such_directive on;' $PREFIX/conf/nginx.conf
	handover upgrade --binary "$NEW"
	assert_status 6
	assert_output 'no_such_directive'
	assert_equal "$(workers_of "$old" 'nginx: worker process')" "$workers" 'the workers'
	assert_nothing_changed
}

@test "a program that is no nginx is refused" {
	NEW=/usr/local/src/true
	cp /bin/true $NEW
	handover upgrade --binary "$NEW"
	assert_status 154
	assert_output 'not what an nginx answers'
	assert_nothing_changed
}

@test "exits at once: undone" {
	undone exits-at-once 'did not come up'
}

@test "dies 300 ms after its start: undone within the settle time" {
	undone dies-after-300ms 'signal 6'
}

@test "hangs before its pid file: ended by KILL, undone" {
	undone hangs-before-pid 'hangs' --start-timeout 1
}

@test "its workers crash at their start in a loop: undone" {
	undone worker-crash-at-start 'signal 6'
}

@test "its workers exit at their start: undone" {
	undone worker-exit2 'going back' --start-timeout 2
}

@test "its workers crash at the first request: undone, with the signal named" {
	broken_binary worker-crash-at-request
	handover upgrade --binary "$NEW"
	assert_status 150
	assert_output 'signal 6'
	assert_equal "$(stat -c %i $TARGET)" "$inode" "the inode of $TARGET"
	assert_equal "$(master)" "$old" 'the master'
	answers 1.18.0
	wait_until 5 only_old_processes
	# Only the requests that crashed the new workers may be lost: at most those that the new generation
	# accepted until it was ended.
	kill -TERM "$LOAD_PID"
	wait "$LOAD_PID" || :
	unset LOAD_PID
	cat "$BATS_TEST_TMPDIR/summary"
	grep -q '^new_failed=' "$BATS_TEST_TMPDIR/summary"
}

# At a limit (pids.max, ulimit -u) no more processes can be started; nginx goes on with those that it has.
@test "it can start only one of its workers: undone before WINCH, with the cause" {
	undone one-worker 'fewer workers than the configuration asks for: [alert]' --settle 0.2
	assert_equal "$(workers_of "$old" 'nginx: worker process')" "$workers" 'the workers'
}

@test "ignores QUIT, and its workers crash and are started again: ended by KILL, undone" {
	broken_binary ignores-quit
	handover upgrade --binary "$NEW"
	assert_status 150
	assert_output 'signal 6'
	refute_output 'leaves by itself'
	assert_equal "$(stat -c %i $TARGET)" "$inode" "the inode of $TARGET"
	assert_equal "$(master)" "$old" 'the master'
	only_old_processes || fail "$(nginx_processes)"
	answers 1.18.0
}

@test "its listen address is taken (nginx tries for 2.5 s): undone, with the address named" {
	exec {taken}< <(exec "$TOP/build/tests/occupy" 127.0.0.1 8081)
	read -ru "$taken" _
	sed -i 's/listen 127.0.0.1:8080;/&\nlisten 127.0.0.1:8081;/' $PREFIX/conf/nginx.conf
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 150
	assert_output '8081'
	assert_nothing_changed
	exec {taken}<&-
}

@test "slow to start, but working: handed over" {
	broken_binary slow-start
	handover upgrade --binary "$NEW"
	assert_status 0
	gone "$old"
	answers 1.22.1
	load_stop
}

@test "undone because of one broken binary, upgraded to a good one right after" {
	broken_binary dies-after-300ms
	handover upgrade --binary "$NEW"
	assert_status 150
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
	assert_equal "$(count_workers "$(master)")" 2 'number of workers'
	load_stop
}
