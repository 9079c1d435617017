#!/usr/bin/env bats
# A master that serves nobody and cannot be upgraded either: rollback says what a restart would do and cost, and does
# it if told to.

load lib/common

setup_file() {
	"$BATS_TEST_DIRNAME/lib/build-nginx" 1.22.1 fault
}

setup() {
	requires_root
	fresh_prefix
	write_conf 2
}

teardown() {
	[[ -z ${taker:-} ]] || kill "$taker" 2>/dev/null || :
	common_teardown
}

# The good binary served. Then somebody replaced it by hand with a bad one, stopped nginx, and started it as
# "nginx", found by PATH. It behaves as if started by an upgrade, and so shows its fault: NGINX is set, and it stays in
# the foreground.
crash_loop() {
	put_in "$@"
	(cd / && NGINX='' PATH=$PREFIX/sbin:$PATH setsid nginx >/dev/null 2>&1 3>&- &)
	wait_until 10 test -s $PID_FILE
	wait_until 10 crashing
	old=$(master)
}

put_in() {
	broken_binary "${1:-worker-crash-at-start}"
	install_old "${2:-1.18.0}" ${3:+"$3"}
	ln $TARGET $TARGET.1.18.0
	cp "$NEW" $TARGET.new && mv $TARGET.new $TARGET
}

crashing() {
	grep -q 'exited on signal' $ERROR_LOG
}

untouched() {
	assert_equal "$(master)" "$old" 'the master'
	alive "$old"
	cmp "$NEW" $TARGET
	cmp "$(built 1.18.0)" $TARGET.1.18.0
	assert_equal "$(cd $PREFIX/sbin && echo *)" 'nginx nginx.1.18.0' 'what stands beside the binary'
}

@test "started without a path, workers crash: rollback says that a restart would do it, and that does it" {
	crash_loop
	handover rollback
	assert_status 154
	assert_output 'without a path'
	assert_output "a restart would do it: \"nginx-handover rollback --restart\" puts nginx 1.18.0 ($TARGET.1.18.0) at $TARGET"
	assert_output 'nobody is served now'
	untouched
	handover rollback --restart
	assert_status 0
	assert_output "so nginx is restarted, as --restart says: nginx 1.18.0 is put at $TARGET"
	assert_output 'nobody is served now'
	assert_output 'nginx runs: master'
	assert_output 'rolled back by a restart: nginx 1.18.0 serves'
	gone "$old"
	answers 1.18.0
	assert_equal "$(count_workers "$(master)")" 2 'the workers'
	cmp "$NEW" $TARGET.1.22.1
	handover history
	assert_output ' -> 1.18.0, restarted in '
	# from now on it can be upgraded
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	answers 1.22.1
}

@test "--dry-run says it, with --restart and without, and does nothing" {
	crash_loop
	handover rollback --restart --dry-run
	assert_status 0
	assert_output "nothing stands in the way of a restart: nginx 1.18.0 ($TARGET.1.18.0) would be put at $TARGET"
	assert_output 'nobody is served now'
	untouched
	handover rollback --dry-run
	assert_status 154
	assert_output 'a restart would do it'
	untouched
}

@test "ROLLBACK_RESTARTS=yes in the settings does it without being asked; the option no wins" {
	crash_loop
	echo ROLLBACK_RESTARTS=yes >"$BATS_TEST_TMPDIR/settings"
	handover rollback --settings "$BATS_TEST_TMPDIR/settings" --rollback-restarts no
	assert_status 154
	untouched
	handover rollback --settings "$BATS_TEST_TMPDIR/settings"
	assert_status 0
	assert_output 'as ROLLBACK_RESTARTS=yes says'
	answers 1.18.0
}

