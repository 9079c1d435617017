#!/usr/bin/env bats
# Only one run at a time for an nginx, whatever name is given for it; but runs for two nginx do not block each other.
#
# kernels: today all

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
}

teardown() {
	[[ -z ${holding:-} ]] || kill -KILL "$holding" 2>/dev/null || :
	rm -f $PREFIX/go
	umount /run/bound 2>/dev/null || :
	common_teardown
}

# An upgrade that stops in the middle of a handover.
hold() {
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 1min "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	holding=$!
	wait_until 20 grep -q 'both\|shifted' "$BATS_TEST_TMPDIR/out"
}

# That upgrade is undone.
end_hold() {
	kill -TERM "$holding"
	wait "$holding" || :
	unset holding
}

# refused VERB OPTION...: refused because of the run with the lock, before any check.
refused() {
	handover "$@"
	assert_status 152
	assert_output 'another run is at work on this nginx: upgrade (pid'
}

@test "a link, doubled slashes, a bind mount of the folder: each the same nginx" {
	start_nginx
	ln -s $PREFIX/logs /run/by-link
	mkdir -p /run/bound
	mount --bind $PREFIX/logs /run/bound
	hold
	refused upgrade
	refused upgrade --pid-file /run/by-link/nginx.pid
	refused upgrade --pid-file $PREFIX//logs///nginx.pid
	refused upgrade --pid-file $PREFIX/conf/../logs/nginx.pid
	refused upgrade --pid-file /run/bound/nginx.pid
	cd $PREFIX
	refused upgrade --pid-file logs/nginx.pid
	refused reload --pid-file /run/bound/nginx.pid
	refused configtest --pid-file /run/by-link/nginx.pid
	handover status --pid-file /run/bound/nginx.pid
	assert_status 0
	assert_output "another run, upgrade (pid $holding), is at work on it"
	refute_output 'finish'
	end_hold
	handover configtest --pid-file /run/bound/nginx.pid
	assert_status 0
}

@test "/var/run is /run" {
	[[ -L /var/run ]] || skip 'cannot exist here: /var/run is a folder of its own'
	PID_FILE=/run/nginx.pid
	write_conf 2 "pid $PID_FILE;"
	start_nginx
	hold --pid-file $PID_FILE
	refused upgrade --pid-file /var/run/nginx.pid
	end_hold
	hold --pid-file /var/run/nginx.pid
	refused upgrade --pid-file $PID_FILE
	end_hold
}

@test "another pid file of the same master: of the old one and of the new one" {
	start_nginx
	cp $PID_FILE /run/old.pid
	hold
	master >/run/new.pid
	! cmp /run/old.pid /run/new.pid || fail 'there is no new master'
	refused upgrade --pid-file /run/old.pid
	refused upgrade --pid-file /run/new.pid
	end_hold
}

@test "the same configuration by another name, where it is said" {
	start_nginx
	ln -s nginx.conf $PREFIX/conf/also.conf
	hold --conf $PREFIX/conf/nginx.conf
	refused configtest --nginx $TARGET --pid-file /run/none.pid --conf $PREFIX/conf/also.conf
	cp $PREFIX/conf/nginx.conf $PREFIX/conf/copy.conf
	handover configtest --nginx $TARGET --pid-file /run/none.pid --conf $PREFIX/conf/copy.conf
	assert_status 0
	end_hold
}

# A script in place of nginx, which waits in a configuration test until somebody writes to PREFIX/go.
install_slow_test() {
	mv $TARGET $TARGET.real
	mkfifo $PREFIX/go
	cat >$TARGET <<-SCRIPT
		#!/bin/sh
		case " \$* " in *' -'[tT]' '*) : >$PREFIX/testing; read x <$PREFIX/go ;; esac
		exec $TARGET.real "\$@"
	SCRIPT
	chmod 755 $TARGET
}

@test "before a master runs, and before there is a folder for its pid file" {
	local folder=/run/not/yet
	ln -s $folder /run/later
	write_conf 2 "pid $folder/nginx.pid;"
	install_slow_test
	"$HANDOVER" start --nginx $TARGET --pid-file /run/later/nginx.pid >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	holding=$!
	wait_until 10 test -e $PREFIX/testing
	handover start --nginx $TARGET --pid-file $folder//nginx.pid
	assert_status 152
	assert_output 'start (pid'
	mkdir -p $folder
	handover start --nginx $TARGET --pid-file $folder/nginx.pid
	assert_status 152
	echo >$PREFIX/go
	wait $holding
	unset holding
	alive "$(cat $folder/nginx.pid)"
}

# The process waits in flock(2) (of x86-64 or arm64), or has ended.
waits_or_has_ended() { ! alive "$1" || grep -qE '^(73|32) ' "/proc/$1/syscall"; }

@test "systemd calls a service started before the start has ended: a command right then waits for that end" {
	install_slow_test
	"$HANDOVER" start --nginx $TARGET >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	holding=$!
	wait_until 10 test -e $PREFIX/testing
	"$HANDOVER" reload --pid-file $PID_FILE >"$BATS_TEST_TMPDIR/next" 2>&1 3>&- &
	next=$!
	wait_until 10 waits_or_has_ended $next
	echo >$PREFIX/go
	wait $holding
	unset holding
	wait $next || fail "$? $(cat "$BATS_TEST_TMPDIR/next")"
}

@test "two nginx with the same binary and folder do not block each other" {
	start_nginx
	sed "s/:$PORT/:8081/; s/nginx.sock/second.sock/; 1i pid $PREFIX/logs/second.pid;" $PREFIX/conf/nginx.conf \
		>$PREFIX/conf/second.conf
	"$TARGET" -c $PREFIX/conf/second.conf 3>&-
	wait_until 10 master_ready $PREFIX/logs/second.pid
	hold --pid-file $PID_FILE
	handover reopen --pid-file $PREFIX/logs/second.pid
	assert_status 0
	handover stop --pid-file $PREFIX/logs/second.pid
	assert_status 0
	refute_output 'another run'
	alive "$holding"
	end_hold
	answers 1.18.0
}

@test "a killed run blocks no other, and leaves nothing behind" {
	start_nginx
	hold
	kill -KILL "$holding"
	wait "$holding" || :
	unset holding
	handover status
	assert_output 'no run of nginx-handover is at work on it'
	handover rollback
	assert_status 0
	for _ in {1..5}; do
		handover configtest
		assert_status 0
	done
	# except for a few traces of undone runs
	assert_equal "$(ls --ignore='trace-*' /run/nginx-handover)" lock
}

ended() { [[ -e $PID_FILE ]] && ! [[ -e $PID_FILE.oldbin ]] && [[ $(cat $PID_FILE) != "$1" ]]; }

@test "an ended handover is still being recorded, on a slow disk: the next command waits for that" {
	local old
	start_nginx
	old=$(cat $PID_FILE)
	new_binary 1.22.1
	strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:delay_exit=300000 \
		"$HANDOVER" upgrade --binary "$NEW" --settle 10ms >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	holding=$!
	wait_until 20 ended "$old"
	wait_until 20 gone "$old"
	handover reload --pid-file $PID_FILE
	assert_status 0
	wait $holding || fail "$? $(cat "$BATS_TEST_TMPDIR/out")"
	unset holding
}
