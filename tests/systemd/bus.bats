#!/usr/bin/env bats
# What systemd hears and from whom, what it is asked, and what comes of a handover without either.
#
# hosts: bullseye-v1 bookworm-v2 trixie-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.22.1
	old=$(host_master)
}

teardown() {
	host_run pkill -CONT dbus-daemon || :
	host_run sh -c 'umount /usr/lib/x86_64-linux-gnu/libdbus-1.so.3.* /usr/lib/x86_64-linux-gnu/libsystemd.so.0.*' 2>/dev/null || :
	host_teardown
}

# unit_has LINE...: in the unit from now on
unit_has() {
	printf '%s\n' '[Service]' "$@" | host_write /etc/systemd/system/nginx.service.d/test.conf
	host_run systemctl daemon-reload
}

broken_library() { host_run sh -c "mount --bind /dev/null /usr/lib/x86_64-linux-gnu/$1.*"; }

@test "a D-Bus that hangs: a warning, and the handover goes on; systemd has heard it all the same" {
	host_new_binary 1.26.3
	host_run pkill -STOP dbus-daemon
	host_load_start
	host_slow_client # the old master has to wait for it
	background run host_run nginx-handover upgrade --binary "$NEW"
	wait_until 20 main_is_not "$old"
	host_run test -e "/proc/$old" || fail 'systemd followed only when the old master had left'
	host_slow_finish
	wait_for run
	assert_status 0
	assert_output 'D-Bus does not answer'
	host_load_stop
	host_run pkill -CONT dbus-daemon
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

@test "libraries that are broken: a warning for the one that is missed, and systemd is told all the same" {
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

@test "a start without libsystemd: systemd hears that nginx is ready all the same" {
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

@test "a cron job or a package's script does the same: it is no part of the unit" {
	replaced_by 1.26.3
	host_load_start
	run_shown host_run systemd-run --quiet --wait --pipe --collect nginx-handover upgrade
	assert_status 0
	host_load_stop
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

@test "without the right to speak for another, and no pid file to follow: undone, nothing is killed" {
	# in the mount namespace of the helper: it could not enter another one either
	unit_has PIDFile= PrivateDevices=no ProtectKernelTunables=no ProtectKernelModules=no ProtectKernelLogs=no \
		ProtectControlGroups=no ProtectClock=no ProtectHostname=no
	host_systemctl restart nginx
	old=$(host_master)
	host_new_binary 1.26.3
	host_load_start
	run_shown host_run systemd-run --quiet --wait --pipe --collect -p CapabilityBoundingSet=~CAP_SYS_ADMIN \
		nginx-handover upgrade --binary "$NEW" --start-timeout 1s
	assert_status 150
	assert_output 'does not follow'
	host_load_stop
	assert_serves "$old"
	host_do answers 1.22.1
	host_run cmp $TARGET /opt/nginx/1.22.1-seed/nginx
}

# as_worker MESSAGE...: from a process of the unit that runs as a worker does, and that lives until systemd
# has read it: what is asked after it was sent is answered after it was read.
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

@test "a reload that takes longer than systemd allows is given more time" {
	unit_has TimeoutStartSec=2s
	host_settings "NGINX=$TARGET" SETTLE=5s
	replaced_by 1.26.3
	host_systemctl reload nginx
	assert_status 0
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

# The configuration names a host, and the server that is asked for its address does not answer.
slow_to_test() {
	printf '%s\n' 'nameserver 127.0.0.1' 'options timeout:4 attempts:1' | host_write /etc/resolv.conf
	# shellcheck disable=SC2016 # it is perl that expands it
	background server host_run perl -MIO::Socket::INET -e \
		'$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:53", Proto => "udp") or die $!; 1 while <$s>;'
	host_run sed -i 's,^ *root .*,& location /up { proxy_pass http://nobody.example; },' $PREFIX/conf/nginx.conf
}

@test "a test of the configuration that takes longer than systemd allows: the start and the reload end by its word" {
	unit_has TimeoutStartSec=2s
	slow_to_test
	host_systemctl reload nginx
	((status != 0)) || fail 'the reload did not fail'
	assert_equal "$(host_show ExecReload | sed 's/.*status=\([0-9]*\).*/\1/')" 6
	assert_serves "$old"
	host_run systemctl stop nginx
	host_systemctl start nginx
	((status != 0)) || fail 'the start did not fail'
	assert_equal "$(host_show Result)" exit-code
	run host_journal -u nginx -o cat
	assert_output 'host not found in upstream "nobody.example"'
}

@test "daemon-reload and daemon-reexec in the middle of a handover" {
	local what from=1.26.3
	host_settings "NGINX=$TARGET" SETTLE=3s
	for what in daemon-reload daemon-reexec; do
		replaced_by $from
		from=1.22.1
		host_load_start
		background run host_run systemctl reload nginx
		wait_until 20 status_has shifted
		host_run systemctl $what
		wait_for run # systemctl itself loses its connection when systemd is executed anew
		wait_until 20 status_has serves
		wait_until 10 state_is active
		host_load_stop
		rm "$BATS_TEST_TMPDIR/ready"
		assert_serves "$(host_master)"
		run host_run systemd-analyze dump
		[[ $output =~ 'Unit nginx.service:'.*'Main PID Alien: no' ]] || fail 'it takes the master for an alien'
	done
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

@test "the helper is killed in the middle: nothing is lost, and a rollback leads out" {
	host_settings "NGINX=$TARGET" SETTLE=1min
	replaced_by 1.26.3
	background run host_run systemctl reload nginx
	wait_until 20 status_has shifted
	host_run pkill -KILL -x nginx-handover
	wait_for run
	((status != 0)) || fail 'the reload was called a success'
	assert_serves "$old"
	host_systemctl reload nginx
	((status != 0)) || fail 'a reload in an unfinished handover was called a success'
	assert_serves "$old"
	host_settings "NGINX=$TARGET"
	host_handover rollback
	assert_status 0
	assert_serves "$old"
	host_systemctl reload nginx # an upgrade again: the binary is back as a copy
	assert_status 0
	assert_serves "$(host_master)"
	host_do answers 1.22.1
}

@test "the new master dies while the old one drains: undone; a shell's run leaves it to the next reload" {
	local way new
	for way in 'host_run systemctl reload nginx' 'host_shell nginx-handover upgrade'; do
		old=$(host_master)
		host_settings "NGINX=$TARGET" SETTLE=100ms
		replaced_by 1.26.3
		host_slow_client "${way##* }"
		# shellcheck disable=SC2086 # a command of words
		background run $way
		wait_until 20 main_is_not "$old"
		new=$(host_main_pid)
		host_run kill -KILL "$new"
		wait_for run
		((status != 0)) || fail "what was undone was called a success: $way"
		assert_equal "$(host_show ActiveState)" active
		[[ $way == *upgrade ]] || assert_serves "$old"
		host_slow_finish "${way##* }"
		replaced_by 1.22.1
		host_run sed -i '1i no_such_directive on;' $PREFIX/conf/nginx.conf
		host_systemctl reload nginx
		((status != 0)) || fail 'the reload did not fail'
		assert_serves "$old"
		host_run sed -i 1d $PREFIX/conf/nginx.conf
	done
	host_do answers 1.22.1
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

@test "an nginx that a service about something else has started is none of that service's business" {
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

@test "Type=notify-reload gets the two words that it waits for" {
	[[ $HOST_SUITE == trixie ]] || skip 'cannot exist here: Type=notify-reload is of systemd 253'
	unit_has Type=notify-reload
	host_systemctl restart nginx
	assert_status 0
	replaced_by 1.26.3
	host_systemctl reload nginx
	assert_status 0
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

@test "systemd-analyze finds no fault with the units, and less exposure than in the vendor's" {
	local ours vendors
	run host_run systemd-analyze verify --man=no /etc/systemd/system/nginx.service /etc/systemd/system/nginx@.service
	assert_equal "$(grep -v '^/usr/lib/systemd' <<<"$output")" ''
	exposure() { host_run systemd-analyze security --no-pager nginx.service | sed -n 's/.*Overall exposure level for nginx.service: \([0-9]\)\.\([0-9]\).*/\1\2/p'; }
	ours=$(exposure)
	host_run sh -c 'systemctl stop nginx && rm /etc/systemd/system/nginx.service && systemctl daemon-reload && systemctl start nginx'
	vendors=$(exposure)
	echo "ours $ours, the vendor's $vendors (in tenths)"
	((ours < vendors - 15)) || fail "our unit is exposed by $ours, the vendor's by $vendors"
}

@test "the program's note names the libraries that it opens" {
	# shellcheck disable=SC2016 # it is perl that expands it
	run host_run perl -0777 -ne 'print "$_\n" for /(\[\{"soname".*?\}\])/g' /usr/sbin/nginx-handover
	assert_output '"soname":["libsystemd.so.0"]'
	assert_output '"soname":["libdbus-1.so.3"]'
	run readelf --notes "$HOST_HANDOVER"
	assert_output 'FDO'
}
