#!/usr/bin/env bats
# The record of the builds that served: what happens without it, when it is trusted, and how much is kept.

load lib/common
load lib/builds

setup() {
	builds_setup
}

teardown() {
	common_teardown
}

@test "the record is removed: one other build is taken, of two none is" {
	started_with 1.18.0
	served 1.22.1
	rm "$RECORD"
	rolled_back
	assert_output 'it is not recorded which build served before, and only one other build is kept'
	runs 1.18.0
	served 1.26.3
	rm "$RECORD"
	old=$(master)
	handover rollback
	assert_status 154
	assert_output 'it is not recorded which of these served before'
	assert_output "nginx.1.18.0)"
	assert_output "nginx.1.22.1)"
	assert_equal "$(master)" "$old"
	rolled_back --to 1.18.0
	runs 1.18.0
}

@test "a record that is damaged, or that others can change, is not used, with a message; the next one begins again" {
	local how
	for how in "echo x >>$RECORD" ": >$RECORD" "sed -i 's/ 1.18.0 / ..\/x /' $RECORD" "chmod 666 $RECORD" "chown 33 $RECORD"; do
		kill_all_nginx
		fresh_prefix
		write_conf 1
		started_with 1.18.0
		served 1.22.1
		eval "$how"
		handover backups
		assert_status 0
		assert_output "the record of the builds that served, $RECORD, is not used"
		served 1.26.3
		assert_output "$RECORD, is not used"
		assert_equal "$(stat -c '%u %a' "$RECORD")" '0 644'
		handover backups
		refute_output 'is not used'
		rolled_back
		runs 1.22.1
	done
}

@test "what the record names is executed only where nobody else can change it, and only with its bytes" {
	started_with 1.18.0
	served 1.22.1
	cp "$(built 1.26.3)" "$RESCUED.1.18.0"
	handover rollback
	assert_status 154
	assert_output 'nginx 1.18.0, which served before (found), is passed over: no file with its bytes is kept'
	answers 1.22.1
	cp "$(built 1.18.0)" "$RESCUED.1.18.0"
	chmod 777 "$RESCUED.1.18.0"
	handover rollback
	assert_status 154
	assert_output "the backup $RESCUED.1.18.0 is passed over"
	answers 1.22.1
}

@test "if no record can be written, a message says so, and nothing else is lost" {
	started_with 1.18.0
	mkdir -p /var/lib/nginx-handover
	mount -t tmpfs -o ro tmpfs /var/lib/nginx-handover
	mount --bind $PREFIX/sbin $PREFIX/sbin
	put 1.22.1
	mount -o remount,bind,ro $PREFIX/sbin
	handover upgrade --settle 10ms
	umount -l $PREFIX/sbin /var/lib/nginx-handover
	assert_status 0
	assert_output 'it is not recorded which build serves now'
	answers 1.22.1
}

@test "many builds: the record and the backups are limited, and include the build to go back to" {
	local i
	started_with 1.18.0
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		NEW=$PREFIX/sbin/next
		cp "$(built 1.22.1)" "$NEW"
		echo "$i" >>"$NEW"
		handover upgrade --binary "$NEW" --settle 0
		assert_status 0
	done
	(($(wc -l <"$RECORD") <= 33))
	assert_equal "$(find $PREFIX/sbin -name 'nginx.1.*' | wc -l)" 3 'how many backups'
	for i in 11 10 9; do
		rolled_back
		assert_equal "$(tail -n 1 "/proc/$(master)/exe" | tail -c 3 | tr -d '\n')" "$i" 'which of them runs'
	done
}

# How many bytes of a file were read, according to the trace.
bytes_read() {
	awk -v file="<$1>" '/^p?read/ && index($0, file) { sum += $NF } END { print sum + 0 }' "$BATS_TEST_TMPDIR/trace"
}

@test "an upgrade reads no build that it has seen before, and the new one only when the old master has left" {
	local n backup last
	requires_own_execve
	started_with 1.18.0
	NEW=$PREFIX/sbin/next
	for n in 1 2 3 4; do
		cp "$(built 1.22.1)" "$NEW"
		head -c "$n" /dev/zero >>"$NEW"
		handover upgrade --binary "$NEW" --settle 0
		assert_status 0
	done
	cp "$(built 1.26.3)" "$NEW"
	run_shown env ASAN_OPTIONS=detect_leaks=0 strace -qq -y -o "$BATS_TEST_TMPDIR/trace" -e trace=read,pread64,kill,pidfd_send_signal \
		"$HANDOVER" upgrade --binary "$NEW" --settle 0
	assert_status 0
	assert_equal "$(find $PREFIX/sbin -name 'nginx.1.*' | wc -l)" 3 'how many backups'
	for backup in "$PREFIX"/sbin/nginx.1.*; do
		n=$(bytes_read "$backup")
		((n < 65536)) || fail "$n bytes of $backup were read"
	done
	n=$(bytes_read $TARGET)
	((n >= $(stat -c %s "$NEW") && n < $(stat -c %s "$NEW") + 65536)) || fail "$n bytes of $TARGET were read"
	last=$(grep -nE '^(kill|pidfd_send_signal).*SIGQUIT' "$BATS_TEST_TMPDIR/trace" | tail -n 1)
	n=$(grep -nE "<$TARGET>.* = 16384" "$BATS_TEST_TMPDIR/trace" | head -n 1)
	((${last%%:*} < ${n%%:*})) || fail "it was read before the old master was told to leave"
}

@test "a backup that is changed in place is another build: no rollback goes to it" {
	started_with 1.18.0
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	handover rollback --dry-run
	assert_status 0
	printf x | dd of=$TARGET.1.18.0 bs=1 seek=1000000 conv=notrunc status=none
	handover rollback
	assert_status 154
	assert_output 'nginx 1.18.0, which served before (found), is passed over: no file with its bytes is kept'
	answers 1.22.1
}
