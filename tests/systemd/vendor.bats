#!/usr/bin/env bats
# The packaged nginx under its vendor's unit (Type=forking, PIDFile=), with the drop-in and without.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/systemd

PACKAGED=/run/nginx.pid
declare -gA OTHER=([bullseye]=1.22.1 [bookworm]=1.26.3 [trixie]=1.22.1)

setup() {
	host_fresh
	host_do packaged_site
	other=${OTHER[$HOST_SUITE]}
}

# with_unit VARIABLE...: started without the helper
with_unit() {
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
	host_install_unit "PID_FILE=$PACKAGED" "$@"
}

with_drop_in() { with_unit UNIT=drop-in; }

without_drop_in() {
	with_unit UNIT=drop-in
	host_run rm -r /etc/systemd/system/nginx.service.d
	host_run systemctl daemon-reload
}

package_updated() { host_install_nginx "$other" debian; }

@test "the drop-in: reload-or-restart hands over under load, at once for a service that runs already" {
	with_drop_in
	package_updated
	host_load_start
	host_slow_client
	background reload host_run systemctl reload-or-restart nginx
	wait_until 20 main_is_not "$old"
	host_run test -e "/proc/$old"
	host_slow_finish
	wait_for reload
	assert_status 0
	host_load_stop
	assert_serves "$(host_master $PACKAGED)"
	host_do answers "$other"
	host_gone "$old"
	run host_run systemctl status nginx --no-pager
	assert_output "serves: master $(host_master $PACKAGED)"
}

# The words of all properties, except those that the drop-in sets and those that change by themselves. (The
# order of the words in a property is arbitrary.)
other_properties() {
	host_run systemctl show nginx | grep -vE \
		'^(ExecReload|ExecStop|NotifyAccess|.*KillSignal|KillMode|TimeoutStop|TimeoutAbort|DropInPaths|NeedDaemonReload|.*Timestamp)' |
		tr ' =' '\n' | sort
}

@test "the drop-in changes only its own settings" {
	other_properties >"$BATS_TEST_TMPDIR/before"
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	other_properties >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	assert_equal "$(host_show Type)" forking
	assert_equal "$(host_show NotifyAccess)" exec
}

# vendor_allows SECONDS: for a start, and so for a reload
vendor_allows() {
	host_run sed -i "s/^Type=.*/&\nTimeoutStartSec=$1/" /usr/lib/systemd/system/nginx.service
	host_run systemctl daemon-reload
}

@test "the drop-in: a start whose pid file never comes ends when the vendor has it" {
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	vendor_allows 2
	host_run sed -i 's,^pid .*,pid /var/lib/nginx/other.pid;,' /etc/nginx/nginx.conf
	run_shown host_run timeout 30 systemctl start nginx
	((status != 0 && status != 124)) || fail "the start has not failed: $status"
	assert_equal "$(host_show ActiveState)" failed 'the state'
	assert_equal "$(host_show Result)" timeout 'the result'
	host_do no_nginx || fail "left: $(host_do nginx_processes)"
	# systemd has killed an nginx that it could not find, so its socket is left
	host_run sh -c "rm -f '$SOCKET' && sed -i 's,^pid .*,pid $PACKAGED;,' /etc/nginx/nginx.conf"
	host_systemctl start nginx
	assert_status 0
	assert_serves "$(host_master $PACKAGED)"
}

@test "the drop-in: a reload that takes longer than the vendor allows is given more time" {
	vendor_allows 2
	with_drop_in
	host_settings SETTLE=4s
	package_updated
	host_systemctl reload nginx
	assert_status 0
	assert_serves "$(host_master $PACKAGED)"
	host_do answers "$other"
}

@test "the drop-in: a binary that is refused fails the reload, and the package's nginx serves on" {
	with_drop_in
	host_run sh -c ': >/usr/sbin/nginx.empty && chmod 755 /usr/sbin/nginx.empty && mv /usr/sbin/nginx.empty /usr/sbin/nginx'
	host_systemctl reload nginx
	((status != 0)) || fail 'the reload did not fail'
	assert_serves "$old"
	run host_run systemctl status nginx --no-pager --lines 20
	assert_output 'it is empty'
}

