#!/usr/bin/env bats
# old-kernel itself: it refuses the right system calls, and has no other effect on the command.

load ../lib/common

OLD=$TOP/build/tests/old-kernel

teardown() {
	[[ -z ${left-} ]] || kill -KILL "$left" 2>/dev/null || :
}

@test "nothing is refused unless it is named" {
	run_shown "$OLD" --prove
	assert_status 0
	refute_output 'refused'
	[[ $(grep -c answered <<<"$output") -gt 25 ]]
}

@test "each refusal is proven, alone and with all others" {
	local what
	for what in pidfd inotify signalfd children new all 'pidfd children'; do
		# shellcheck disable=SC2086 # two words
		run_shown "$OLD" --prove $what
		assert_status 0
		assert_output 'refused'
		assert_output 'answered'
	done
}

@test "what is started under it is under it" {
	run_shown "$OLD" children -- bash -c 'bash -c "cat /proc/\$\$/task/\$\$/children; :"; :'
	assert_output 'No such file or directory'
	run_shown bash -c 'cat /proc/$$/task/$$/children'
	assert_status 0
}

@test "the exit code is the command's" {
	local code
	for code in 0 1 99 127; do
		run_shown "$OLD" all -- bash -c "exit $code"
		assert_status $code
	done
	run_shown "$OLD" all -- /no/such/command
	assert_status 127
	run_shown "$OLD" all -- /etc/passwd
	assert_status 126
}

@test "without a command, or with a wrong word, it is 2" {
	local bad
	for bad in '' all 'all --' '-- true' 'pidfdd -- true' '--prove none' '--prove all -- true'; do
		# shellcheck disable=SC2086 # words
		run_shown "$OLD" $bad
		assert_status 2
	done
}

# Programs that look at themselves alone: a shell would have pipes open, and signals blocked, now and then.
@test "pid, group, session, terminal, signals, capabilities and descriptors are as without" {
	requires_root # else it gives up new privileges
	same_as_without cut -d' ' -f1,4-8 /proc/self/stat
	same_as_without grep -E '^(Sig(Blk|Ign|Cgt)|Cap.*|Groups|NoNewPrivs):' /proc/self/status
	same_as_without find /proc/self/fd -type l -printf '%f %l\n'
	same_as_without readlink /proc/self/cwd
}

# Its process id is the one that the shell has started, so it is not compared.
same_as_without() {
	local with without
	exec {out}< <(exec "$@")
	without=$(seen $!)
	exec {out}<&-
	exec {out}< <(exec "$OLD" all -- "$@")
	with=$(seen $!)
	exec {out}<&-
	[[ -n $with ]] || fail "nothing from $*"
	assert_equal "$with" "$without" "what $* prints"
}

seen() { sed -E "s/^$1 /PID /; s/(pipe):\[[0-9]+\]/\1/; s|/proc/$1/|/proc/PID/|" <&"$out"; }

@test "TERM, INT and KILL end the command" {
	local signal rc
	for signal in TERM:143 INT:130 KILL:137; do
		exec {up}< <(exec env --default-signal "$OLD" all -- bash -c 'echo up; exec tail -f /dev/null')
		left=$!
		read -rt 20 -u "$up" _
		kill "-${signal%:*}" "$left"
		rc=0
		wait "$left" || rc=$?
		exec {up}<&-
		assert_equal "$rc" "${signal#*:}" 'the exit code'
	done
}

# It is the only other process with that name.
@test "the process that answers ends with the last one, and holds none of our descriptors until then" {
	# this would wait for a descriptor that is held
	left=$(timeout 20 "$OLD" all -- bash -c 'tail -f /dev/null >/dev/null 2>&1 3>&- & echo $!')
	alive "$left"
	answers_for_it
	kill -KILL "$left"
	wait_until 10 nobody_answers
}

answers_for_it() { grep -qs "^$OLD" /proc/[0-9]*/cmdline; }
nobody_answers() { ! answers_for_it; }
