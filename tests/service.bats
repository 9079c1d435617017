#!/usr/bin/env bats
# start, status, configtest, the lock, and a master in a mount namespace of its own.
# kernels: today all

load lib/common

PRIVATE=/usr/local/src/private

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
}

teardown() {
	umount $PREFIX/sbin 2>/dev/null || :
	umount /usr/local/src/jail/proc 2>/dev/null || :
	common_teardown
}

@test "start returns when the workers accept, and is 0 when nginx runs already" {
	handover start --nginx $TARGET
	assert_status 0
	answers 1.18.0
	master_ready
	old=$(master)
	handover start --nginx $TARGET
	assert_status 0
	assert_output 'runs already'
	assert_equal "$(master)" "$old"
}

@test "what start has started can be upgraded" {
	(cd / && PATH=$PREFIX/sbin:$PATH "$HANDOVER" start --nginx $TARGET)
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
}

@test "start with a broken configuration: 6, nginx's words, nothing left over" {
	write_conf 2 'no_such_directive on;'
	handover start --nginx $TARGET
	assert_status 6
	assert_output 'no_such_directive'
	no_nginx
	[[ ! -e $PID_FILE ]]
}

@test "start with its address taken: 1, with the address" {
	exec {taken}< <(exec "$TOP/build/tests/occupy" 127.0.0.1 $PORT)
	read -ru "$taken" _
	handover start --nginx $TARGET
	assert_status 1
	assert_output "$PORT"
	no_nginx
	exec {taken}<&-
}

@test "start with daemon off is refused; with no nginx it is 5" {
	write_conf 2 'daemon off;'
	handover start --nginx $TARGET
	assert_status 6
	assert_output 'daemon off'
	handover start --nginx /no/such/nginx
	assert_status 5
}

@test "start with a stale pid file of a dead process, and of a stranger" {
	echo 4194000 >$PID_FILE
	handover start --nginx $TARGET
	assert_status 0
	handover stop
	assert_status 0
	echo $$ >$PID_FILE
	handover start --nginx $TARGET
	assert_status 0
	answers 1.18.0
}

@test "start is refused where nginx runs without a right pid file" {
	start_nginx
	old=$(master)
	: >$PID_FILE
	handover start --nginx $TARGET
	assert_status 154
	assert_output "$old"
	assert_equal "$(nginx_processes | wc -l)" 3 'number of processes'
	rm $PID_FILE
	handover start --nginx $TARGET
	assert_status 154
	assert_equal "$(nginx_processes | wc -l)" 3 'number of processes'
}

@test "status: 0 running, 1 dead with a pid file, 3 stopped, and what is due" {
	start_nginx
	handover status
	assert_status 0
	assert_output '1.18.0'
	assert_output '2 workers accept'
	cp "$(built 1.22.1)" $TARGET.tmp && mv $TARGET.tmp $TARGET
	handover status
	assert_output 'an upgrade is due'
	handover status --json
	assert_output '"accepting":2'
	pid=$(master)
	kill -KILL "$pid"
	kill_all_nginx
	handover status --pid-file $PID_FILE
	assert_status 1
	rm $PID_FILE
	handover status --pid-file $PID_FILE
	assert_status 3
}

@test "status counts connections, and needs no lock" {
	start_nginx
	exec {idle}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$idle"
	read -ru "$idle" _
	handover status
	assert_output '1 connections'
	exec {idle}>&-
}

@test "configtest: 0 and 6, with the running master's own arguments" {
	mkdir $PREFIX/elsewhere
	cp $PREFIX/conf/nginx.conf $PREFIX/elsewhere/my.conf
	start_nginx -c $PREFIX/elsewhere/my.conf
	handover configtest
	assert_status 0
	echo 'broken' >>$PREFIX/elsewhere/my.conf
	handover configtest
	assert_status 6
	assert_output 'my.conf'
}

@test "of ten runs at once one works and nine are refused with 152 and say who works" {
	start_nginx
	new_binary 1.22.1
	local i rc done_count=0 locked=0
	mkfifo "$BATS_TEST_TMPDIR/go"
	exec {go}<>"$BATS_TEST_TMPDIR/go"
	for i in {1..10}; do
		{
			read -ru "$go" _
			rc=0
			"$HANDOVER" upgrade --binary "$NEW" --settle 4 >"$BATS_TEST_TMPDIR/out.$i" 2>&1 || rc=$?
			echo $rc >"$BATS_TEST_TMPDIR/rc.$i"
		} 3>&- &
	done
	printf '%s\n' {1..10} >&"$go"
	wait
	exec {go}>&-
	for i in {1..10}; do
		rc=$(cat "$BATS_TEST_TMPDIR/rc.$i")
		case $rc in
		0) done_count=$((done_count + 1)) ;;
		152)
			locked=$((locked + 1))
			grep -q 'upgrade (pid [0-9]*)' "$BATS_TEST_TMPDIR/out.$i" ||
				fail "$(cat "$BATS_TEST_TMPDIR/out.$i")"
			;;
		*) fail "run $i: exit code $rc: $(cat "$BATS_TEST_TMPDIR/out.$i")" ;;
		esac
	done
	assert_equal "$done_count $locked" '1 9' 'done and locked'
	answers 1.22.1
}

