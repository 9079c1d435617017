#!/usr/bin/env bats
# The test runner itself: it must notice everything that goes wrong, so every test runs it on
# faulty files in a checkout of their own.

setup() {
	checkout=$BATS_TEST_TMPDIR/checkout
	units=$checkout/build/tests/unit
	mkdir -p "$checkout/tests/lib" "$checkout/.ci" "$units"
	cp "$BATS_TEST_DIRNAME/run" "$checkout/tests/run"
	cp "$BATS_TEST_DIRNAME/lib/own-namespaces" "$checkout/tests/lib/"
	unset CI
}

# bats_file NAME: the tests on stdin, each started by a line "test: ITS NAME" and ended by "end"
bats_file() {
	sed -e 's/^test: \(.*\)/@''test "\1" {/' -e 's/^end$/}/' >"$checkout/tests/$1.bats"
}

# unit NAME: a unit program that consists of the shell commands on stdin
unit() {
	{
		echo '#!/bin/sh'
		cat
	} >"$units/$1"
	chmod +x "$units/$1"
}

run_tests() {
	run "$checkout/tests/run" "$@"
	echo "exit status $status"
	echo "$output"
}

# The closing line is the given one, is the last line, and is the only one of its kind.
closes() {
	[ "${lines[-1]}" = "$1" ] || fail "the last line is not: $1"
	[ "$(grep -cE '^[0-9]+ passed, [0-9]+ failed' <<<"$output")" = 1 ] || fail 'more than one closing line'
}

says() { [[ $output == *"$1"* ]] || fail "it does not say: $1"; }
exits() { [ "$status" = "$1" ] || fail "it exits with $status, not $1"; }
fail() {
	echo "$*"
	return 1
}

passing_pair() {
	bats_file good <<-'EOF'
		test: a good one
		true
		end
	EOF
	unit good <<<'echo 1..2; echo ok 1 - first; echo ok 2 - second'
}

@test "all tests of both kinds are found, run and counted" {
	passing_pair
	mkdir "$checkout/tests/sub"
	mv "$checkout/tests/good.bats" "$checkout/tests/sub/"
	run_tests
	exits 0
	closes '3 passed, 0 failed, 0 skipped'
	[[ $output =~ [0-9]+\ ms\ \ tests/sub/good.bats:\ a\ good\ one ]] || fail 'no time for the bats test'
	[[ $output =~ [0-9]+\ ms\ \ build/tests/unit/good ]] || fail 'no time for the unit program'
}

@test "only the files named are run" {
	passing_pair
	cd "$checkout/tests"
	run_tests good.bats
	exits 0
	closes '1 passed, 0 failed, 0 skipped'
}

@test "a failing bats test fails the run and is shown in full" {
	passing_pair
	bats_file bad <<-'EOF'
		test: a bad one
		echo the reason
		false
		end
		test: one after it
		true
		end
	EOF
	run_tests
	exits 1
	closes '4 passed, 1 failed, 0 skipped'
	says 'FAILED tests/bad.bats: 1 of 2 passed'
	says 'not ok 1 a bad one'
	says '# the reason'
}

@test "a failing unit test fails the run and is shown in full" {
	passing_pair
	unit bad <<<'echo 1..2; echo "# got 3, not 4"; echo not ok 1 - sum; echo ok 2 - product; exit 1'
	run_tests
	exits 1
	closes '4 passed, 1 failed, 0 skipped'
	says '# got 3, not 4'
}

@test "a unit program that crashes fails for every test that it did not report" {
	unit crash <<<'echo 1..3; echo ok 1 - first; kill -SEGV $$'
	run_tests
	exits 1
	closes '1 passed, 2 failed, 0 skipped'
	says '2 of 3 tests not reported, exit status 139'
}

@test "a unit program that crashes after its last test fails" {
	unit crash <<<'echo 1..1; echo ok 1 - first; kill -SEGV $$'
	run_tests
	exits 1
	closes '1 passed, 1 failed, 0 skipped'
	says 'exit status 139'
}

@test "a unit program that prints nothing fails" {
	unit silent <<<':'
	run_tests
	exits 1
	closes '0 passed, 1 failed, 0 skipped'
	says 'no plan'
}

@test "a unit program that plans no test fails" {
	passing_pair
	unit empty <<<'echo 1..0'
	run_tests
	exits 1
	closes '3 passed, 1 failed, 0 skipped'
	says 'no test in it'
}

@test "a unit program that reports more than it planned fails" {
	unit more <<<'echo 1..1; echo ok 1 - first; echo ok 2 - second'
	run_tests
	exits 1
	closes '2 passed, 1 failed, 0 skipped'
}

