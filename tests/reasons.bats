#!/usr/bin/env bats
# The stated reason is the real one, and following the advice helps: the tests follow each piece of advice.

load lib/common
load lib/reasons

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	new_binary 1.22.1
}

teardown() {
	[[ -z ${other:-} ]] || kill -KILL "$other" 2>/dev/null || :
	common_teardown
	[[ -z ${bound:-} ]] || umount -l "$bound" 2>/dev/null || :
}

as_nobody() { run_shown setpriv --reuid 65534 --regid 65534 --clear-groups "$HANDOVER" "$@"; }

# --- which line -----------------------------------------------------------------------------------

# The compiled-in log cannot be opened: each start says so, without further effect.
useless_alert() {
	mkdir $ERROR_LOG
	write_conf 2 "error_log $PREFIX/logs/other.log notice; ${1:-}"
}

@test "the file system of the pid file is full: nginx's [crit], not the [alert] of each start" {
	bound=$PREFIX/full
	mkdir $bound
	mount -t tmpfs -o size=64k tmpfs $bound
	useless_alert "pid $bound/nginx.pid;"
	$TARGET 3>&- 2>/dev/null
	wait_until 10 master_ready $bound/nginx.pid
	head -c 1M /dev/zero >$bound/filler || :
	upgrade --pid-file $bound/nginx.pid
	assert_status 150
	assert_output 'No space left on device'
	refute_output 'could not open error log file'
	rm $bound/filler
	upgrade --pid-file $bound/nginx.pid
	assert_status 0
	$HANDOVER stop -q --pid-file $bound/nginx.pid
}

@test "an [alert] of each start is no reason where the new master says nothing" {
	useless_alert
	start_old
	launcher wait-start=60000
	upgrade --start-timeout 500ms
	assert_status 150
	refute_output 'could not open error log file'
	refute_output 'exited on signal 9' # which was ours
	assert_output 'says nothing about it'
}

# Writes lines of another running nginx to the log as soon as the new master starts.
other_writes() {
	tail -f /dev/null 3>&- &
	other=$!
	{
		wait_until 20 test -e $PID_FILE.oldbin
		echo "2026/01/01 00:00:00 [emerg] $other#$other: bind() to 192.0.2.1:80 failed (99: elsewhere)"
		echo "2026/01/01 00:00:00 [crit] $other#$other: *7 SSL_do_handshake() failed"
	} >>$ERROR_LOG 3>&- &
}

@test "a line of another nginx in the same log is no reason" {
	start_old
	launcher wait-start=60000
	other_writes
	upgrade --start-timeout 1500ms
	assert_status 150
	refute_output elsewhere
	refute_output SSL_do_handshake
}

@test "the new master's [emerg] counts before another nginx's that came first" {
	start_old
	other_writes
	exec {taken}< <(exec "$TOP/build/tests/occupy" 127.0.0.1 8081)
	read -ru "$taken" _
	sed -i 's/listen 127.0.0.1:8080;/&\nlisten 127.0.0.1:8081;/' $PREFIX/conf/nginx.conf
	upgrade
	assert_status 150
	assert_output 'bind() to 127.0.0.1:8081 failed'
	refute_output elsewhere
	exec {taken}<&-
	upgrade
	assert_status 0
}

@test "a line from before, of the tests, too, is no reason" {
	start_old
	echo "2026/01/01 00:00:00 [emerg] 1#1: bind() failed (99: long ago)" >>$ERROR_LOG
	launcher wait-start=60000
	upgrade --start-timeout 500ms
	assert_status 150
	refute_output 'long ago'
}

# --- whose fault a refusal is -----------------------------------------------------------------------

@test "just the configuration is wrong: it is not the new binary's fault, and to correct it helps" {
	start_old
	sed -i '1i no_such_directive on;' $PREFIX/conf/nginx.conf
	upgrade
	assert_status 6
	assert_output 'the configuration is wrong'
	assert_output 'no_such_directive'
	refute_output 'build '
	serves_as_before
	sed -i 1d $PREFIX/conf/nginx.conf
	handover configtest
	assert_status 0
	upgrade
	assert_status 0
}

@test "the new build lacks what the configuration needs: that is said, and such a build helps" {
	install_old 1.22.1 options
	write_conf 2 '' 'location /status { stub_status; }'
	start_old
	upgrade
	assert_status 6
	assert_output 'which the one that runs accepts'
	assert_output 'stub_status'
	new_binary 1.22.1 options
	upgrade
	assert_status 0
}

@test "an option that an older build does not know: a restart without it helps, as advised" {
	install_old 1.22.1
	new_binary 1.18.0
	start_old -e $PREFIX/logs/boot.log
	upgrade
	assert_status 6
	assert_output 'restart nginx once without that option'
	handover stop
	handover start --nginx $TARGET
	assert_status 0
	upgrade
	assert_status 0
	answers 1.18.0
}

@test "a pass phrase on a named pipe: the pipe is named, not libraries, and to write to it helps" {
	start_old
	encrypted_key
	mkfifo $PREFIX/pass
	upgrade --test-timeout 500ms
	assert_status 154
	assert_output "waits for the named pipe $PREFIX/pass"
	refute_output 'libraries'
	handover configtest --test-timeout 500ms
	assert_status 1
	assert_output "waits for the named pipe $PREFIX/pass"
	handover reload --test-timeout 500ms
	assert_status 154
	assert_output "waits for the named pipe $PREFIX/pass"
	serves_as_before
	upgrade_with_phrase 1
	assert_status 150
	assert_output "named pipe $PREFIX/pass, once more"
	upgrade_with_phrase 9
	assert_status 0
}

