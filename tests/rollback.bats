#!/usr/bin/env bats
# rollback goes to the build that served before this one, however the builds were installed; and what it says before
# it does anything.

load lib/common
load lib/builds

setup() {
	builds_setup
}

teardown() {
	common_teardown
}

@test "A, B, A, C by rename: rollback goes to A" {
	started_with 1.18.0
	served 1.22.1 1.18.0 1.26.3
	rolled_back
	assert_output 'the build that served before: nginx 1.18.0'
	answers 1.18.0
	runs 1.18.0
}

@test "A, B, A, B by rename: rollback goes to A, not to the bytes that run" {
	started_with 1.18.0
	served 1.22.1 1.18.0 1.22.1
	rolled_back
	answers 1.18.0
	runs 1.18.0
}

@test "the same version with other options, A, B, A, B: builds are told apart by their bytes" {
	started_with 1.22.1
	served '1.22.1 options' 1.22.1 '1.22.1 options'
	runs 1.22.1 options
	rolled_back
	runs 1.22.1
}

@test "the same build installed again is the same build: rollback goes to the one before" {
	started_with 1.18.0
	served 1.22.1
	put 1.22.1
	old=$(master)
	rolled_back
	refute_output 'Nothing was signalled'
	answers 1.18.0
	gone "$old"
	runs 1.18.0
}

@test "the same build handed over to again: rollback goes to the one before" {
	started_with 1.18.0
	served 1.22.1 1.22.1
	rolled_back
	runs 1.18.0
}

@test "A, B, C: rollback goes to B, then to A, and then says that it goes forward" {
	started_with 1.18.0
	served 1.22.1 1.26.3
	rolled_back
	assert_output 'the build that served before: nginx 1.22.1'
	runs 1.22.1
	rolled_back
	assert_output 'the last change was a rollback already, so this one goes one step further back: handing over to nginx 1.18.0'
	runs 1.18.0
	rolled_back
	assert_output 'no build that served before this one is kept, so this goes forward again: handing over to nginx 1.22.1'
	runs 1.22.1
}

@test "the build of an undone handover does not count as having served" {
	started_with 1.18.0
	served 1.22.1
	broken_binary worker-crash-at-start
	handover upgrade --binary "$NEW" --settle 300ms
	assert_status 150
	answers 1.22.1
	cp "$(built 1.26.3)" $TARGET.tmp && mv $TARGET.tmp $TARGET
	broken_binary worker-crash-at-start
	cp "$NEW" $TARGET.tmp && mv $TARGET.tmp $TARGET
	handover upgrade --settle 300ms
	assert_status 150
	put 1.22.1
	rolled_back
	runs 1.18.0
	handover backups
	refute_output 1.26.3
}

@test "every way to another build is recorded: start, upgrade --binary, package-update, reload, finish, rollback" {
	put 1.18.0
	handover start --nginx $TARGET
	assert_status 0
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	put 1.26.3
	handover package-update --nginx $TARGET --settle 10ms
	assert_status 0
	put 1.22.1 options
	handover reload --settle 10ms
	assert_status 0
	put 1.26.3
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	handover finish --settle 10ms
	assert_status 0
	rolled_back
	runs 1.22.1 options
	handover backups
	assert_status 0
	assert_equal "$(sed -n 's/^[* >] \([0-9][0-9.]*\) .* from [0-9: -]*  \([a-z-]*\) .*/\1 \2/p' <<<"$output")" "1.18.0 start
1.22.1 upgrade
1.26.3 package-update
1.22.1 reload
1.26.3 finish
1.22.1 rollback"
}

@test "rollback with another file at the path: the running build is put back, and that file is kept" {
	started_with 1.18.0
	old=$(master)
	put 1.22.1
	rolled_back
	assert_output "which is not the running binary, is kept as $TARGET.1.22.1"
	assert_output 'Nothing was signalled'
	assert_equal "$(master)" "$old"
	cmp "$(built 1.18.0)" $TARGET
	cmp "$(built 1.22.1)" $TARGET.1.22.1
	# it has never served
	handover rollback
	assert_status 154
	assert_output 'not known to have served'
	assert_output "$TARGET.1.22.1"
	answers 1.18.0
	rolled_back --to 1.22.1
	answers 1.22.1
}

@test "rollback in the middle of a handover: the file of the new build is kept" {
	started_with 1.18.0
	old=$(master)
	put 1.22.1
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	rolled_back
	assert_equal "$(master)" "$old"
	cmp "$(built 1.18.0)" $TARGET
	cmp "$(built 1.22.1)" $TARGET.1.22.1
}

@test "upgrade --binary over a third file: that file is kept, and named" {
	started_with 1.18.0
	put 1.26.3
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	assert_output "which is not the running binary, is kept as $TARGET.1.26.3"
	cmp "$(built 1.26.3)" $TARGET.1.26.3
	answers 1.22.1
	rolled_back
	runs 1.18.0
}

