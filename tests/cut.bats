#!/usr/bin/env bats
# Each command that cuts connections counts and reports exactly those that are cut.
#
# kernels: today

load lib/common
# shellcheck disable=SC2016 # variables of nginx and of perl

setup() {
	requires_root
	fresh_prefix
	write_conf 2 '' 'location /ws {
		proxy_pass http://127.0.0.1:8090;
		proxy_http_version 1.1;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection upgrade;
	}'
	install_old 1.18.0
}

teardown() {
	local pid
	for pid in "${OTHERS[@]}"; do kill -KILL "$pid" 2>/dev/null || :; done
	common_teardown
}

OTHERS=()

# A server behind nginx that switches each connection from HTTP to another protocol, and never closes it.
server_behind() {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8090", Listen => 5, ReuseAddr => 1) or die $!;
		my @all;
		while (my $c = $s->accept) {
			push @all, $c;
			sysread($c, my $asked, 4096);
			syswrite($c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
		}' 3>&- &
	OTHERS+=($!)
	wait_until 10 listens 1F9A
}

# The port in hexadecimal.
listens() {
	grep -q "^ *[0-9]*: [0-9A-F]*:$1 [0-9A-F]*:0000 0A" /proc/net/tcp
}

websocket() {
	local line
	exec {websocket}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n' >&"$websocket"
	read -rt 10 -u "$websocket" line
	[[ $line == *' 101 '* ]]
}

# A download over the unix socket whose client stops reading.
unix_client() {
	mkfifo "$BATS_TEST_TMPDIR/unix"
	perl -MIO::Socket::UNIX -e '
		my $c = IO::Socket::UNIX->new(Peer => shift) or die $!;
		syswrite($c, "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
		sysread($c, my $answer, 100);
		open(my $ready, ">", shift) or die $!; print $ready "\n"; close($ready);
		select(undef, undef, undef, undef)' $SOCKET "$BATS_TEST_TMPDIR/unix" 3>&- &
	OTHERS+=($!)
	read -rt 10 _ <>"$BATS_TEST_TMPDIR/unix"
}

# A handover by hand, until the new generation serves alone.
half_way() {
	old=$(master)
	cp "$(built 1.22.1)" $TARGET.tmp
	mv $TARGET.tmp $TARGET
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	kill -WINCH "$old"
	wait_until 10 none_accepts "$old"
}

none_accepts() {
	! workers_of "$1" 'nginx: worker process' >/dev/null
}

@test "upgrade with DRAIN_EXPIRED=term: each that was cut, by kind, and not \"done\"; --json tells it, too" {
	start_nginx
	server_behind
	slow_client
	websocket
	unix_client
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms --drain-timeout 1 --drain-expired term --json
	assert_status 0
	assert_output '3 connections were cut after 1 s, as asked (2 TCP, 1 unix; with 1 connection to servers behind nginx)'
	assert_output '"event":"handed_over"'
	assert_output '"cut":3,"cut_tcp":2,"cut_unix":1,"cut_udp":0'
	refute_output '"done"'
	refute_output 'done in'
	exec {slow}>&- {websocket}>&-
}

@test "finish: connections that wait at a removed address, and those that TERM cuts" {
	sed -i 's/listen unix/listen 127.0.0.1:8081; &/' $CONF_FILE
	start_nginx
	slow_client
	sed -i 's/listen 127.0.0.1:8081;//' $CONF_FILE
	half_way
	exec {waits}<>/dev/tcp/127.0.0.1/8081
	handover finish --settle 10ms --drain-timeout 300ms --drain-expired term
	assert_status 0
	assert_output '; 1 connection was cut after 300 ms, as asked (1 TCP)'
	assert_output '; 1 connection was reset where the new generation does not listen'
	exec {slow}>&- {waits}>&-
}

@test "rollback: clients of the new generation that are cut" {
	start_nginx
	half_way
	slow_client
	handover rollback --drain-timeout 300ms --drain-expired term
	assert_status 0
	assert_output 'rolled back, as asked'
	assert_output '; 1 connection was cut after 300 ms, as asked (1 TCP)'
	exec {slow}>&-
}

@test "stop: the connections that are cut; none if all were served" {
	start_nginx
	slow_client
	handover stop --drain-timeout 200ms
	assert_status 0
	assert_output '; 1 connection was cut after 200 ms, as asked (1 TCP)'
	exec {slow}>&-
	start_nginx
	exec {idle}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$idle"
	read -ru "$idle" _
	handover stop --json
	assert_status 0
	assert_output '"cut":0,'
	refute_output 'cut after'
	exec {idle}>&-
}

@test "worker_shutdown_timeout: nginx itself cuts, which is no \"done\"" {
	sed -i '1i worker_shutdown_timeout 1s;' $CONF_FILE
	start_nginx
	slow_client
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	assert_output 'handed over in'
	assert_output '; 1 connection was cut by nginx itself after 1 s, as worker_shutdown_timeout says'
	refute_output 'as asked'
	exec {slow}>&-
}

# strace holds each exit of the old workers up for a while.
exits_are_slow() {
	local -a pids
	mapfile -t pids < <(pgrep -P "$(master)")
	strace -qq -o /dev/null "${pids[@]/#/-p}" -e trace=exit_group -e inject=exit_group:delay_enter=400000 3>&- &
	OTHERS+=($!)
	wait_until 10 traced "${pids[@]}"
}

traced() {
	local pid
	for pid; do grep -q '^TracerPid:.[1-9]' "/proc/$pid/status" || return 1; done
}

@test "worker_shutdown_timeout: the client is counted, too, where the worker is still seen after it has cut" {
	sed -i '1i worker_shutdown_timeout 1s;' $CONF_FILE
	start_nginx
	slow_client
	exits_are_slow
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --settle 10ms
	assert_status 0
	assert_output '; 1 connection was cut by nginx itself after 1 s, as worker_shutdown_timeout says'
	exec {slow}>&-
}

upgrade_drains() {
	new_binary 1.22.1
	"$HANDOVER" upgrade --binary "$NEW" --settle 10ms "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- {slow}>&- &
	helper=$!
	wait_until 10 grep -q ' both ' "$BATS_TEST_TMPDIR/out"
	wait_until 10 none_accepts "$old"
}

upgrade_ends() {
	local rc=0
	wait $helper || rc=$?
	output=$(cat "$BATS_TEST_TMPDIR/out")
	assert_equal "$rc" 0 'the exit code of upgrade'
	refute_output 'done in'
}

@test "others kill a worker that drains: its clients are not called served" {
	start_nginx
	old=$(master)
	slow_client
	upgrade_drains
	kill -KILL "$(workers_of "$old" 'nginx: worker process is shutting down')"
	upgrade_ends
	assert_output '; 1 worker of the old generation was killed by others or crashed, with the clients that it had'
	exec {slow}>&-
}

@test "others end the old master by TERM while it drains: how many connections its workers had" {
	start_nginx
	old=$(master)
	slow_client
	upgrade_drains
	kill -TERM "$old"
	upgrade_ends
	assert_output '; others have ended workers of the old generation, which had 1 connection'
	exec {slow}>&-
}
