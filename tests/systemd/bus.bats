#!/usr/bin/env bats
# The notifications to systemd and their senders, the requests over D-Bus, and handovers without one of them.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.22.1
	old=$(host_master)
}

teardown() {
	host_run pkill -CONT dbus-daemon || :
	host_teardown
}

# unit_has LINE...: adds the lines to the unit
unit_has() {
	printf '%s\n' '[Service]' "$@" | host_write /etc/systemd/system/nginx.service.d/test.conf
	host_run systemctl daemon-reload
}

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

@test "a cron job or a package's script hands over in the same way, though it is not part of the unit" {
	replaced_by 1.26.3
	host_load_start
	run_shown host_run systemd-run --quiet --wait --pipe --collect nginx-handover upgrade
	assert_status 0
	host_load_stop
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

@test "without the right to speak for another, and no pid file to follow: undone, nothing is killed" {
	# in the mount namespace of the helper, which could not enter another one either
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

@test "a reload that takes longer than systemd allows is given more time" {
	unit_has TimeoutStartSec=1s
	host_settings "NGINX=$TARGET" SETTLE=2500ms
	replaced_by 1.26.3
	host_systemctl reload nginx
	assert_status 0
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

# The configuration names a host, and the DNS server does not answer.
slow_to_test() {
	printf '%s\n' 'nameserver 127.0.0.1' 'options timeout:2 attempts:1' | host_write /etc/resolv.conf
	# shellcheck disable=SC2016 # it is perl that expands it
	background server host_run perl -MIO::Socket::INET -e \
		'$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:53", Proto => "udp") or die $!; 1 while <$s>;'
	host_run sed -i 's,^ *root .*,& location /up { proxy_pass http://nobody.example; },' $PREFIX/conf/nginx.conf
}

@test "a test of the configuration that takes longer than systemd allows: the start and the reload end with its result" {
	unit_has TimeoutStartSec=1s
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
	host_settings "NGINX=$TARGET" SETTLE=2s
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

@test "the helper is killed in the middle: nothing is lost, and a rollback resolves it" {
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

@test "Type=notify-reload gets the two notifications that it waits for" {
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
