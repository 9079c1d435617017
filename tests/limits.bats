#!/usr/bin/env bats
# shellcheck disable=SC2016 # what stands in quotes is expanded by the shell inside
# Behaviour and messages at a limit: open files, processes, sizes.

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	new_binary 1.22.1
}

teardown() { common_teardown; }

# limited LIMIT COMMAND...: with this limit of open files, which even root cannot raise.
limited() {
	run_shown bash -c 'exec 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n "$0"; exec setpriv --bounding-set=-sys_resource -- "$@"' "$@"
}

@test "too few open files: each command says so, or works" {
	local limit command
	start_nginx
	old=$(master)
	for limit in 8 12 15 16 18 20 22 24 30 33; do
		for command in status reload configtest reopen rollback "upgrade --binary $NEW" stop; do
			# shellcheck disable=SC2086 # words on purpose
			limited $limit "$HANDOVER" $command
			[[ $command != rollback || $output != *'no backup'* ]] || status=0
			if ((status)); then
				assert_status 1
				assert_output "only $limit files may be open here at once"
				assert_output 'ulimit -n 1024'
			else
				refute_output 'oo many open files'
			fi
			[[ $command != status || $status != 0 ]] || assert_output "master $old, nginx 1.18.0"
			[[ $command == stop ]] || assert_equal "$(master)" "$old"
			if [[ $command == stop && $status == 0 ]]; then
				no_nginx || fail "stopped, and $(nginx_processes)"
				start_nginx
				old=$(master)
			fi
		done
	done
	limited 1024 "$HANDOVER" status
	assert_status 0
}

@test "just enough open files: an upgrade works completely" {
	start_nginx
	limited 38 "$HANDOVER" upgrade --binary "$NEW"
	assert_status 0
	assert_output 'upgrading nginx 1.18.0 to 1.22.1'
	answers 1.22.1
	limited 38 "$HANDOVER" rollback
	assert_status 0
	answers 1.18.0
	limited 22 "$HANDOVER" status
	assert_status 0
}

@test "a soft limit is raised, and nginx never sees that" {
	bash -c 'ulimit -Sn 20; exec "$0" start --nginx "$1"' "$HANDOVER" $TARGET 3>&-
	assert_equal "$(awk '/^Max open files/ { print $4 }' "/proc/$(master)/limits")" 20 'the soft limit of nginx'
	run_shown bash -c 'ulimit -Sn 20; exec "$0" upgrade --binary "$1"' "$HANDOVER" "$NEW"
	assert_status 0
	answers 1.22.1
	assert_equal "$(awk '/^Max open files/ { print $4 }' "/proc/$(master)/limits")" 20 'the soft limit of nginx'
}

@test "if a second process cannot be created, no test of the configuration is left running" {
	[[ $HANDOVER != *build-dev* ]] || skip 'cannot exist here: the sanitizers must be loaded first'
	start_nginx
	mkfifo $PREFIX/conf/never
	sed -i '1i include never;' "$CONF_FILE"
	run_shown env FORKS=1 LD_PRELOAD="$TOP/build/tests/no_fork.so" "$HANDOVER" upgrade --pid-file $PID_FILE --binary "$NEW"
	assert_status 1
	assert_output 'no process can be started'
	[[ -z $(pgrep -f 'nginx -T') ]] || fail "still there: $(pgrep -fa 'nginx -T')"
	answers 1.18.0
}

@test "a file system that has no size is not full" {
	umount $PREFIX
	mount -t ramfs -o mode=755 ramfs $PREFIX
	mkdir -p $PREFIX/sbin $PREFIX/conf $PREFIX/logs $PREFIX/html
	echo 'it works' >$PREFIX/html/index.html
	write_conf 2
	install_old 1.18.0
	start_nginx
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
	handover rollback
	assert_status 0
	answers 1.18.0
}

@test "a limit of file sizes is named, with what raises it" {
	start_nginx
	run_shown bash -c 'ulimit -f 100; exec "$0" upgrade --binary "$1"' "$HANDOVER" "$NEW"
	assert_status 154
	assert_output 'File too large'
	assert_output 'ulimit -f unlimited'
	run_shown bash -c 'ulimit -f 0; exec "$0" upgrade --binary "$1"' "$HANDOVER" "$NEW"
	assert_status 1
	assert_output 'ulimit -f unlimited'
	answers 1.18.0
	cmp $TARGET "$(built 1.18.0)"
}

# nginx with all its files in a folder that exists only in its mount namespace.
start_hidden() {
	HIDDEN=/usr/local/src/hidden
	mkdir $HIDDEN
	unshare --mount --propagation private bash -c "
		mount -t tmpfs tmpfs $HIDDEN
		mkdir $HIDDEN/sbin $HIDDEN/logs
		cp $TARGET $HIDDEN/sbin/nginx
		{
			echo 'pid $HIDDEN/logs/nginx.pid;'
			cat $CONF_FILE
		} >$HIDDEN/nginx.conf
		exec $HIDDEN/sbin/nginx -c $HIDDEN/nginx.conf" 3>&-
	hidden_master
	wait_until 10 test -s "/proc/$hidden/root$HIDDEN/logs/nginx.pid"
}

hidden_master() { hidden=$(pgrep -o nginx); }

# shown EXIT-CODES COMMAND...: it exits with one of these codes, and prints no path of a descriptor.
shown() {
	local codes=$1
	shift
	handover "$@" --nginx $HIDDEN/sbin/nginx
	[[ " $codes " == *" $status "* ]] || fail "exit code $status"
	[[ $output != *'/proc/self/'* && ! $output =~ /proc/[0-9]+/fd ]] || fail "a path of ours is shown: $output"
}

@test "a binary that only its master's namespace has: upgraded by its name, and no path by a descriptor is shown" {
	start_hidden
	shown 0 status --json
	shown 154 rollback
	shown 154 rollback --json
	shown 0 upgrade --binary "$NEW" --dry-run
	shown 0 upgrade --binary "$NEW"
	answers 1.22.1
	hidden_master
	shown 0 status
	shown 0 reload
	shown 0 rollback -v
	answers 1.18.0
	hidden_master
	chmod 777 "/proc/$hidden/root$HIDDEN/sbin"
	shown 154 upgrade --binary "$NEW"
	shown 154 upgrade --binary "$NEW" --json
	chmod 755 "/proc/$hidden/root$HIDDEN/sbin"
	mv "/proc/$hidden/root$HIDDEN/sbin" "/proc/$hidden/root$HIDDEN/gone"
	shown '1 154 5 7' upgrade --binary "$NEW"
	mv "/proc/$hidden/root$HIDDEN/gone" "/proc/$hidden/root$HIDDEN/sbin"
	chmod 666 "/proc/$hidden/root$HIDDEN/logs/nginx.pid"
	shown 154 upgrade --binary "$NEW"
}

@test "killed runs leave at most one file each, and the next run removes it" {
	start_nginx
	for _ in 1 2 3; do
		"$HANDOVER" upgrade --binary "$NEW" --settle 60 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		local helper=$!
		wait_until 10 test -e $PID_FILE.oldbin || fail "$(cat "$BATS_TEST_TMPDIR/out")"
		wait_until 10 master_ready
		kill -KILL $helper
		wait $helper || :
		handover rollback
		assert_status 0
		assert_equal "$(ls /run/nginx-handover)" lock 'what is left'
	done
}
