#!/usr/bin/env bats
# The output while old workers finish their clients: on terminals of any width, and without one.
# kernels: today

load lib/common

setup() {
	setup_running
	slow_client
	new_binary 1.22.1
}

teardown() { common_teardown; }

# on_terminal COLUMNS SECONDS [VARIABLE=VALUE...]: an upgrade on a pseudo terminal; the output is in $screen.
on_terminal() {
	screen=$BATS_TEST_TMPDIR/screen
	env TERM=xterm LANG=zh_CN.UTF-8 "${@:3}" script -fqec \
		"stty cols $1; exec '$HANDOVER' upgrade --binary $NEW --settle 100ms --drain-timeout $2" "$screen" >/dev/null 2>&1 3>&-
}

# The texts that the live line had, each once.
live_lines() {
	sed 's/\r\x1b\[K/ L\n/g' "$screen" | sed -n 's/ L$//p' | grep -a 'left$' | uniq
}

# lacks PATTERN: the output on the terminal has no such bytes
lacks() {
	[[ $(LC_ALL=C grep -ac "$1" "$screen") == 0 ]] || fail "it has $1"
}

# The live line names the connection that it waits for, and has been replaced by the next one.
tells_oldest() {
	[[ -s $screen ]] && live_lines |
		grep -q '^draining: 1 worker, 1 connection; oldest [0-9] s, from 127.0.0.1:[0-9]*; [0-9] s left$'
}

longest_live() {
	live_lines | awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }'
}

@test "the live line fits into 80 columns, and into 40 when the window gets so narrow; it counts down once" {
	local pid tty left last=99
	on_terminal 80 9 &
	upgrade=$! screen=$BATS_TEST_TMPDIR/screen
	wait_until 10 tells_oldest
	live_lines
	(($(longest_live) < 80)) || fail 'it is too long for 80 columns'
	pid=$(pgrep -f "^$HANDOVER upgrade" | head -1)
	tty=$(readlink "/proc/$pid/fd/1")
	: >"$screen"
	stty -F "$tty" cols 40
	wait "$upgrade" || :
	# script goes on writing where it was
	tr -d '\0' <"$screen" >"$screen.rest"
	screen+=.rest
	live_lines
	(($(live_lines | tail -n 2 | awk '{ if (length($0) > most) most = length($0) } END { print most }') < 40)) ||
		fail 'it is too long for 40 columns'
	# the long line, which the terminal may have wrapped, is not erased, since the lines above are not ours
	assert_equal "$(grep -ac $'\r\r$' "$screen")" 1 'how often the cursor left a line that is too long now'
	for left in $(live_lines | sed -n 's/.* \([0-9]*\) s left$/\1/p'); do
		((left <= last)) || fail "$left s left after $last s"
		last=$left
	done
	grep -aq 'What it waits for: the oldest is from 127.0.0.1:[0-9]* to port 8080, at least [1-9][0-9]* s old' "$screen"
	lacks $'[\x80-\xff]'
	exec {slow}>&-
}

@test "a dumb terminal and a pipe: no live line, no control character" {
	on_terminal 40 1 TERM=dumb || :
	lacks $'\x1b'
	lacks 's left'
	grep -aq 'What it waits for' "$screen"
	handover finish --drain-timeout 0 --drain-expired term
	assert_status 0
	assert_output '1 connection was cut'
	cp "$(built 1.26.3)" "$NEW"
	slow_client
	handover upgrade --binary "$NEW" --settle 100ms --drain-timeout 1 --json
	assert_status 151
	assert_output '"oldest_peer":"127.0.0.1:'
	refute_output $'\r'
}
