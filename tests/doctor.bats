#!/usr/bin/env bats
# doctor: everything that would stop, spoil or slow an upgrade is found once, with what to change, and nothing is
# changed. The tests follow its advice, and then it finds nothing. Units of systemd: tests/systemd/doctor.bats.

# shellcheck disable=SC2086 # paths without blanks
load lib/common

setup() {
	requires_root
	fresh_prefix
	own_etc
	MODULE=$PREFIX/modules/ngx_mail_module.so
	mkdir -p ${MODULE%/*} $PREFIX/run
	cp "$(built 1.18.0 module)" $MODULE
	install_old 1.18.0
	PID_FILE=$PREFIX/run/nginx.pid
}

teardown() {
	common_teardown
	umount $PREFIX/sbin 2>/dev/null || :
	umount /etc /var/lib/dpkg 2>/dev/null || :
}

# A copy of /etc in which no other program acts on nginx, and no package owns nginx.
own_etc() {
	mkdir -p /run/etc
	cp -a /etc/. /run/etc
	mount --bind /run/etc /etc
	rm -rf /etc/logrotate.d/* /etc/needrestart /etc/init.d/nginx
	mount -t tmpfs tmpfs /var/lib/dpkg
	mkdir /var/lib/dpkg/info
}

# conf WORKERS [MAIN-LINES]: with the module, and a pid file in a folder of its own
conf() {
	write_conf "$1" "load_module $MODULE; pid $PID_FILE; ${2:-}"
	sed -i "s/$PORT;/$PORT reuseport;/" $CONF_FILE
}

doctor() { handover doctor --pid-file $PID_FILE "$@"; }

# found ID [WEIGHT]: once, with what to change
found() {
	local lines
	lines=$(grep -F "\"event\":\"finding\",\"weight\":\"${2:-advice}\",\"id\":\"$1\"" <<<"$output" || :)
	assert_equal "$(grep -c . <<<"$lines")" 1 "how often $1 is found, of $output"
	[[ $lines == *'"change":"'[^\"]* ]] || fail "nothing to change: $lines"
}

# The attributes of each file and folder that any change would alter, and the running processes.
state() {
	find $PREFIX /var/lib/nginx-handover /etc -printf '%p %i %m %s %T@ %C@\n' 2>/dev/null | sort
	nginx_processes | sort
}

no_workers() { [[ -z $(pgrep -P "$old") ]]; }

# untouched COMMAND...: it changes nothing, and sends no signal
untouched() {
	state >"$BATS_TEST_TMPDIR/before"
	"$@"
	diff "$BATS_TEST_TMPDIR/before" <(state) || fail 'that was changed'
}

@test "a healthy nginx: nothing is found, and nothing is changed" {
	conf 2 'worker_shutdown_timeout 1h;'
	sed -i '/unix:/d' $CONF_FILE
	start_nginx
	untouched doctor
	assert_status 0
	assert_output 'nothing stands in the way of an upgrade, and nothing was found'
	[[ ${NH_KERNEL:-today} == today ]] || return 0
	# For make DEV=1: the leak sanitizer traces the process.
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=kill,tkill,tgkill,pidfd_send_signal -o "$BATS_TEST_TMPDIR/signals" "$HANDOVER" doctor --json >"$BATS_TEST_TMPDIR/out"
	grep -F '"event":"doctor","refused":0,"advice":0' "$BATS_TEST_TMPDIR/out"
	! grep -E '^[0-9]+ +[a-z_]+\(' "$BATS_TEST_TMPDIR/signals" | grep -vE ', (0|0, NULL, 0)\) += ' || fail 'it sends signals'
}

@test "each piece of advice is given once, and following it helps" {
	local id served=/var/lib/nginx-handover$PREFIX/sbin
	conf 4
	start_nginx
	conf 3
	printf keepalive_min_timeout >$TARGET.new
	cat "$(built 1.26.3)" $TARGET.new >$TARGET.newer && chmod 755 $TARGET.newer && mv $TARGET.newer $TARGET
	rm $TARGET.new
	cp "$(built 1.26.3 module)" $MODULE.new && mv $MODULE.new $MODULE
	chmod 666 $CONF_FILE $MODULE
	chmod 777 ${PID_FILE%/*}
	mkdir -p $served
	echo x >$served/.nginx.served && chown 65534 $served/.nginx.served
	cat >/etc/logrotate.d/web <<-HOOKS
		$PREFIX/logs/nginx*.log {
			postrotate
				# nginx -s reopen
				kill -USR1 \`cat $PID_FILE\`
				nginx-handover reopen
			endscript
		}
		# nginx -s reopen
	HOOKS
	mkdir /etc/needrestart
	printf '#!/bin/sh\nkill -USR2 1\n' >/etc/init.d/nginx
	printf '/.\n%s\n' $TARGET >/var/lib/dpkg/info/nginx.list
	mount --bind $PREFIX/sbin $PREFIX/sbin && mount -o remount,bind,ro $PREFIX/sbin

	untouched doctor --json --start-timeout 2ms
	assert_status 1
	found shutdown-timeout
	found keepalive
	found unix-socket
	found slow-test
	found conf-writable
	found module-writable
	found pid-file-writable
	found record-writable
	found logrotate
	assert_output "/etc/logrotate.d/web, line 4, reaches one generation of nginx: kill -USR1"
	found vendor-upgrade
	found needrestart
	found refusal # of --binary alone
	assert_output 'its file system is mounted read-only'
	[[ ! -e /proc/sys/net/ipv4/tcp_migrate_req ]] || found reuseport
	assert_output '"event":"doctor","refused":0,"advice":'
	mkdir -m 777 $PREFIX/metrics
	cp "$HANDOVER" $PREFIX/run/helper && chmod 775 $PREFIX/run/helper
	run_shown $PREFIX/run/helper doctor --json --pid-file $PID_FILE --probe 'no-such-program x' --hold 2d --textfile-dir $PREFIX/metrics
	assert_status 1
	found probe
	found hold
	found hold-watch
	found textfile-dir
	chmod 755 $PREFIX/metrics
	doctor --json --probe 'test -e /' --probe-timeout 1s --hold 1h --textfile-dir $PREFIX/metrics
	for id in probe hold hold-watch textfile-dir probe-user; do
		refute_output "\"id\":\"$id\""
	done
	assert_equal "$(ls $PREFIX/metrics)" '' 'the metrics'
	doctor --json --probe-user root --textfile-dir $PREFIX/none
	found probe-user
	found textfile-dir
	doctor
	assert_status 1
	assert_output 'advice: nothing ends clients that never end by themselves'
	assert_output '    it means: '
	assert_output "    what to do: chmod go-w $MODULE"

	umount $PREFIX/sbin
	rm -r /etc/needrestart $served/.nginx.served
	printf '#!/bin/sh\nexec nginx-handover "$@"\n' >/etc/init.d/nginx
	sed -i '4s/.*/nginx-handover reopen/' /etc/logrotate.d/web
	chmod go-w $CONF_FILE $MODULE ${PID_FILE%/*}
	conf 4 'worker_shutdown_timeout 1h;'
	sed -i 's/access_log off;/& keepalive_min_timeout 5s;/' $CONF_FILE
	doctor --json
	assert_status 2 # this binary knows it by name alone
	sed -i 's/keepalive_min_timeout 5s;//; /unix:/d' $CONF_FILE
	cp "$(built 1.26.3)" $TARGET.new && mv $TARGET.new $TARGET
	handover upgrade --settle 100ms --pid-file $PID_FILE
	assert_status 0
	doctor
	assert_status 0
}

@test "every reason for a refusal is found, and distinguished from advice" {
	local new
	conf 1 'worker_shutdown_timeout 1h;'
	cp $TARGET $PREFIX/sbin/nginx-1 && ln -sfn nginx-1 $TARGET
	# started without a path, by a process that remains its parent; and the configuration is wrong now
	(cd / && PATH=$PREFIX/sbin:$PATH exec nginx) 3>&-
	wait_until 10 master_ready $PID_FILE
	doctor --json
	assert_status 2
	assert_output 'without a path'
	kill -QUIT "$(master)"
	wait_until 10 no_nginx
	doctor
	assert_status 2
	assert_output 'refused: nginx is not running'
	rm -f $SOCKET

	start_nginx
	old=$(master)
	echo 'wrong' >>$CONF_FILE
	doctor --json
	assert_status 2
	found refusal refused
	assert_output '"exit_code":6'
	refute_output shutdown-timeout # not known
	sed -i '/^wrong/d' $CONF_FILE

	mkdir -p $PREFIX/1.18.0 && mv $PREFIX/sbin/nginx-1 $PREFIX/1.18.0/nginx && ln -sfn ../1.18.0/nginx $TARGET
	cp "$(built 1.18.0)" $PREFIX/1.18.0/nginx.new && mv $PREFIX/1.18.0/nginx.new $PREFIX/1.18.0/nginx
	doctor --json
	assert_status 1
	found refusal
	assert_output 'into the folder of one version'

	chmod 755 $PREFIX $PREFIX/run
	run_shown setpriv --reuid 65534 --clear-groups "$HANDOVER" doctor --pid-file $PID_FILE
	assert_status 2
	assert_output 'no permission'
	run_shown bash -c "ulimit -n 12; exec '$HANDOVER' doctor --pid-file $PID_FILE"
	assert_status 2

	doctor --json --probe 'true' --probe-user root
	assert_status 2
	found refusal refused
	assert_output 'the first word of the command is not the path of a file'
	doctor --json --probe "/bin/echo '"
	found refusal refused
	kill -WINCH "$old"
	wait_until 10 no_workers
	doctor --json
	found no-workers
	kill -HUP "$old"
	wait_until 10 master_ready $PID_FILE

	kill -USR2 "$old"
	# shellcheck disable=SC2016 # expanded at each try
	wait_until 10 eval '[[ $(master) != "$old" ]] && master_ready $PID_FILE'
	new=$(master)
	untouched doctor --json
	assert_status 2
	found unfinished refused
	kill -QUIT "$new" "$old"
	wait_until 10 no_nginx
}

@test "beside an active run, in a hold, and while other commands start: none blocks another" {
	local run upgrade
	conf 1 'worker_shutdown_timeout 1h;'
	sed -i '/unix:/d' $CONF_FILE
	start_nginx
	new_binary 1.22.1
	rm $MODULE
	conf 1 'worker_shutdown_timeout 1h;'
	sed -i '/unix:/d; s/load_module [^;]*;//' $CONF_FILE
	"$HANDOVER" upgrade --binary "$NEW" --settle 1min --pid-file $PID_FILE >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	run=$!
	wait_until 20 grep -q 'both' "$BATS_TEST_TMPDIR/out"
	untouched doctor --json --textfile-dir $PREFIX/none
	assert_status 2
	found at-work refused
	found textfile-dir
	assert_output "upgrade (pid $run)"
	handover finish --pid-file $PID_FILE
	wait $run

	handover upgrade --force --settle 100ms --hold 1h --pid-file $PID_FILE
	assert_status 156
	untouched doctor --json
	assert_status 2
	found held refused
	refute_output '"id":"unfinished"'
	handover finish --settle 100ms --pid-file $PID_FILE

	mkfifo $PREFIX/conf/gate
	sed -i "1s|^|include $PREFIX/conf/gate; |" $CONF_FILE
	"$HANDOVER" doctor --pid-file $PID_FILE >"$BATS_TEST_TMPDIR/doctor" 2>&1 3>&- &
	run=$!
	# shellcheck disable=SC2016 # expanded at each try
	wait_until 10 eval '[[ -n $(pgrep -P "$run") ]]'
	"$HANDOVER" upgrade --force --settle 100ms --pid-file $PID_FILE >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	upgrade=$!
	wait_until 10 grep -q "only looks at this nginx: doctor (pid $run)" "$BATS_TEST_TMPDIR/out"
	mv $PREFIX/conf/gate $PREFIX/conf/shut && touch $PREFIX/conf/gate
	: >$PREFIX/conf/shut
	wait $run || fail "$(<"$BATS_TEST_TMPDIR/doctor")"
	wait $upgrade || fail "$(<"$BATS_TEST_TMPDIR/out")"
	grep -q 'handed over\|done in' "$BATS_TEST_TMPDIR/out"
}
