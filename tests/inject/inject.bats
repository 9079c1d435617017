#!/usr/bin/env bats
# The short form of "make inject": some system calls of the program fail, each of which would have worked a
# moment later. None may leave anything half done. And a program that reports a wrong result is detected.
# kernels: today

load ../lib/common

setup() {
	requires_root
	TOP=$BATS_TEST_DIRNAME/../..
}

# inject [NAME=VALUE...]
inject() {
	run_shown env JOBS=2 KEEP="$BATS_TEST_TMPDIR/kept" "$@" "$TOP/tests/inject/run"
	((status == 0)) || tail -n +1 "$BATS_TEST_TMPDIR"/kept/*
	assert_status 0
	assert_output ', 0 wrong'
}

@test "forward: a call that fails once" {
	inject WAYS=forward INJECT=8
}

@test "back, when the new master has died: a call that fails once" {
	inject WAYS=back-dies INJECT=8
}

@test "back, when the workers of the new master crash: a call that fails once" {
	inject WAYS=back-loops INJECT=6
}

@test "a signal that fails once" {
	inject WAYS='forward back-dies' CALLS='kill|.*_signal' INJECT=6
}

@test "a look into /proc that fails once" {
	inject WAYS='forward back-dies' CALLS='openat|read|readlink|getdents64' INJECT=12
}

@test "a program that leaves a state which it does not report is detected" {
	local liar=$BATS_TEST_TMPDIR/liar
	printf '#!/bin/bash\n%s' "$HANDOVER \"\$@\"; r=\$?; kill -WINCH \$(cat $PID_FILE); exit \$r" >"$liar"
	chmod +x "$liar"
	HANDOVER=$liar JOBS=1 LEAVE_BY=1 KEEP=$BATS_TEST_TMPDIR/kept WAYS=forward CALLS=rt_sigaction INJECT=1 run_shown "$TOP/tests/inject/run"
	assert_status 1
	assert_output 'where 1.26.3 serves'
	assert_output ', 1 wrong'
}
