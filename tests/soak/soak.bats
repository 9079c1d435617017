#!/usr/bin/env bats
# The short form of "make soak": some handovers under load to good binaries, and to binaries with faults that are not in
# broken.bats, each compared with what the kernel shows. And the soak detects a program that reports a wrong result.
# kernels: today

load ../lib/common

setup() {
	requires_root
	TOP=$BATS_TEST_DIRNAME/../..
}

# soak KIND...: one handover to each
soak() {
	run_shown env SETTLE_MS=400 SEED=7 N=$# KIND="$*" KEEP="$BATS_TEST_TMPDIR/kept" VERBOSE=1 "$TOP/tests/soak/run"
	((status == 0)) || tail -n +1 "$BATS_TEST_TMPDIR"/kept/*
	assert_status 0
	assert_output "$# handovers (SEED=7), 0 wrong"
}

@test "good binaries, installed by --binary, by a rename, by reload, by rollback" {
	soak good good good good good good
}

@test "no new master: exits with 0, dies before and after its pid file, refuses the configuration" {
	soak exits-0-at-once dies-before-pid dies-after-pid refuses-configuration good
}

@test "a first process that forks and exits" {
	soak forks-and-exits good
}

@test "a pid file that is not written, or names another process" {
	soak no-pid-file others-pid good
}

@test "a master that dies when it has just forked its workers, or is deaf" {
	soak killed-after-fork killed-after-fork hangs-before-loop good
}

@test "fewer workers than there should be" {
	soak one-worker
}

@test "workers that hang, or crash while their master ignores QUIT" {
	soak workers-hang-at-start ignores-quit-workers-crash good
}

@test "good in the end: a launcher; and one that accepts nothing" {
	soak launcher never-accepts
}

# lying WHAT-IT-DOES...: a program that replaces ours
lying() {
	printf '#!/bin/bash\n%s\n' "$1" >"$BATS_TEST_TMPDIR/liar"
	chmod +x "$BATS_TEST_TMPDIR/liar"
	HANDOVER=$BATS_TEST_TMPDIR/liar NH_HELPER=/bin/true LEAVE_BY=1 SEED=7 N=1 KIND=$2 KEEP=$BATS_TEST_TMPDIR/kept \
		run_shown "$TOP/tests/soak/run"
	assert_status 1
	assert_output '1 handovers (SEED=7), 1 wrong'
	assert_output "$3"
}

# Each is a bash script; $real is the real program.
@test "the soak detects a program that reports a wrong result" {
	local real=$HANDOVER pid="\$(cat $PID_FILE)"
	lying "echo \"done in 1 s: master $pid serves with 2 workers\"" good 'and still master'
	lying "$real \"\$@\"; exit 0" truncated 'and no word says who serves'
	lying "$real \"\$@\"; r=\$?; touch $PREFIX/sbin/.nginx-handover.left; exit \$r" exits-0-at-once 'left in the folder'
}
