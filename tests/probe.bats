#!/usr/bin/env bats
# --probe CMD: its environment, its user, that it undoes a handover, and that no process of it is left.

# shellcheck disable=SC2016 # variables of the probe's shell

load lib/common

setup() {
	requires_root
	setup_running
	OLD=$(master)
	SEEN=$PREFIX/seen
	mkdir -m 1777 "$SEEN"
}

teardown() { common_teardown; }

upgrade() {
	handover upgrade --settle 50ms --force --drain-timeout 1s "$@"
}

# The old generation serves as before, and alone.
undone() {
	assert_status 150
	assert_equal "$(master)" "$OLD"
	wait_until 10 is_alone
	answers
}

is_alone() { [[ $(count_workers "$OLD") -eq 2 && ! -e $PREFIX/logs/nginx.pid.oldbin ]]; }

# No process has this mark in its arguments. (The mark is split, or grep would find itself.)
left() { grep -lasF "$1" /proc/[0-9]*/cmdline; }
none_left() { ! left "$1" >"$BATS_TEST_TMPDIR/left"; }

@test "a probe that passes: by nobody, beside the watch, with both masters and the addresses in its environment alone" {
	upgrade --probe $'true\nfalse'
	assert_status 2
	assert_output 'must be one line'
	STRANGE=1 upgrade --probe "id -un >$SEEN/user; pwd >$SEEN/pwd; env >$SEEN/env; ps -o tty= -p \$\$ >$SEEN/tty"
	assert_status 0
	assert_equal "$(cat "$SEEN/user")" nobody
	assert_equal "$(cat "$SEEN/pwd")" /
	assert_equal "$(tr -d ' ' <"$SEEN/tty")" '?'
	assert_equal "$(grep -c STRANGE "$SEEN/env")" 0
	grep -qx "NGINX_HANDOVER_OLD_PID=$OLD" "$SEEN/env"
	grep -qx "NGINX_HANDOVER_NEW_PID=$(master)" "$SEEN/env"
	grep -qx 'NGINX_HANDOVER_OLD_VERSION=1.18.0' "$SEEN/env"
	grep -qx 'NGINX_HANDOVER_NEW_VERSION=1.18.0' "$SEEN/env"
	grep -q "^NGINX_HANDOVER_LISTEN=.*:$PORT" "$SEEN/env"
	grep -qx 'LC_ALL=C' "$SEEN/env"
	assert_equal "$(sed 's/=.*//' "$SEEN/env" | grep -cvE '^(NGINX_HANDOVER_(OLD|NEW)_(PID|VERSION)|NGINX_HANDOVER_(LISTEN|UNIT)|PATH|LC_ALL|PWD|OLDPWD|SHLVL|_)$')" 0

	# From the environment; as root, since root is named and only root can write the program.
	NGINX_HANDOVER_PROBE="/usr/bin/id -u" NGINX_HANDOVER_PROBE_USER=root upgrade
	assert_status 0
}

@test "an undo tells for how long the new generation accepted, and how many connections were made then" {
	upgrade --probe-accept no --probe 'for i in 1 2 3 4 5; do curl -s 127.0.0.1:8080 >/dev/null; done; exit 1'
	undone
	assert_output '; for '
	assert_output 'the new generation accepted clients, and 5 TCP connections were made here in that time'
	broken_binary exits-at-once
	upgrade --binary "$NEW"
	undone
	refute_output 'accepted clients'
}

@test "a probe that fails undoes the handover, and its last lines are shown, whatever bytes they hold" {
	upgrade --probe 'i=0; while [ $i -lt 30 ]; do i=$((i + 1)); echo line $i; done; printf "\033]0;owned\007\377\000z\r\n" >&2; echo last; exit 7'
	undone
	assert_output 'the probe of the new generation failed: command: '
	assert_output 'exited with 7; it said: last'
	assert_output '| line 30'
	assert_output '| \x1b]0;owned\x07\xff?z\x0d'
	refute_output '| line 10'
	refute_output "$(printf '\033')]0"

	upgrade --probe 'kill -KILL $$'
	undone
	assert_output 'was ended by signal 9'
	upgrade --json -v --probe 'echo "\"quoted"; exit 1'
	undone
	assert_output '"event":"probe"'
	assert_output '"result":"failed"'
}