@test "the arguments of the master come back: -c, -p, -g" {
	mkdir -p $PREFIX/elsewhere/{conf,logs}
	mv $PREFIX/conf/nginx.conf $PREFIX/elsewhere/conf/my.conf
	put_in
	(cd $PREFIX && NGINX='' PATH=$PREFIX/sbin:$PATH setsid nginx -p elsewhere -c conf/my.conf \
		-g "pid $PID_FILE; worker_priority 1;" >/dev/null 2>&1 3>&- &)
	wait_until 10 test -s $PID_FILE
	wait_until 10 grep -q 'exited on signal' $PREFIX/elsewhere/logs/error.log
	cd /
	handover rollback --restart --pid-file $PID_FILE
	assert_status 0
	answers 1.18.0
	title=$(title_of "$(master)")
	[[ $title == "nginx: master process $TARGET -c conf/my.conf -p $PREFIX/elsewhere -g pid $PID_FILE; worker_priority 1;" ]] ||
		fail "$title"
}

@test "a backup that refuses the configuration: nothing is advised, nothing is stopped, the path is as it was" {
	crash_loop
	write_conf 2 'no_such_directive on;'
	handover rollback
	assert_status 154
	refute_output 'a restart would do it'
	assert_output 'a restart would not help'
	assert_output 'no_such_directive'
	untouched
	handover rollback --restart
	assert_status 6
	assert_output 'nothing was stopped'
	assert_output 'no_such_directive'
	untouched
}

@test "--to names the build, in the advice too" {
	crash_loop
	cp "$(built 1.26.3)" $TARGET.1.26.3
	handover rollback --to 1.26.3
	assert_status 154
	assert_output '"nginx-handover rollback --restart --to 1.26.3" puts nginx 1.26.3'
	handover rollback --restart --to 1.26.3
	assert_status 0
	answers 1.26.3
	cmp "$(built 1.18.0)" $TARGET.1.18.0
}

@test "called by an init script: what is done is shown before it is done, each step with its mark" {
	crash_loop
	: >"$BATS_TEST_TMPDIR/settings"
	handover rollback --restart --service nginx --init sysv --settings "$BATS_TEST_TMPDIR/settings" --pid-file $PID_FILE
	assert_status 0
	answers 1.18.0
	[[ $output =~ 'Rolling back nginx'.*WARNING.*'so nginx is restarted'.*'Stopping nginx'.*OK.*'Starting nginx'.*OK ]] ||
		fail 'another order'
}

@test "a second rollback goes one step further back, not to the bad build again" {
	install_old 1.26.3
	handover start --nginx $TARGET
	cp "$(built 1.18.0)" $TARGET.new && mv $TARGET.new $TARGET
	handover upgrade --settle 10ms
	assert_status 0
	handover stop
	broken_binary worker-crash-at-start
	cp "$NEW" $TARGET.new && mv $TARGET.new $TARGET
	cp "$(built 1.18.0)" $TARGET.1.18.0
	(cd / && NGINX='' PATH=$PREFIX/sbin:$PATH setsid nginx >/dev/null 2>&1 3>&- &)
	wait_until 10 test -s $PID_FILE
	wait_until 10 crashing
	handover rollback --restart
	assert_status 0
	assert_output 'the build that served before: nginx 1.18.0'
	answers 1.18.0
	handover rollback --settle 10ms
	assert_status 0
	answers 1.26.3
}

@test "a backup that would read another configuration: nothing is advised, nothing is stopped" {
	crash_loop
	rm $TARGET.1.18.0
	cp "$(built 1.22.1 elsewhere)" $TARGET.1.18.0
	cp $TARGET.1.18.0 "$BATS_TEST_TMPDIR/backup"
	handover rollback
	assert_status 154
	assert_output 'another prefix or configuration compiled in'
	refute_output 'a restart would do it'
	handover rollback --restart
	assert_status 154
	assert_output 'another prefix or configuration compiled in'
	assert_equal "$(master)" "$old" 'the master'
	cmp "$NEW" $TARGET
	cmp "$BATS_TEST_TMPDIR/backup" $TARGET.1.18.0
}

@test "no backup: no restart" {
	crash_loop
	rm $TARGET.1.18.0
	handover rollback --restart
	assert_status 154
	assert_output 'no backup'
	alive "$old"
	cmp "$NEW" $TARGET
}

