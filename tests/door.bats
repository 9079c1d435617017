#!/usr/bin/env bats
# Programs are executed only through trust/door, and signals are sent only to checked processes. This is checked in
# the objects of the program, where no macro, header or function pointer can hide a call.

load lib/common

setup() {
	# shellcheck source=tests/lib/one-door.bash
	. "$BATS_TEST_DIRNAME/lib/one-door.bash"
	planted=$BATS_TEST_TMPDIR/planted
	mkdir -p "$planted"
}

# plant FILE: compiles the C code on stdin, as if it were systemd-helper/FILE.c
plant() {
	mkdir -p "$planted/$(dirname "$1")"
	cc -O2 -c -x c -o "$planted/$1.o" -
}

# found TEXT: the check of the planted object reports exactly that
found() { assert_equal "$(one_door_objects "$planted")" "$1" "what the check finds"; }

@test "no other object of the program executes programs or sends signals" {
	local objects=$TOP/build/systemd-helper
	[[ -n $(find "$objects" -name 'door*.o') && -n $(find "$objects" -name 'process.o') ]] || fail "nothing is built in $objects"
	run one_door_objects "$objects"
	assert_equal "$output" ''
	# trust/door itself makes both kinds of calls, so the check would find them.
	run bash -c "nm -u '$objects'/trust/door*.o"
	assert_output execve
	assert_output kill
}

@test "the check finds every kind of call in an object" {
	plant nginx/title <<<'#include <unistd.h>
int f(void); int f(void) { return execl("/bin/sh", "sh", (char *)0); }'
	found 'nginx/title: execl is not for this file to call'
	plant nginx/title <<<'#include <stdlib.h>
int (*f)(const char *) = system;'
	found 'nginx/title: system is not for this file to call'
	plant nginx/title <<<'#include <stdio.h>
#define harmless(x) popen(x, "r")
void *f(void); void *f(void) { return harmless("id"); }'
	found 'nginx/title: popen is not for this file to call'
	plant nginx/title <<<'#include <signal.h>
int f(int); int f(int pid) { return kill(pid, 9); }'
	found 'nginx/title: kill is not for this file to call'
	plant nginx/title <<<'#include <unistd.h>
long f(int); long f(int pid) { return syscall(62, pid, 9); }'
	found 'nginx/title: syscall is not for this file to call'
	plant nginx/title <<<'int process_signal(void *, int); int f(void *); int f(void *p) { return process_signal(p, 15); }'
	found 'nginx/title: process_signal is not for this file to call'
}

@test "the check reports no other calls" {
	plant trust/door_child <<<'#include <unistd.h>
int f(char **v); int f(char **v) { return execve("/bin/sh", v, v); }'
	plant os/process <<<'#include <signal.h>
int f(int); int f(int pid) { return kill(pid, 9); }'
	plant nginx/title <<<'int subject_signal(void *, int); int f(void *); int f(void *p) { return subject_signal(p, 15); }'
	found ''
}

@test "the same in the sources, by name and line" {
	local file=$BATS_TEST_TMPDIR/systemd-helper/core/act.c
	mkdir -p "${file%/*}"
	cat >"$file" <<-'END'
		/* kill(2), execve(2) and system(3)
		 * are named here: kill(1, 9) */
		static const char text[] = "system(\"x\"); kill(1)"; // popen(x)
		int f(struct x *s)
		{
			s->kill(1);
			s.system(2);
			subject_signal(s, 9);
			return kill (1, 9) || process_signal(s, 9);
		}
	END
	assert_equal "$(one_door_sources <<<"$file")" 'core/act:9: kill is not for this file to call
core/act:9: process_signal is not for this file to call' 'what the check finds'
}
