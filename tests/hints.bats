#!/usr/bin/env bats
# Losses of a successful handover, and the settings against them: sockets with reuseport that are closed, and
# kept-alive connections. And QUIT is delayed while connections wait to be accepted.

setup() {
	# shellcheck source=tests/lib/common.bash
	. "$BATS_TEST_DIRNAME/lib/common.bash"
	requires_root
	fresh_prefix
	reuseport_conf 4
	install_old 1.18.0
	start_nginx
	old=$(master)
}

teardown() {
	common_teardown
}

reuseport_conf() {
	write_conf "$1"
	sed -i "s/$PORT;/$PORT reuseport;/" "$CONF_FILE"
}

migrates() {
	echo "$1" >/proc/sys/net/ipv4/tcp_migrate_req
}

@test "settings with which a handover would lose less are named" {
	new_binary 1.26.3
	printf 'keepalive_min_timeout' >>"$NEW"
	handover upgrade --dry-run --pid-file "$PID_FILE" --binary "$NEW"
	assert_status 0
	assert_output 'keepalive_min_timeout, which nginx 1.26.3 knows'
	refute_output 'tcp_migrate_req'
	reuseport_conf 3
	new_binary 1.22.1
	[[ -e /proc/sys/net/ipv4/tcp_migrate_req ]] || skip 'cannot exist here: no tcp_migrate_req'
	handover upgrade --dry-run --pid-file "$PID_FILE" --binary "$NEW"
	refute_output 'keepalive_min_timeout'
	assert_output '1 sockets with reuseport will be closed'
	assert_output 'sysctl -w net.ipv4.tcp_migrate_req=1'
	write_conf 4
	handover upgrade --dry-run --pid-file "$PID_FILE" --binary "$NEW"
	assert_output '3 sockets with reuseport will be closed'
	migrates 1 # its own advice
	handover upgrade --dry-run --pid-file "$PID_FILE" --binary "$NEW"
	assert_status 0
	refute_output 'tcp_migrate_req'
	reuseport_conf 2
	handover upgrade --settle 200ms --pid-file "$PID_FILE" --binary "$NEW"
	assert_status 0
	refute_output 'tcp_migrate_req'
	migrates 0
	reuseport_conf 1
	handover upgrade --settle 200ms --pid-file "$PID_FILE" --force
	assert_status 0
	assert_output 'sockets with reuseport close now'
	assert_equal "$(count_workers "$(master)")" 1 'number of workers'
}

new_serves() {
	[[ $(master) != "$old" ]] && master_ready
}

@test "connections that wait to be accepted are seen before QUIT, and then answered" {
	local fds=() fd helper rc=0
	mapfile -t workers < <(workers_of "$old" 'nginx: worker process')
	reuseport_conf 1
	kill -STOP "${workers[@]}"
	for _ in {1..16}; do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&"$fd"
		fds+=("$fd")
	done
	"$HANDOVER" upgrade --settle 4s --trace "$BATS_TEST_TMPDIR/trace" --pid-file "$PID_FILE" 3>&- &
	helper=$!
	wait_until 10 new_serves
	pause 0.3 # for a look; the trace tells whether there was one
	kill -CONT "${workers[@]}"
	wait "$helper" || rc=$?
	cat "$BATS_TEST_TMPDIR/trace"
	assert_equal "$rc" 0 'exit code'
	grep -q ' queued=[1-9].* phase=both move=wait' "$BATS_TEST_TMPDIR/trace"
	for fd in "${fds[@]}"; do
		[[ $(timeout 10 cat <&"$fd") == *'it works'* ]] || fail "no answer on $fd"
	done
}
