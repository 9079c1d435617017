#!/usr/bin/env bats
# Tests that are the same under every systemd, and run under one: broken libraries, two runs at once, units with other
# names, and senders that systemd ignores.
#
# hosts: bookworm-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.22.1
	old=$(host_master)
}

teardown() {
	host_run sh -c 'umount /usr/lib/x86_64-linux-gnu/libdbus-1.so.3.* /usr/lib/x86_64-linux-gnu/libsystemd.so.0.*' 2>/dev/null || :
	host_teardown
}

broken_library() { host_run sh -c "mount --bind /dev/null /usr/lib/x86_64-linux-gnu/$1.*"; }

@test "broken libraries: a warning for the one that is needed, and systemd is still told" {
	broken_library libdbus-1.so.3
	broken_library libsystemd.so.0
	host_new_binary 1.26.3
	host_load_start
	host_slow_client
	background run host_shell nginx-handover upgrade --binary "$NEW"
	wait_until 20 main_is_not "$old"
	host_run test -e "/proc/$old" || fail 'systemd followed only when the old master had left'
	host_slow_finish
	wait_for run
	assert_status 0
	assert_output 'systemd is not asked'
	refute_output 'systemd is told nothing'
	host_load_stop
	assert_serves "$(host_master)"
	wait_until 10 status_has "nginx 1.26.3 serves: master $(host_master)"
	run host_run journalctl -t nginx-handover -o cat -b
	assert_output 'done in'
	replaced_by 1.22.1
	host_systemctl reload nginx
	assert_status 0
	assert_serves "$(host_master)"
}

@test "a start without libsystemd: systemd is still told that nginx is ready" {
	broken_library libsystemd.so.0
	host_run systemctl stop nginx
	run_shown host_run timeout 20 systemctl start nginx
	assert_status 0
	assert_serves "$(host_master)"
	assert_equal "$(host_show StatusText)" "nginx serves: master $(host_master), 2 workers"
	broken_library libdbus-1.so.3
	host_run systemctl stop nginx
	run_shown host_run timeout 20 systemctl start nginx
	assert_status 0
	assert_serves "$(host_master)"
}

@test "two at once: the second is refused, whichever way it came, and the first goes on" {
	host_settings "NGINX=$TARGET" SETTLE=3s
	host_new_binary 1.26.3
	background run host_shell nginx-handover upgrade --binary "$NEW"
	wait_until 20 status_has shifted
	host_handover upgrade --binary "$NEW"
	assert_status 152
	host_systemctl reload nginx
	((status != 0)) || fail 'a reload beside an upgrade was called a success'
	wait_for run
	assert_status 0
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

@test "units of other names: an instance, and a name that nobody expects" {
	host_run sh -c "systemctl stop nginx && mv /etc/systemd/system/nginx.service /etc/systemd/system/nginx-web.service && systemctl daemon-reload"
	host_systemctl start nginx-web
	assert_status 0
	host_run sh -c "sed 's/:$PORT/:8081/; s/nginx.sock/blue.sock/; 1i pid /run/nginx-blue.pid;' $PREFIX/conf/nginx.conf >$PREFIX/conf/blue.conf"
	printf '%s\n' "NGINX=$TARGET" "CONF=$PREFIX/conf/blue.conf" PID_FILE=/run/nginx-blue.pid SETTLE=100ms |
		host_write /etc/default/nginx-blue
	host_systemctl start nginx@blue
	assert_status 0
	replaced_by 1.26.3
	host_systemctl reload nginx-web
	assert_status 0
	assert_serves "$(host_master)" nginx-web
	host_systemctl reload nginx@blue
	assert_status 0
	assert_serves "$(host_master /run/nginx-blue.pid)" nginx@blue
	host_handover stop --pid-file /run/nginx-blue.pid
	assert_status 0
	assert_output 'systemd is asked to stop nginx@blue.service'
	assert_serves "$(host_master)" nginx-web
	host_systemctl stop nginx-web
}

@test "an nginx that another service has started: nothing is reported to that service" {
	host_run systemctl stop nginx
	host_run systemd-run --quiet --unit=nginx-cron -p KillMode=process sh -c "$TARGET && exec tail -f /dev/null"
	wait_until 10 host_do master_ready
	old=$(host_master)
	tail=$(host_main_pid nginx-cron)
	host_new_binary 1.26.3
	host_handover upgrade --binary "$NEW"
	assert_status 0
	host_do answers 1.26.3
	assert_serves "$tail" nginx-cron
	host_handover stop
	assert_status 0
	refute_output 'systemd is asked'
	host_run systemctl stop nginx-cron
}

@test "the program's note names the libraries that it opens" {
	# shellcheck disable=SC2016 # it is perl that expands it
	run host_run perl -0777 -ne 'print "$_\n" for /(\[\{"soname".*?\}\])/g' /usr/sbin/nginx-handover
	assert_output '"soname":["libsystemd.so.0"]'
	assert_output '"soname":["libdbus-1.so.3"]'
	run readelf --notes "$HOST_HANDOVER"
	assert_output 'FDO'
}

# as_worker MESSAGE...: from a process of the unit with the credentials of a worker, which lives until systemd
# has read the message: systemd answers a request that was sent after it only after reading it.
as_worker() {
	local group hold
	group=$(host_run sh -c "sed -n 's/^0:://p;s/^[0-9]*:name=systemd://p' /proc/$old/cgroup" | grep nginx.service | tail -n 1)
	mkfifo "$BATS_TEST_TMPDIR/hold"
	exec {hold}<>"$BATS_TEST_TMPDIR/hold"
	# shellcheck disable=SC2016 # expanded by the shell inside
	background worker host_run sh -c 'for root in /sys/fs/cgroup/systemd /sys/fs/cgroup; do
			[ ! -e "$root$0/cgroup.procs" ] || { echo $$ >"$root$0/cgroup.procs"; break; }
		done
		export NOTIFY_SOCKET=/run/systemd/notify
		exec setpriv --reuid=www-data --clear-groups perl -MSocket -e "
			socket(my \$s, AF_UNIX, SOCK_DGRAM, 0) or die;
			send(\$s, join(qq(\n), @ARGV), 0, sockaddr_un(\$ENV{NOTIFY_SOCKET})) or die;
			\$| = 1;
			print qq(sent\n);
			<STDIN>" "$@"' "$group" "$@" <"$BATS_TEST_TMPDIR/hold"
	wait_until 10 grep -q sent "$BATS_TEST_TMPDIR/worker"
	host_show MainPID >/dev/null
	echo >&"$hold"
	exec {hold}>&-
	wait_for worker
	assert_status 0
}

@test "a worker's own MAINPID and STOPPING are not heard" {
	as_worker "MAINPID=$(host_do workers_of "$old" 'nginx: worker process' | head -n 1)" STOPPING=1 'STATUS=all yours'
	assert_serves "$old"
	run host_run systemctl status nginx --no-pager
	refute_output 'all yours'
}