@test "the drop-in: stop during a drain that was left serves everybody" {
	with_drop_in
	host_settings DRAIN_TIMEOUT=1s
	package_updated
	host_slow_client
	host_systemctl reload nginx
	assert_status 0
	host_slow_client new
	host_settings # a stop has the same limit as a drain
	background stop host_run systemctl stop nginx
	wait_until 20 state_is deactivating
	host_slow_finish
	host_slow_finish new
	wait_for stop
	assert_status 0
	assert_stopped
}

@test "without the drop-in, a shell's upgrade: it says when systemd follows, and checks that it did" {
	without_drop_in
	package_updated
	host_load_start
	host_handover upgrade
	assert_status 0
	assert_output 'NotifyAccess=none'
	refute_output 'What to do'
	host_load_stop
	assert_serves "$(host_master $PACKAGED)"
	host_do answers "$other"
	host_systemctl stop nginx
	assert_status 0
	assert_stopped
}

@test "without the drop-in and without PIDFile=: systemd would kill the new master, so the upgrade is refused" {
	host_run sed -i '/^PIDFile=/d; s/^Type=.*/Type=forking\nGuessMainPID=yes/' /usr/lib/systemd/system/nginx.service
	host_run systemctl daemon-reload
	without_drop_in
	[[ $(host_main_pid) == "$old" ]] || skip 'cannot exist here: this systemd does not guess the main process'
	package_updated
	host_handover upgrade
	assert_status 154
	assert_output 'would take the end of the old master'
	assert_output 'handover.conf'
	assert_serves "$old"
}

@test "a unit that kills without ExecStop: after an upgrade its stop waits for the clients again" {
	host_write /etc/systemd/system/nginx.service.d/none.conf <<-'UNIT'
		[Service]
		ExecStop=
		KillSignal=SIGQUIT
		KillMode=mixed
		NotifyAccess=main
		TimeoutStopSec=30
	UNIT
	host_run systemctl daemon-reload
	with_unit UNIT=drop-in
	host_run rm /etc/systemd/system/nginx.service.d/handover.conf
	host_run systemctl daemon-reload
	package_updated
	host_handover upgrade
	assert_status 0
	assert_serves "$(host_master $PACKAGED)"
	run host_run systemd-analyze dump
	[[ $output =~ 'Unit nginx.service:'.*'Main PID Alien: no' ]] || fail 'it takes the master for an alien'
	host_slow_client
	background stop host_run systemctl stop nginx
	wait_until 20 state_is deactivating
	host_slow_finish
	wait_for stop
	assert_stopped
}

@test "start and stop from a shell go through systemd" {
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	host_handover start
	assert_status 0
	assert_output 'systemd is asked to start nginx.service'
	assert_serves "$(host_master $PACKAGED)"
	host_handover start
	assert_status 0
	assert_output 'runs already'
	host_handover stop
	assert_status 0
	assert_output 'systemd is asked to stop nginx.service'
	assert_stopped
	host_handover stop
	assert_status 0
	host_run sed -i '1i no_such_directive on;' /etc/nginx/nginx.conf
	host_handover start
	((status != 0)) || fail 'the start did not fail'
	assert_output 'systemctl status nginx.service'
}

@test "a unit that starts nginx without a path: rollback --restart stops and starts it through systemd" {
	local version
	printf '%s\n' '[Service]' ExecStart= "ExecStart=@/usr/sbin/nginx nginx -g 'daemon on; master_process on;'" |
		host_write /etc/systemd/system/nginx.service.d/no-path.conf
	host_run systemctl daemon-reload
	with_drop_in
	version=$(host_run /usr/sbin/nginx -v 2>&1 | sed 's|.*/||')
	version=${version%% *}
	host_run cp /usr/sbin/nginx "/usr/sbin/nginx.$version"
	package_updated
	host_systemctl restart nginx
	assert_status 0
	old=$(host_master $PACKAGED)
	host_handover rollback
	assert_status 154
	assert_output 'a restart would do it'
	assert_serves "$old"
	host_handover rollback --restart
	assert_status 0
	assert_output 'systemd is asked to stop nginx.service'
	assert_output 'systemd is asked to start nginx.service'
	assert_output "rolled back by a restart: nginx $version serves"
	host_do answers "$version"
	assert_serves "$(host_master $PACKAGED)"
	host_run rm /etc/systemd/system/nginx.service.d/no-path.conf
	host_run systemctl daemon-reload
}