# Starts nginx like a unit with PrivateTmp and ProtectSystem: with a private folder in place of ours,
# and its binary read-only.
start_in_mount_namespace() {
	mkdir $PRIVATE
	unshare --mount bash -c "
		mount -t tmpfs tmpfs $PRIVATE
		cp $PREFIX/conf/nginx.conf $PRIVATE/private.conf
		sed -i 's/it works/private/' $PRIVATE/private.conf
		mount --bind $PREFIX/sbin $PREFIX/sbin
		mount -o remount,ro,bind $PREFIX/sbin
		exec $TARGET -c $PRIVATE/private.conf"
	wait_until 10 master_ready
}

@test "a master in a mount namespace of its own is upgraded from outside it" {
	start_in_mount_namespace
	old=$(master)
	[[ ! -e $PRIVATE/private.conf ]]
	load_start
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	load_stop
	gone "$old"
	answers 1.22.1
	[[ $(readlink "/proc/$(master)/ns/mnt") != $(readlink /proc/self/ns/mnt) ]]
}

@test "the configuration test sees the files of the master's namespace, not ours" {
	start_in_mount_namespace
	old=$(master)
	echo 'this is not the file that counts' >$PRIVATE/private.conf
	new_binary 1.22.1
	handover upgrade --dry-run --binary "$NEW"
	assert_status 0
	echo 'broken inside' >"/proc/$old/root$PRIVATE/private.conf"
	handover upgrade --binary "$NEW"
	assert_status 6
	assert_output 'private.conf'
	assert_equal "$(master)" "$old"
}

@test "a master that chroot()ed into another root is upgraded from outside it" {
	local jail=/usr/local/src/jail library # on a file system with devices
	mkdir -p "$jail"/{dev,proc,etc} "$jail$PREFIX"
	cp -r $PREFIX/* "$jail$PREFIX/"
	new_binary 1.22.1
	for library in $(ldd $TARGET "$NEW" | grep -o '/lib[^ :]*\|/usr/lib[^ :]*'); do
		mkdir -p "$jail${library%/*}"
		cp "$library" "$jail$library"
	done
	cp /etc/passwd /etc/group "$jail/etc/"
	mknod "$jail/dev/null" c 1 3
	mount --bind /proc "$jail/proc"
	chroot "$jail" $TARGET
	wait_until 10 master_ready "$jail$PID_FILE"
	handover upgrade --binary "$NEW" --pid-file "$jail$PID_FILE"
	assert_status 0
	answers 1.22.1
	cmp "$NEW" "$jail$TARGET"
	handover stop --pid-file "$jail$PID_FILE"
	assert_status 0
	umount "$jail/proc"
}

@test "a master of another user: what is executed runs as that user" {
	write_conf 2 "error_log $PREFIX/logs/error.log;"
	chown -R 65534:65534 $PREFIX/logs $PREFIX/html
	for d in client_body proxy fastcgi uwsgi scgi; do
		install -d -o 65534 -g 65534 $PREFIX/${d}_temp
	done
	setpriv --reuid 65534 --regid 65534 --clear-groups $TARGET
	wait_until 10 master_ready
	new_binary 1.22.1
	# A wrapper that records which user runs it.
	cat >"$NEW.sh" <<-SH
		#!/bin/sh
		id -u >>$PREFIX/logs/who
		exec $NEW "\$@"
	SH
	chmod 755 "$NEW.sh"
	handover upgrade --binary "$NEW.sh"
	assert_status 7
	handover upgrade --binary "$NEW.sh" --pid-file $PID_FILE
	assert_status 0
	assert_equal "$(sort -u $PREFIX/logs/who)" 65534 'the users that ran the new binary'
}

@test "a master in 700 groups, as with a large directory: its status is read whole" {
	setpriv --groups "$(seq -s, 1000000 1000699)" $TARGET
	wait_until 10 master_ready
	(($(wc -c <"/proc/$(master)/status") > 4096))
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
}

@test "settings: option over environment over file; a bad value names its place" {
	start_nginx
	cat >"$BATS_TEST_TMPDIR/settings" <<-SETTINGS
		# a file that others share
		NGINX_ULIMIT="-n 4096"
		if [ -n "\$X" ]; then Y=1; fi
		PID_FILE=/no/such/file
		SETTLE="2min"
	SETTINGS
	handover status --settings "$BATS_TEST_TMPDIR/settings"
	assert_status 3
	NGINX_HANDOVER_PID_FILE=$PID_FILE handover status --settings "$BATS_TEST_TMPDIR/settings"
	assert_status 0
	NGINX_HANDOVER_PID_FILE=/no/such/file handover status --pid-file $PID_FILE
	assert_status 0
	echo 'SETTLE=soon' >>"$BATS_TEST_TMPDIR/settings.bad"
	handover status --settings "$BATS_TEST_TMPDIR/settings.bad"
	assert_status 2
	assert_output 'soon'
	assert_output "$BATS_TEST_TMPDIR/settings.bad"
	printf 'CONF=%05000d\n' 0 >"$BATS_TEST_TMPDIR/settings.bad"
	handover status --settings "$BATS_TEST_TMPDIR/settings.bad"
	assert_status 2
	assert_output 'line 1, CONF=, is longer than 4095 bytes'
}

# others_in WHAT: who else could change the settings file
others_in() {
	case $1 in
	file) chown root:www-data "$settings" && chmod 664 "$settings" ;;
	folder) chown root:www-data "${settings%/*}" && chmod 775 "${settings%/*}" ;;
	above) chmod 777 "${settings%/*/*}" ;;
	esac
}

