#!/usr/bin/env bats
# Which nginx the helper trusts when systemd starts it: only that of the unit.
#
# hosts: (bullseye-v1) trixie-v2

load ../lib/systemd
load ../lib/trust-host

setup() {
	host_fresh
	fresh_witness
}

# leaves_by_itself BINARY: nginx -s quit, three times, and each time systemd runs ExecStop= of the unit.
leaves_by_itself() {
	for _ in 1 2 3; do
		host_run "$1" -s quit
		wait_until 20 state_is inactive
		assert_other_lives
		host_run rm -f $SOCKET # nginx up to 1.19.0 leaves it behind at QUIT
		host_systemctl start nginx
		assert_status 0
		assert_other_lives
	done
	host_systemctl stop nginx
	assert_status 0
	assert_other_lives
}

# --- two nginxes -------------------------------------------------------------------------------------

@test "the drop-in: Debian's nginx leaves by itself, the one in /usr/local/nginx lives on, 3 of 3" {
	host_do packaged_site
	host_systemctl start nginx
	assert_status 0
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	host_install_nginx 1.22.1
	other_nginx $TARGET host_shell
	leaves_by_itself /usr/sbin/nginx
}

@test "our own unit: its nginx leaves by itself, Debian's, started by hand, lives on, 3 of 3" {
	own_unit 1.22.1
	other_nginx /usr/sbin/nginx host_shell
	leaves_by_itself $TARGET
}

@test "our own unit, without settings, on Debian's nginx: that leaves by itself, the one in /usr/local/nginx lives on, 3 of 3" {
	host_do packaged_site
	host_install_unit "PID_FILE=$PACKAGED"
	host_systemctl start nginx
	assert_status 0
	host_install_nginx 1.22.1
	other_nginx $TARGET host_shell
	leaves_by_itself /usr/sbin/nginx
}

@test "our own unit, without settings: the nginx of the unit's PIDFile= leaves, one with the compiled-in pid file lives on" {
	local mine=/run/other/mine.pid
	host_do packaged_site
	host_run sed -i "s#^pid .*#pid $mine;#" /etc/nginx/nginx.conf
	host_install_unit "PID_FILE=$mine"
	host_systemctl start nginx
	assert_status 0
	assert_equal "$(host_main_pid)" "$(host_master $mine)" 'the main process'
	other_nginx /usr/sbin/nginx host_shell
	# the same pid file as the compiled-in one of the binary
	host_run cp /run/other/nginx.pid $PACKAGED
	leaves_by_itself /usr/sbin/nginx
}

@test "our own unit: stop, reload and restart beside another nginx reach the unit's own" {
	local verb
	own_unit 1.22.1
	other_nginx /usr/sbin/nginx host_shell
	for verb in reload restart reload-or-restart try-restart stop; do
		host_systemctl $verb nginx
		assert_status 0
		assert_other_lives
		[[ $verb == stop ]] || assert_serves "$(host_master)"
	done
	assert_equal "$(host_show ActiveState)" inactive
}

# --- a user that poses ------------------------------------------------------------------------------

