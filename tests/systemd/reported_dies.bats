#!/usr/bin/env bats
# A new master that was reported to systemd, and dies while the old one can still take over again.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.18.0
	old=$(host_master)
	host_settings "NGINX=$TARGET" SETTLE=1min
}

# The new generation is watched; then its master is killed, and the run ends.
new_dies() {
	local title='nginx: master process'
	wait_until 20 status_has shifted
	new=$(host_run pgrep -P "$old" -f "$title")
	host_run kill -KILL "$new"
	wait_for run
	assert_status "$1"
}

@test "by systemctl reload: undone, the old master is the main process, and nginx goes on serving" {
	replaced_by 1.22.1
	background run host_run systemctl reload nginx
	new_dies 1
	assert_serves "$old"
	host_do answers 1.18.0
}

@test "by a shell's upgrade: the same, and a reload that fails after it does no harm" {
	host_new_binary 1.22.1
	background run host_shell nginx-handover upgrade --binary "$NEW"
	new_dies 150
	assert_serves "$old"
	host_run sed -i '1i no_such_directive on;' $PREFIX/conf/nginx.conf
	host_systemctl reload nginx
	((status != 0)) || fail 'the reload did not fail'
	assert_serves "$old"
	host_do answers 1.18.0
}

# hears WHOM: sets NotifyAccess= of the unit, without values that 219 does not know
hears() {
	host_run sed -i '/^NotifyAccess=exec/d' /etc/systemd/system/nginx.service
	printf '%s\n' '[Service]' "NotifyAccess=$1" | host_write /etc/systemd/system/nginx.service.d/hears.conf
	host_run systemctl daemon-reload
	host_settings "NGINX=$TARGET" SETTLE=100ms
	host_slow_client
}

# The same in the drain, when the new master has been reported to systemd.
reported_dies() {
	wait_until 20 main_is_not "$old"
	host_run kill -KILL "$(host_main_pid)"
	wait_for run
	assert_status "$1"
}

@test "in the drain, with NotifyAccess=all, which 219 knows: undone, and systemd is with the old master" {
	hears all
	replaced_by 1.22.1
	background run host_run systemctl reload nginx
	reported_dies 1
	assert_serves "$old"
	host_do answers 1.18.0
	host_slow_finish
}

@test "in the drain, with NotifyAccess=main, as on 219: reported as a success, and nothing is killed" {
	hears main
	replaced_by 1.22.1
	background run host_run systemctl reload nginx
	reported_dies 0
	wait_until 10 state_is active
	assert_serves "$old"
	host_do answers 1.18.0
	run host_journal -u nginx -o cat
	assert_output 'exit code 0 instead of 150'
	host_slow_finish
}

@test "in the drain of a shell's upgrade: a reload that is refused while systemd is with the dead one harms nobody" {
	hears main
	host_new_binary 1.22.1
	background run host_shell nginx-handover upgrade --binary "$NEW"
	reported_dies 150
	host_run sed -i '1i no_such_directive on;' $PREFIX/conf/nginx.conf
	host_systemctl reload nginx
	run host_journal -u nginx -o cat
	assert_output no_such_directive
	assert_serves "$old"
	host_do answers 1.18.0
	host_slow_finish
}
