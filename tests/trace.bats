#!/usr/bin/env bats
# A trace of what each round saw and decided: requested by --trace, or kept when a handover failed;
# build/tests/unit/replay gives it to decide() again.

load lib/common

KEPT=/run/nginx-handover

setup_file() {
	"$BATS_TEST_DIRNAME/lib/build-nginx" 1.22.1 fault
}

setup() {
	requires_root
	fresh_prefix
	rm -f $KEPT/trace-*
	write_conf 2
	install_old 1.18.0
	start_nginx
	old=$(master)
	TRACE=$BATS_TEST_TMPDIR/trace
}

teardown() {
	[[ -z ${old:-} ]] || kill -CONT "$old" 2>/dev/null || :
	common_teardown
}

# The replay makes the same decisions.
replays() {
	run_shown "$TOP/build/tests/unit/replay" "$1"
	assert_status 0
	assert_output 'each decided as it was'
}

traces() { find $KEPT -name 'trace-*' | sort -V; }

@test "--trace: every round of an upgrade, which decide() makes again" {
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --trace "$TRACE"
	assert_status 0
	replays "$TRACE"
	local word
	for word in INSTALL USR2 WINCH QUIT_OLD; do
		grep -q "move=act action=$word\$" "$TRACE" || fail "no $word in: $(cat "$TRACE")"
	done
	grep -q 'move=end fault=NONE outcome=DONE$' "$TRACE"
	assert_equal "$(traces)" '' 'the traces that nobody asked for'
}

@test "a second run adds to the file, and a stop has a trace, too" {
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --trace "$TRACE"
	handover stop --trace "$TRACE"
	assert_status 0
	replays "$TRACE"
	assert_equal "$(grep -c '^nginx-handover trace 1$' "$TRACE")" 2 'the runs in it'
	grep -q 'goal=stop .*outcome=STOPPED$' "$TRACE"
}

@test "an undone handover (150) leaves its trace, says where, and keeps five" {
	local n
	broken_binary exits-at-once
	mkdir -p $KEPT
	for n in 1 2 3 4 5 6 7; do
		echo "of before" >$KEPT/trace-$n
	done
	handover upgrade --binary "$NEW"
	assert_status 150
	assert_output "what each round saw and decided is in $KEPT/trace-8"
	replays $KEPT/trace-8
	grep -q 'move=turn fault=NEW_GONE' $KEPT/trace-8
	grep -q 'move=end fault=NONE outcome=UNDONE$' $KEPT/trace-8
	assert_equal "$(stat -c '%a %U' $KEPT/trace-8)" '600 root' 'whose it is'
	assert_equal "$(traces | xargs -n 1 basename | xargs)" 'trace-4 trace-5 trace-6 trace-7 trace-8' 'what is kept'
}

@test "a stuck handover (155) leaves its trace" {
	new_binary 1.22.1
	kill -STOP "$old"
	handover upgrade --binary "$NEW" --start-timeout 1
	assert_status 155
	assert_output "what each round saw and decided is in $KEPT/trace-1"
	replays $KEPT/trace-1
	grep -q 'outcome=STUCK$' $KEPT/trace-1
}

@test "a requested rollback leaves no trace, though it ends as an undo" {
	cp "$(built 1.22.1)" $TARGET.new
	mv $TARGET.new $TARGET
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	handover rollback --trace "$TRACE"
	assert_status 0
	assert_output 'rolled back, as asked'
	assert_equal "$(traces)" '' 'the traces that nobody asked for'
	replays "$TRACE"
	grep -q 'move=end fault=NONE outcome=UNDONE' "$TRACE"
}

@test "a trace that cannot be written changes nothing" {
	local place
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	for place in /no/such/folder/trace "$BATS_TEST_TMPDIR/pipe" "$PREFIX"; do
		broken_binary exits-at-once
		handover upgrade --binary "$NEW" --trace "$place"
		assert_status 150
		assert_output "the trace cannot be written to $place"
		assert_output 'was undone'
	done
	handover upgrade --binary "$NEW" --trace /dev/full
	assert_status 150
	assert_output 'the trace in /dev/full is not complete: No space left on device'
	rm -rf $KEPT/trace-*
	ln -s /etc/passwd $KEPT/trace-1
	before=$(md5sum /etc/passwd)
	handover upgrade --binary "$NEW"
	assert_status 150
	assert_equal "$(md5sum /etc/passwd)" "$before" 'what a link in its place leads to'
}

@test "a pipe that nobody reads delays no handover" {
	local hold
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	exec {hold}<>"$BATS_TEST_TMPDIR/pipe"
	timeout 5 dd if=/dev/zero of="$BATS_TEST_TMPDIR/pipe" bs=4096 count=1000 oflag=nonblock 2>/dev/null || :
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --trace "$BATS_TEST_TMPDIR/pipe"
	assert_status 0
	assert_output 'is not complete'
	exec {hold}>&-
}