@test "a settings file that others could change is refused by every verb, and the advice corrects it" {
	local verb what settings=/usr/local/src/a/b/settings
	start_nginx
	old=$(master)
	for what in file folder above; do
		mkdir -p "${settings%/*}"
		printf '%s\n' "PID_FILE=$PID_FILE" TRUST_USER=www-data >"$settings"
		handover status --settings "$settings"
		assert_status 0
		others_in "$what"
		for verb in status start reload upgrade rollback finish heal restart reopen configtest stop package-update; do
			handover "$verb" --settings "$settings" --trust-user www-data
			assert_status 2
			assert_output "settings file $settings: "
			assert_output 'so it is not read. What to do: chmod '
		done
		bash -c "$(sed -n 's/.*What to do: //p;q' <<<"$output")"
		handover status --settings "$settings"
		assert_status 0
		rm -r /usr/local/src/a
	done
	assert_equal "$(master)" "$old"
	alive "$old"
}

@test "variables of others do nothing: INIT, CONF, NGINX, PID_FILE, SETTLE, DRAIN_TIMEOUT" {
	local verb others=(INIT=/sbin/init CONF=/no/such/conf NGINX=/no/such/nginx PID_FILE=/no/such/pid SETTLE=soon
		DRAIN_TIMEOUT=soon DRAIN_EXPIRED=kill START_TIMEOUT=soon RELOAD_UPGRADES=1 TRUST_USER=no-such-user)
	run_shown env "${others[@]}" "$HANDOVER" start --nginx $TARGET
	assert_status 0
	old=$(master)
	for verb in status configtest reload reopen restart 'upgrade --settle 0' stop; do
		# shellcheck disable=SC2086 # a verb and its options
		run_shown env "${others[@]}" "$HANDOVER" $verb --pid-file $PID_FILE
		assert_status 0
	done
	gone "$old"
	no_nginx
	run_shown env NGINX_HANDOVER_INIT=/sbin/init "$HANDOVER" status
	assert_status 2
	assert_output '"/sbin/init" for NGINX_HANDOVER_INIT must be auto or systemd or sysv or '
	run_shown env NGINX_HANDOVER_NGINX='6;7;' "$HANDOVER" status
	assert_status 2
	assert_output 'NGINX_HANDOVER_NGINX must be an absolute path, not "6;7;"'
}

@test "usage errors are 2: no command, an unknown one, an unknown option, a missing value" {
	handover
	assert_status 2
	handover fly
	assert_status 2
	handover upgrade --fast
	assert_status 2
	handover upgrade --binary
	assert_status 2
	handover stop --binary /bin/true
	assert_status 2
	handover upgrade --settle 5x
	assert_status 2
	handover --help
	assert_status 0
	handover --version
	assert_status 0
}

@test "what comes from outside is escaped before it reaches a terminal" {
	start_nginx
	bash -c $'exec -a $\'evil\\e[31mtitle\' tail -f /dev/null' 3>&- &
	other=$!
	wait_until 5 grep -q evil "/proc/$other/cmdline"
	echo $other >$PID_FILE
	handover upgrade --pid-file $PID_FILE
	kill -KILL $other
	assert_status 154
	assert_output '\x1b[31m'
	[[ $output != *$'\e'* ]]
}

@test "paths from where the caller stands: --nginx, --conf, --binary, --pid-file" {
	new_binary 1.22.1
	cd $PREFIX
	handover start --nginx sbin/nginx --conf conf/nginx.conf
	assert_status 0
	old=$(master)
	cd "${NEW%/objs/nginx}"
	handover upgrade --binary objs/nginx --settle 10ms
	assert_status 0
	answers 1.22.1
	cd $PREFIX/logs
	handover status --pid-file nginx.pid
	assert_output "$(master)"
	handover stop --nginx ../sbin/nginx
	assert_status 0
	no_nginx
}