@test "the start fails: the message says so, and the state" {
	crash_loop
	# a test of the configuration does not notice this: somebody else takes the address when nginx has ended
	sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT; listen 127.0.0.1:8099;/; /unix:/d" $CONF_FILE
	exec {taken}< <(exec "$TOP/build/tests/occupy" 127.0.0.1 8099)
	taker=$!
	read -ru "$taken" _
	handover rollback --restart
	((status != 0)) || fail 'exit code 0'
	assert_output 'the rollback ended halfway: nginx is stopped; nginx 1.18.0 is at'
	no_nginx
	cmp "$(built 1.18.0)" $TARGET
	# as advised: correct that, then start
	kill "$taker"
	wait_until 5 gone "$taker"
	handover start --nginx $TARGET
	assert_status 0
	answers 1.18.0
}

@test "a master that serves and cannot be upgraded: the cost is its clients'" {
	put_in
	cp $TARGET.1.18.0 $TARGET.2 && rm $TARGET.1.18.0 && mv $TARGET.2 $TARGET.1.18.0
	new_binary 1.22.1
	cp "$NEW" $TARGET.new && mv $TARGET.new $TARGET
	PATH=$PREFIX/sbin:$PATH nginx 3>&-
	wait_until 10 master_ready
	old=$(master)
	handover rollback
	assert_status 154
	assert_output 'a restart would do it'
	assert_output 'clients lose their connections'
	untouched
	handover rollback --restart
	assert_status 0
	assert_output 'clients lose their connections'
	answers 1.18.0
}

@test "a master that can be upgraded: --restart has no effect, it is a handover" {
	install_old 1.18.0
	start_nginx
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	load_start
	handover rollback --restart
	assert_status 0
	refute_output 'restart'
	answers 1.18.0
	load_stop
}

@test "a master that did not daemonise ignores USR2: the advice is given, and helps" {
	put_in
	write_conf 2 'daemon off;'
	$TARGET 3>&- &
	wait_until 10 master_ready
	old=$(master)
	handover rollback
	assert_status 154
	assert_output 'ignores USR2'
	refute_output 'a restart would do it'
	untouched
	write_conf 2
	handover rollback
	assert_status 154
	assert_output 'did not daemonise'
	assert_output 'a restart would do it'
	untouched
	handover rollback --restart
	assert_status 0
	gone "$old"
	answers 1.18.0
}

@test "the pid file is gone: its advice, and then a handover does it" {
	local first
	put_in
	cp "$(built 1.18.0)" $TARGET.new && mv $TARGET.new $TARGET
	start_nginx
	first=$(master)
	cp "$NEW" $TARGET.new && mv $TARGET.new $TARGET
	kill -USR2 "$first"
	wait_until 10 crashing
	kill -QUIT "$first"
	wait_until 10 gone "$first"
	old=$(master)
	rm $PID_FILE
	handover rollback --restart
	assert_status 154
	[[ $output =~ 'put its pid back ('(echo [^\)]*)')' ]] || fail 'no advice'
	bash -c "${BASH_REMATCH[1]}"
	handover rollback --restart
	assert_status 0
	refute_output 'is restarted'
	answers 1.18.0
	wait_until 5 gone "$old"
}

@test "the master's binary is reached by a link into a folder for each version: the link goes back" {
	broken_binary worker-crash-at-start
	mkdir -p $PREFIX/nginx-{1.18.0,1.22.1}
	cp "$(built 1.18.0)" $PREFIX/nginx-1.18.0/nginx
	cp "$NEW" $PREFIX/nginx-1.22.1/nginx
	ln -s ../nginx-1.18.0/nginx $TARGET
	handover start --nginx $TARGET
	handover stop
	ln -sfn ../nginx-1.22.1/nginx $TARGET
	(cd / && NGINX='' PATH=$PREFIX/sbin:$PATH setsid nginx >/dev/null 2>&1 3>&- &)
	wait_until 10 test -s $PID_FILE
	wait_until 10 crashing
	handover rollback --restart
	assert_status 0
	answers 1.18.0
	assert_equal "$(readlink $TARGET)" ../nginx-1.18.0/nginx 'the link'
	cmp "$NEW" $PREFIX/nginx-1.22.1/nginx
}
