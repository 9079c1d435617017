#!/usr/bin/env bats
# The path unit: a handover when another binary has been put in place by hand.
#
# hosts: bookworm-rpm-v2

load ../lib/systemd
load ../lib/packages

WATCH=nginx-handover@usr-local-nginx-sbin-nginx

# Our own unit, and the path unit, for the nginx at its seed path.
with_watch() {
	rpm_does -U el8/nginx-handover el8/nginx-handover-nginx el8/nginx-handover-systemd
	host_install_nginx "$1"
	host_settings "NGINX=$TARGET" "PID_FILE=$PID_FILE" SETTLE=200ms
	host_run mv /etc/default/nginx /etc/sysconfig/nginx
	host_run sed -i "s|^PIDFile=.*|PIDFile=$PID_FILE|" /usr/lib/systemd/system/nginx.service
	host_run systemctl daemon-reload
	host_systemctl start nginx
	assert_status 0
	old=$(host_master)
	assert_serves "$old"
}

with_watch_on() {
	with_watch "$1"
	host_systemctl start $WATCH.path
	assert_status 0
}

watch_is() { [[ $(host_show SubState $WATCH.path) == "$1" ]]; }

# The service has ended successfully.
assert_watched() {
	wait_until 10 watch_is waiting
	assert_equal "$(host_show Result $WATCH.service)" success 'the result of the service'
}

has_failed() { [[ $(host_show Result $WATCH.service) == exit-code ]]; }

serves() { [[ $(host_do http) == *"Server: nginx/$1"* ]]; }

@test "it is not enabled" {
	with_watch 1.18.0
	run host_run systemctl list-units --all --plain --no-legend 'nginx-handover@*'
	assert_equal "$output" ''
	run host_run find /etc/systemd/system -name 'nginx-handover*'
	assert_equal "$output" ''
}

@test "a binary that is renamed to its path: a handover" {
	with_watch_on 1.18.0
	replaced_by 1.22.1
	wait_until 20 main_is_not "$old"
	assert_watched
	assert_serves "$(host_master)"
	host_do answers 1.22.1
}

@test "a binary that is removed and written again: a handover when it is complete" {
	with_watch_on 1.18.0
	mkfifo "$BATS_TEST_TMPDIR/rest"
	exec {rest}<>"$BATS_TEST_TMPDIR/rest"
	host_run rm $TARGET
	wait_until 10 watch_is running
	background copy host_run sh -c "head -c 100000 /opt/nginx/1.22.1-seed/nginx >$TARGET; exec >>$TARGET; chmod 755 $TARGET; \
		read -r _; tail -c +100001 /opt/nginx/1.22.1-seed/nginx" <"$BATS_TEST_TMPDIR/rest"
	wait_until 10 host_run test -x $TARGET
	watch_is running || fail 'it has not waited'
	echo >&"$rest"
	wait_for copy
	assert_status 0
	wait_until 20 main_is_not "$old"
	assert_watched
	host_do answers 1.22.1
	run host_journal -t nginx-handover -t binary-changed
	refute_output 'not handed over'
}

@test "another binary during a handover: a handover to that one, too" {
	with_watch_on 1.18.0
	host_slow_client
	replaced_by 1.22.1
	wait_until 20 main_is_not "$old"
	watch_is running || fail 'it is over'
	replaced_by 1.26.3
	host_slow_finish
	wait_until 20 serves 1.26.3
	assert_watched
	assert_serves "$(host_master)"
}

@test "a file that is no program: reported, the old one serves, and the next file is used" {
	with_watch_on 1.18.0
	broken_by missing-library
	wait_until 10 has_failed
	wait_until 10 watch_is waiting
	assert_serves "$old"
	replaced_by 1.22.1
	wait_until 20 main_is_not "$old"
	assert_watched
	host_do answers 1.22.1
}