@test "a bats file without a test fails" {
	passing_pair
	bats_file empty </dev/null
	run_tests
	exits 1
	closes '3 passed, 1 failed, 0 skipped'
}

@test "a bats file that bash cannot read fails" {
	passing_pair
	bats_file broken <<-'EOF'
		test: half a test
		if true
		end
	EOF
	run_tests
	exits 1
	closes '3 passed, 1 failed, 0 skipped'
	says 'syntax error'
}

@test "a bats file whose setup_file fails, fails for each of its tests" {
	bats_file setup <<-'EOF'
		setup_file() { echo no server; false; }
		test: one
		true
		end
		test: two
		true
		end
	EOF
	run_tests
	exits 1
	closes '0 passed, 2 failed, 0 skipped'
	says 'no server'
}

@test "a file that is not there fails" {
	passing_pair
	run_tests "$checkout/tests/good.bats" "$checkout/tests/gone.bats"
	exits 1
	closes '1 passed, 1 failed, 0 skipped'
}

@test "no test at all fails" {
	run_tests
	exits 1
	closes '0 passed, 0 failed, 0 skipped'
	says 'no test ran'
}

@test "nothing but skipped tests fails" {
	bats_file skips <<-'EOF'
		test: a skipped one
		skip 'no reason'
		end
	EOF
	run_tests
	exits 1
	closes '0 passed, 0 failed, 1 skipped'
}

@test "a skipped test passes, and fails where CI is true" {
	passing_pair
	bats_file skips <<-'EOF'
		test: a skipped one
		skip 'no such tool'
		end
	EOF
	run_tests
	exits 0
	closes '3 passed, 0 failed, 1 skipped'
	says 'skipped: a skipped one: no such tool'

	CI=true run_tests
	exits 1
	closes '3 passed, 0 failed, 1 skipped'
	says '1 skipped without need'
}

@test "a skip of what cannot exist here passes where CI is true" {
	passing_pair
	bats_file skips <<-'EOF'
		test: a skipped one
		skip 'cannot exist here: cgroup v1'
		end
	EOF
	unit skips <<<'echo 1..1; echo "ok 1 - pidfd # SKIP cannot exist here: pidfd_open"'
	CI=true run_tests
	exits 0
	closes '3 passed, 0 failed, 2 skipped'
}

@test "a test that hangs is ended with its teardown, and fails with those after it" {
	bats_file hangs <<-EOF
		teardown() { echo "\$BATS_TEST_NUMBER" >>$BATS_TEST_TMPDIR/torn; }
		test: a good one
		true
		end
		test: a hanging one
		tail -f /dev/null
		end
		test: one after it
		true
		end
	EOF
	NH_TEST_TIMEOUT=10 run_tests
	exits 1
	closes '1 passed, 2 failed, 0 skipped'
	says 'out of time'
	[ "$(<"$BATS_TEST_TMPDIR/torn")" = $'1\n2' ] || fail 'no teardown of the hanging one'
}

@test "a process that a test left behind with its output open does not hold up the run" {
	bats_file leaves <<-EOF
		test: one that leaves a process
		setsid tail -f /dev/null &
		echo \$! >$BATS_TEST_TMPDIR/left
		end
	EOF
	NH_LEFT_TIMEOUT=5 run_tests
	kill "$(<"$BATS_TEST_TMPDIR/left")" || : # as root it went with its namespace
	exits 1
	closes '1 passed, 1 failed, 0 skipped'
	says 'tail -f /dev/null'
}

@test "a program that hangs is ended" {
	unit hangs <<<'echo 1..2; echo ok 1 - first; exec tail -f /dev/null'
	NH_FILE_TIMEOUT=5 run_tests
	exits 1
	closes '1 passed, 1 failed, 0 skipped'
	says 'out of time'
}

@test "what has no time left is not started and fails" {
	passing_pair
	NH_RUN_TIMEOUT=0 run_tests
	exits 1
	closes '0 passed, 2 failed, 0 skipped'
	says 'out of time'
}

@test "a run that gets TERM ends what it started and closes with its count" {
	local pid child left
	mkfifo "$BATS_TEST_TMPDIR/up"
	passing_pair
	unit hangs <<<"echo 1..1; echo \$\$ >$BATS_TEST_TMPDIR/up; exec tail -f /dev/null"
	"$checkout/tests/run" --jobs 1 "$units/hangs" "$units/good" >"$BATS_TEST_TMPDIR/out" 3>&- &
	pid=$!
	read -r child <"$BATS_TEST_TMPDIR/up"
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	output=$(<"$BATS_TEST_TMPDIR/out")
	mapfile -t lines <"$BATS_TEST_TMPDIR/out"
	echo "$output"
	exits 143
	closes '0 passed, 2 failed, 0 skipped'
	left=$(cut -d' ' -f3 "/proc/$child/stat" 2>/dev/null || echo gone)
	[[ $left == [ZXg]* ]] || fail "its child is left, in state $left"
}