@test "a probe that takes too long, writes without end, or hides its children: it is undone, and nobody is left" {
	upgrade --probe-timeout 300ms --probe "setsid tail -f /dev/null probe-mark-1 & tail -f /dev/null probe-mark-1 & yes"
	undone
	assert_output 'has not ended within 300.0 ms'
	none_left probe-mark-1
	# A probe that passes leaves no process either.
	upgrade --probe "setsid sh -c 'tail -f /dev/null probe-mark-2' >/dev/null 2>&1 & tail -f /dev/null probe-mark-2 >/dev/null 2>&1 & exit 0"
	assert_status 0
	none_left probe-mark-2
}

@test "Ctrl-C, and KILL to the helper, while a probe runs: nothing of it is left" {
	local helper
	"$HANDOVER" upgrade --force --settle 50ms --probe "echo >$SEEN/began; exec tail -f /dev/null probe-mark-3" \
		>"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	helper=$!
	wait_until 10 test -e "$SEEN/began"
	kill -INT "$helper"
	wait "$helper" || :
	wait_until 10 is_alone
	none_left probe-mark-3
	grep -q 'SIGINT: the handover is undone' "$BATS_TEST_TMPDIR/said"

	rm "$SEEN/began"
	"$HANDOVER" upgrade --force --settle 50ms --probe "echo >$SEEN/began; tail -f /dev/null probe-mark-4; exit 1" \
		>"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	helper=$!
	wait_until 10 test -e "$SEEN/began"
	left probe-mark-4 >/dev/null
	kill -KILL "$helper"
	wait_until 10 none_left probe-mark-4

	# finish probes again: refused before anything is done, undone, or passed.
	handover finish --probe 'if'
	assert_status 154
	assert_output 'the shell does not understand it'
	handover finish --settle 50ms --probe 'exit 9'
	undone
	assert_output 'exited with 9'
}

@test "what cannot be executed is refused before any signal" {
	upgrade --probe true --probe-user no-such-user
	assert_status 2
	upgrade --probe 'case x in'
	assert_status 154
	assert_output 'the shell does not understand it'
	upgrade --probe 'echo yes' --probe-user root
	assert_status 154
	assert_output 'PROBE_USER is root, and the first word of the command is not the path of a file'
	echo 'exit 0' >"$SEEN/anybodys"
	chmod 757 "$SEEN/anybodys"
	upgrade --probe "$SEEN/anybodys now" --probe-user root
	assert_status 154
	assert_output 'may not be executed by root'
	upgrade --dry-run --probe 'if'
	assert_status 154
	assert_equal "$(master)" "$OLD"
	is_alone
	upgrade --dry-run --probe 'echo never'
	assert_status 0
	refute_output 'never$'
}

@test "an ordinary user's nginx: the probe is executed as that user, whoever calls, and as nobody else" {
	local dir=$PREFIX/daemons call
	# The folder for that user's lock, also if users cannot create folders in /tmp.
	install -d -m 700 -o 1 -g 1 /tmp/nginx-handover-1
	mkdir -p "$dir/logs" "$dir/conf" "$dir/sbin"
	cp $TARGET "$dir/sbin/nginx"
	cat >"$dir/conf/nginx.conf" <<-CONF
		worker_processes 1;
		pid $dir/logs/nginx.pid;
		error_log $dir/logs/error.log;
		events { }
		http {
			access_log off;
			client_body_temp_path $dir/logs/a; proxy_temp_path $dir/logs/b; fastcgi_temp_path $dir/logs/c;
			uwsgi_temp_path $dir/logs/d; scgi_temp_path $dir/logs/e;
			server { listen 127.0.0.1:8085; }
		}
	CONF
	chown -R 1:1 "$dir"
	as_daemon() { setpriv --reuid 1 --regid 1 --clear-groups "$@"; }
	as_daemon "$dir/sbin/nginx" -p "$dir" -c "$dir/conf/nginx.conf" 3>&- 2>/dev/null
	wait_until 10 master_ready "$dir/logs/nginx.pid"
	for call in '' as_daemon; do
		run_shown $call "$HANDOVER" upgrade --pid-file "$dir/logs/nginx.pid" --force --settle 50ms \
			--probe "grep ^Uid /proc/self/status >$SEEN/uid; setsid tail -f /dev/null probe-mark-5 & exit 0"
		assert_status 0
		assert_equal "$(xargs <"$SEEN/uid")" 'Uid: 1 1 1 1'
		rm "$SEEN/uid"
		none_left probe-mark-5
		run_shown $call "$HANDOVER" upgrade --pid-file "$dir/logs/nginx.pid" --force --probe true --probe-user root
		assert_status 154
		assert_output 'cannot execute as root'
	done
}
