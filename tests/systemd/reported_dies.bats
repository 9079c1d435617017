#!/usr/bin/env bats
# A new master that systemd was told of and that dies while the old one can still take over again.
#
# hosts: bullseye-v1 bookworm-v1 bookworm-v2 trixie-v2

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

@test "by systemctl reload: undone, systemd is with the old master, and nginx serves on" {
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