@test "a script at the path is never replaced by what it starts" {
	put 1.18.0
	mv $TARGET $PREFIX/sbin/real
	printf '#!/bin/sh\nexec %s "$@"\n' $PREFIX/sbin/real >$TARGET
	chmod 755 $TARGET
	start_nginx
	cp $TARGET "$BATS_TEST_TMPDIR/script"
	handover rollback
	((status != 0)) || fail 'exit code 0'
	cmp "$BATS_TEST_TMPDIR/script" $TARGET
}

@test "upgrade --binary with the running bytes does nothing; --force does it; rollback still goes to the build before" {
	started_with 1.18.0
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	old=$(master)
	for _ in 1 2; do
		handover upgrade --binary "$NEW" --settle 10ms
		assert_status 0
		assert_output 'nothing to do'
		assert_equal "$(master)" "$old"
	done
	handover upgrade --binary "$NEW" --settle 10ms --dry-run
	assert_status 0
	assert_output 'nothing to do'
	handover upgrade --binary "$NEW" --settle 10ms --force
	assert_status 0
	gone "$old"
	answers 1.22.1
	rolled_back
	runs 1.18.0
}

@test "upgrade --binary with the running bytes, but with another file at the path: it is installed" {
	started_with 1.18.0
	put 1.22.1
	NEW=$(built 1.18.0)
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	refute_output 'nothing to do'
	cmp "$NEW" $TARGET
	cmp "$(built 1.22.1)" $TARGET.1.22.1
}

@test "backups: in the order of service, what rollback takes, and how the builds differ; --json" {
	started_with 1.18.0
	served 1.22.1 '1.22.1 options'
	handover backups
	assert_status 0
	assert_equal "$(sed -n 's/^\([* >]\) \([0-9][0-9.]*\) .*/\1\2/p' <<<"$output")" ' 1.18.0
>1.22.1
*1.22.1'
	assert_output "      - --with-http_stub_status_module"
	assert_output "would hand over to 1.22.1 ($RESCUED.1.22.1)"
	assert_output 'by '
	assert_output ' MB'
	handover backups --json
	assert_status 0
	assert_equal "$(jq -r 'select(.event == "backup") | [.version, .running, .next, .path] | @text' <<<"$output")" \
		"[\"1.18.0\",0,0,\"$RESCUED.1.18.0\"]
[\"1.22.1\",0,1,\"$RESCUED.1.22.1\"]
[\"1.22.1\",1,0,\"$TARGET\"]"
	rolled_back
	runs 1.22.1
}

@test "backups where nginx does not run, and where nothing is recorded" {
	started_with 1.18.0
	handover backups
	assert_status 0
	assert_output 'no build but the present one'
	served 1.22.1
	handover stop
	assert_status 0
	handover backups --nginx $TARGET
	assert_status 0
	assert_output 'nginx does not run'
	assert_output '1.18.0'
}

@test "who asked is recorded: the user behind sudo" {
	command -v setpriv
	started_with 1.18.0
	put 1.22.1
	if [[ $(cat /proc/self/loginuid 2>/dev/null) == "$((2 ** 32 - 1))" ]]; then
		SUDO_UID=12345 handover upgrade --settle 10ms
		assert_status 0
		handover backups
		assert_output 'by uid 12345'
	else
		skip 'cannot exist here: the login user is set for good'
	fi
}

@test "rollback --to: a version, a name, a path; ambiguous or unknown is refused with the list" {
	started_with 1.18.0
	served 1.22.1 '1.22.1 options' 1.26.3
	handover rollback --to 1.22.1
	assert_status 154
	assert_output 'more than one build is called 1.22.1'
	assert_output "$RESCUED.1.22.1)"
	assert_output "$RESCUED.1.22.1-2)"
	handover rollback --to 1.2
	assert_status 154
	assert_output 'there is no other kept build 1.2'
	assert_output "$RESCUED.1.22.1-2"
	answers 1.26.3
	handover rollback --to 1.26.3
	assert_status 0
	assert_output 'nothing to do'
	rolled_back --to nginx.1.22.1-2
	runs 1.22.1 options
	rolled_back --to "$RESCUED.1.22.1"
	runs 1.22.1
	rolled_back --to 1.26.3
	answers 1.26.3
}

@test "rollback --dry-run says what would be done, and does nothing" {
	started_with 1.18.0
	handover rollback --dry-run
	assert_status 154
	served 1.22.1
	old=$(master)
	handover rollback --dry-run
	assert_status 0
	assert_output "would be installed at $TARGET"
	assert_output 'nginx 1.22.1 -> 1.18.0'
	assert_equal "$(master)" "$old"
	put 1.26.3
	handover rollback --dry-run
	assert_status 0
	assert_output 'would be put back'
	cmp "$(built 1.26.3)" $TARGET
	assert_equal "$(cd $PREFIX/sbin && echo *)" nginx
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	handover rollback --dry-run
	assert_status 0
	assert_output "it would be turned back to old master $old"
	runs 1.26.3
	alive "$old"
	handover rollback --to 1.18.0
	assert_status 153
	rolled_back
	assert_equal "$(master)" "$old"
}

@test "restart with a replaced binary: the former build is kept, and rollback goes to it" {
	started_with 1.18.0
	put 1.22.1
	handover restart
	assert_status 0
	answers 1.22.1
	rolled_back
	runs 1.18.0
}