# Each of two programs waits for the other; alone, neither comes to an end.
@test "files run side by side with --jobs 2, in turn with --jobs 1" {
	mkfifo "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/back"
	unit one <<-EOF
		echo 1..1
		echo >$BATS_TEST_TMPDIR/there
		read -r _ <$BATS_TEST_TMPDIR/back
		echo ok 1
	EOF
	unit two <<-EOF
		echo 1..1
		read -r _ <$BATS_TEST_TMPDIR/there
		echo >$BATS_TEST_TMPDIR/back
		echo ok 1
	EOF
	run_tests --jobs 2
	closes '2 passed, 0 failed, 0 skipped'
	NH_FILE_TIMEOUT=3 run_tests --jobs 1
	closes '0 passed, 2 failed, 0 skipped'
}

@test "tests do not inherit ignored signals" {
	bats_file signals <<-'EOF'
		test: none of 1 to 31 is ignored
		grep -E '^SigIgn:.*[08]0{7}$' /proc/self/status
		end
	EOF
	(
		trap '' INT QUIT TERM PIPE
		run_tests
		exits 0
		closes '1 passed, 0 failed, 0 skipped'
	)
}

@test "what is not an option or a number of jobs is refused" {
	passing_pair
	local bad
	for bad in --job '--jobs 0' '--jobs x' --jobs; do
		# shellcheck disable=SC2086 # an option and its value
		run_tests $bad
		exits 2
	done
}

@test ".ci/run gives make check CI=true and no input, and passes on its status and closing line; what lint finds in the form ends it" {
	cp "$BATS_TEST_DIRNAME/../.ci/run" "$checkout/.ci/run"
	printf '%s\n' form: '	@! read -r _' check: "	@read -r _ && echo 'there is input' || :" "	@echo CI is \$\$CI" "	@echo '1 passed, 2 failed, 0 skipped'" '	@exit 1' >"$checkout/Makefile"
	cd /
	run bash "$checkout/.ci/run" <<<'some input'
	[ "$status" != 0 ] || fail 'make failed, it did not'
	[ "${lines[-1]}" = '1 passed, 2 failed, 0 skipped' ] || fail 'not the closing line'
	says 'CI is true'
	[[ $output != *'there is input'* ]] || fail 'make can read its input'
	sed -i -e 's/1 passed, 2 failed/3 passed, 0 failed/' -e '/exit 1/d' "$checkout/Makefile"
	run bash "$checkout/.ci/run"
	exits 0
	closes '3 passed, 0 failed, 0 skipped'
	sed -i '2s/.*/	@exit 1/' "$checkout/Makefile"
	run bash "$checkout/.ci/run"
	exits 1
	closes '0 passed, 1 failed, 0 skipped'
}

@test "a file with hosts is run for each that is not in parentheses, or for those that were asked for" {
	bats_file on_hosts <<-'EOF'
		# hosts: one-v1 (one-v2) two-v2
		test: it knows where it is
		[[ $NH_HOST == ???-v[12] ]]
		end
	EOF
	run_tests
	says 'tests/on_hosts.bats@one-v1: 1 of 1 passed'
	says 'tests/on_hosts.bats@two-v2: 1 of 1 passed'
	closes '2 passed, 0 failed, 0 skipped'
	NH_HOSTS='two-v2 three-v1' run_tests
	closes '1 passed, 0 failed, 0 skipped'
	run_tests "$checkout/tests/on_hosts.bats@one-v1"
	closes '1 passed, 0 failed, 0 skipped'
	NH_HOSTS=one-v2 run_tests
	closes '1 passed, 0 failed, 0 skipped'
	NH_HOSTS=every run_tests
	closes '3 passed, 0 failed, 0 skipped'
}

@test "a file with kernels is run for each of them, and any file for one that is named" {
	printf '%s\n' '# kernels: today pidfd' 'test: it knows its kernel, and no host' \
		"[[ \$NH_KERNEL == @(today|pidfd|all) && -z \${NH_HOST-} ]]" end | bats_file on_kernels
	sed '/^# kernels/d' "$checkout/tests/on_kernels.bats" >"$checkout/tests/on_this.bats"
	run_tests "$checkout/tests/on_kernels.bats" "$checkout/tests/on_this.bats@all"
	says 'tests/on_kernels.bats@pidfd: 1 of 1 passed'
	closes '3 passed, 0 failed, 0 skipped'
	NH_KERNELS=today run_tests "$checkout/tests/on_kernels.bats"
	closes '1 passed, 0 failed, 0 skipped'
}