# While somebody writes it to the pipe that many times, as advised.
upgrade_with_phrase() {
	for ((i = 0; i < $1; i++)); do
		cat $PREFIX/secret >$PREFIX/pass
		pause 0.3
	done >/dev/null 2>&1 3>&- &
	other=$!
	upgrade --start-timeout 2
	# It may wait, as another process, until somebody opens the pipe for reading.
	kill -STOP $other 2>/dev/null || return 0
	pkill -KILL -P $other || :
	kill -KILL $other
	wait $other 2>/dev/null || :
}

# The configuration gets a server with a key that needs the pass phrase in $PREFIX/pass.
encrypted_key() {
	echo secret >$PREFIX/secret
	openssl req -x509 -newkey rsa:2048 -keyout $PREFIX/key -out $PREFIX/cert -days 30 -passout pass:secret -subj /CN=x 2>/dev/null
	sed -i "s,^.*listen 127.*,ssl_certificate $PREFIX/cert; ssl_certificate_key $PREFIX/key; ssl_password_file $PREFIX/pass;\n&\nlisten 127.0.0.1:8443 ssl;," \
		$PREFIX/conf/nginx.conf
}

@test "the binary in its place is on a file system without execution: said, by --dry-run, too, and to allow it helps" {
	start_old
	cp "$NEW" $TARGET.new
	mv $TARGET.new $TARGET
	bound=$PREFIX/sbin
	mount --bind $bound $bound
	mount -o remount,bind,noexec $bound
	for option in --dry-run --start-timeout=10; do
		handover upgrade $option
		assert_status 154
		assert_output 'noexec'
		refute_output 'libraries'
	done
	handover upgrade --binary "$NEW"
	assert_status 154
	assert_output 'noexec'
	mount -o remount,bind,exec $bound
	handover upgrade --settle 10ms
	assert_status 0
}

@test "a missing library, and a file for another machine, are told apart" {
	start_old
	broken_binary missing-library
	upgrade
	assert_status 154
	assert_output "ldd $NEW"
	broken_binary wrong-arch
	upgrade
	assert_status 154
	assert_output "file $NEW"
	serves_as_before
}

@test "a title that was cut for want of an environment: refused, and the start that is advised helps" {
	cp $PREFIX/conf/nginx.conf $PREFIX/conf/of-a-long-name.conf
	env -i $TARGET -c $PREFIX/conf/of-a-long-name.conf 3>&-
	wait_until 10 master_ready
	old=$(master)
	upgrade
	assert_status 154
	assert_output 'does not show all its arguments'
	handover configtest
	assert_status 154
	handover reload # which nginx tests itself
	assert_status 0
	serves_as_before
	handover stop
	handover start --nginx $TARGET --conf $PREFIX/conf/of-a-long-name.conf
	assert_status 0
	upgrade
	assert_status 0
}

@test "a title that just fits is not cut" {
	env -i A=123456789012345678901 "$TARGET" -c $PREFIX/conf/nginx.conf 3>&-
	wait_until 10 master_ready
	upgrade
	assert_status 0
}

# --- what nginx warns of, and who asks ----------------------------------------------------------------

@test "nginx's warnings are passed on by configtest, reload, upgrade and its --dry-run, and not without end" {
	local i
	for i in {8..1}; do
		sed -i "s,^http {,&\nserver { listen 127.0.0.1:$PORT; server_name name$i; }\nserver { listen 127.0.0.1:$PORT; server_name name$i; }," \
			$PREFIX/conf/nginx.conf
	done
	start_old
	for i in configtest reload "upgrade --dry-run --binary $NEW"; do
		# shellcheck disable=SC2086
		handover $i
		assert_status 0
		assert_output '[warn] conflicting server name "name1"'
		assert_output '3 more'
	done
	upgrade -q
	assert_status 0
	assert_output '[warn] conflicting server name "name1"'
}

@test "another user than root who may not read, or write, what nginx needs: 4, and root is advised" {
	local what
	chmod 600 $PREFIX/conf/nginx.conf
	for what in configtest start; do
		as_nobody $what --pid-file $PID_FILE --nginx $TARGET
		assert_status 4
		assert_output 'Permission denied'
		assert_output 'run this as root'
	done
	chmod 644 $PREFIX/conf/nginx.conf
	for what in configtest start; do
		as_nobody $what --pid-file $PID_FILE --nginx $TARGET
		assert_status 4
	done
	chmod 700 $TARGET
	for what in configtest start; do
		as_nobody $what --pid-file $PID_FILE --nginx $TARGET
		assert_status 4
		assert_output 'may not execute'
	done
	chmod 755 $TARGET
	sed -i '1i no_such_directive on;' $PREFIX/conf/nginx.conf
	as_nobody configtest --pid-file $PID_FILE --nginx $TARGET
	assert_status 6
	sed -i 1d $PREFIX/conf/nginx.conf
	handover start --nginx $TARGET
	assert_status 0
}