# a program of the user nobody, which answers -V like the packaged nginx
poser_file() {
	host_run sh -c "cp $ATTACK/poser /run/home/nginx.copy && mv /run/home/nginx.copy /run/home/nginx && /usr/sbin/nginx -V 2>/run/home/nginx.V &&
		chown nobody /run/home/*"
}

# poses TITLE: a program of the user nobody with that title, in its own session. Sets POSER.
poses() {
	printf 'pid /run/home/nginx.pid;\nevents {}\nhttp { server { listen 127.0.0.1:8086; } }\n' | host_write /run/home/evil.conf
	poser_file
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run systemd-run --quiet --collect --uid=nobody --unit=posing-$BASHPID-$RANDOM --setenv=POSER_WORKERS=1 \
		--setenv=ATTACKER_PID_FILE=/run/home/nginx.pid bash -c 'exec -a "$0" /run/home/nginx' "$1"
	wait_until 10 host_run test -s /run/home/nginx.pid
	POSER=$(host_master /run/home/nginx.pid)
}

# No program of that user was executed as root, and only systemd has signalled it.
assert_no_harm() {
	! host_run grep '^exec poser 0\|^exec poser [0-9]* 0 ' /run/witness/log || fail "a user's program was executed as root"
	! host_run grep '^signal.*nginx-handover' /run/witness/log || fail "a user's process was signalled"
}

@test "a forged title while the unit is stopped: start starts root's nginx, and that is the main process" {
	local verb
	host_install_nginx 1.22.1
	host_settings "NGINX=$TARGET"
	host_install_unit
	poses "nginx: master process $TARGET -c /run/home/evil.conf"
	for verb in start reload restart stop start; do
		host_systemctl $verb nginx
		assert_status 0
		assert_no_harm
		[[ $verb != stop ]] || continue
		assert_equal "$(host_run readlink "/proc/$(host_main_pid)/exe")" $TARGET 'what the main process executes'
		assert_serves "$(host_master)"
	done
	host_run test -e "/proc/$POSER"
}

@test "a forged title, without settings: likewise, also at a shell" {
	local verb
	host_do packaged_site
	host_install_unit "PID_FILE=$PACKAGED"
	poses "nginx: master process /usr/sbin/nginx -c /run/home/evil.conf"
	host_handover status
	assert_status 3
	for verb in start stop; do
		host_systemctl $verb nginx
		assert_status 0
		assert_no_harm
	done
	host_handover start
	assert_status 0
	assert_equal "$(host_main_pid)" "$(host_master $PACKAGED)" 'the main process'
	assert_no_harm
}

# worker_poses: a worker, traced by a process of the user nobody, executes a program of that user
worker_poses() {
	poser_file
	POSER=$(host_do workers_of "$old" 'nginx: worker process' | head -n 1)
	host_run setpriv --reuid=nobody --regid=nogroup --clear-groups $ATTACK/trace "$POSER" /run/home/nginx "nginx: master process $TARGET"
}

main_is_poser() { [[ $(host_main_pid) == "$POSER" ]]; }

@test "a worker that poses: it never becomes the main process, at rest and during a handover" {
	own_unit 1.22.1
	host_settings "NGINX=$TARGET" START_TIMEOUT=3s SETTLE=10ms DRAIN_TIMEOUT=2s
	old=$(host_master)
	worker_poses
	host_systemctl reload nginx
	assert_status 0
	assert_serves "$old"
	# a new binary that never starts, and a worker with the title of the new master
	broken_by hangs-before-pid
	background reload host_run systemctl reload nginx
	wait_until 10 host_run test -e $PID_FILE.oldbin
	worker_poses
	while [[ -e /proc/$(<"$BATS_TEST_TMPDIR/reload.pid") ]] && alive "$(<"$BATS_TEST_TMPDIR/reload.pid")"; do
		! main_is_poser || fail 'the worker is the main process'
		pause 0.1
	done
	wait_for reload
	((status != 0)) || fail 'the reload was called a success'
	assert_serves "$old"
	host_do answers 1.22.1
}

# --- what a start keeps -------------------------------------------------------------------------------

@test "what the unit starts has the streams and the environment that nginx would have had" {
	host_install_nginx 1.22.1
	host_settings "NGINX=$TARGET"
	host_do write_conf 2 'error_log stderr notice;' "access_log $PREFIX/logs/access.log;"
	host_install_unit
	printf '%s\n' '[Service]' 'Environment=TZ=AAA-05:30' | host_write /etc/systemd/system/nginx.service.d/time.conf
	host_run systemctl daemon-reload
	host_systemctl start nginx
	assert_status 0
	host_do answers 1.22.1
	wait_until 5 host_run grep -q '+0530' $PREFIX/logs/access.log || fail "another time zone: $(host_run cat $PREFIX/logs/access.log)"
	host_journal -u nginx | grep -q 'start worker process' || fail "the error log does not reach the journal: $(host_journal -u nginx)"
}
