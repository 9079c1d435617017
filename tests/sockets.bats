#!/usr/bin/env bats
# The listening sockets of the two generations decide how a handover proceeds: after WINCH, a socket that the new
# generation does not read, on an address that it serves, would have no reader.

load lib/common

UDP_PORT=5300
BEHIND_PORT=5301
SYSLOG_PORT=5514

setup() {
	requires_root
	fresh_prefix
	install_old 1.22.1 stream
}

teardown() {
	[[ -z ${BEHIND:-} ]] || kill "$BEHIND"
	common_teardown
}

# conf WORKERS TCP-WORDS [UDP-WORDS [MORE-LINES-OF-THE-SERVER [MAIN-LINES]]]
conf() {
	write_conf "$1" "${5:-}
		stream { server { listen 127.0.0.1:$UDP_PORT udp ${3:-}; proxy_pass 127.0.0.1:$BEHIND_PORT; proxy_responses 1; } }" \
		"${4:-}"
	sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT ${2:-};/" "$CONF_FILE"
}

# server_behind [PORT]
server_behind() {
	"$TOP/build/tests/answer_udp" 127.0.0.1 "${1:-$BEHIND_PORT}" >/dev/null 3>&- &
	BEHIND=$!
}

# New connections, and datagrams, each from a port of its own.
clients_start() {
	NEW_RATE=300 load_start --timeout 4 --udp 127.0.0.1:$UDP_PORT --udp-rate 300 --udp-timeout 1 --slow 0 "$@"
}

# clients_stop CONNECTIONS DATAGRAMS: at most that many may be lost. What waits in the queue of a socket when
# nginx closes it is lost, which the helper cannot prevent: one or two of 300 a second, and more datagrams on a
# busy machine. A socket without a reader loses dozens, even if only for 200 ms.
clients_stop() {
	local of_new of_udp
	kill -TERM "$LOAD_PID"
	wait "$LOAD_PID" || :
	unset LOAD_PID
	cat "$BATS_TEST_TMPDIR/load.log" "$BATS_TEST_TMPDIR/summary"
	of_new=$(summary new_failed)
	of_udp=$(summary udp_failed)
	(($(summary new_ok) > 100 && $(summary udp_ok) > 100)) || fail 'there was no load'
	((of_new <= $1 && of_udp <= $2)) || fail "$of_new connections and $of_udp datagrams were lost"
	rm "$BATS_TEST_TMPDIR/ready"
}

# step HOW WORKERS TCP-WORDS UDP-WORDS [LINES]: an upgrade to this configuration proceeds in that way.
step() {
	local how=$1
	shift
	conf "$@"
	new_binary 1.22.1 stream
	echo "# $*"
	handover upgrade -v --settle 200ms --force --binary "$NEW"
	assert_status 0
	case $how in
	winch) assert_output 'WINCH' ;;
	quit) refute_output 'WINCH' ;;
	esac
	assert_equal "$(count_workers "$(master)")" "$1"
}

@test "a server of UDP whose sessions end by their timeout alone is named beforehand" {
	conf 1
	start_nginx
	handover upgrade --dry-run --pid-file "$PID_FILE" --force
	assert_status 0
	refute_output 'proxy_responses'
	sed -i 's/ proxy_responses 1;//' "$CONF_FILE"
	handover upgrade --dry-run --pid-file "$PID_FILE" --force
	assert_status 0
	assert_output 'listens on UDP without proxy_responses'
	handover doctor --pid-file "$PID_FILE" --json
	assert_output '"id":"udp-sessions"'
}

@test "reuseport added, fewer workers, more, removed; addresses added and removed: no client is left without a reader" {
	conf 4
	server_behind
	start_nginx
	clients_start
	step winch 4 reuseport reuseport
	step winch 4 reuseport reuseport
	step winch 4 reuseport reuseport "listen 127.0.0.1:8090 reuseport;"
	# by the wildcard of the same port
	step quit 4 reuseport reuseport "listen 8090 reuseport;"
	# this address is not served any more: that is no loss
	step winch 4 reuseport reuseport
	step quit 2 reuseport reuseport
	step winch 4 reuseport reuseport
	step quit 4 '' reuseport
	step winch 4 reuseport reuseport
	step quit 4 reuseport ''
	clients_stop 10 60
}

@test "the old workers are gone already, by hand: they come back for the clients that nobody would serve" {
	conf 4 reuseport reuseport
	server_behind
	start_nginx
	old=$(master)
	clients_start
	conf 4
	kill -USR2 "$old"
	wait_until 10 new_by_hand
	kill -WINCH "$old"
	wait_until 10 no_old_workers
	handover finish -v --settle 500ms
	assert_status 0
	assert_output 'HUP to the old master'
	gone "$old"
	clients_stop 6 20
}

new_by_hand() { [[ -s $PID_FILE && $(master) != "$old" ]] && master_ready; }
no_old_workers() { ! workers_of "$old" 'nginx: worker process' >/dev/null; }

@test "others send HUP to the new master, which then closes sockets of the old one's: the old workers come back" {
	conf 4 reuseport reuseport
	server_behind
	start_nginx
	old=$(master)
	new_binary 1.22.1 stream
	clients_start
	"$HANDOVER" upgrade -v --settle 4s --force --binary "$NEW" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	run=$!
	wait_until 10 new_by_hand
	wait_until 10 no_old_workers
	conf 4
	kill -HUP "$(master)"
	wait $run || fail "upgrade: $? $(cat "$BATS_TEST_TMPDIR/out")"
	cat "$BATS_TEST_TMPDIR/out"
	grep -q 'HUP to the old master' "$BATS_TEST_TMPDIR/out" || fail 'no HUP to the old master'
	clients_stop 6 40
}

@test "a log that goes to syslog by UDP: a master that has had QUIT is known by what it listens on" {
	conf 2 '' '' '' "error_log syslog:server=127.0.0.1:$SYSLOG_PORT info;"
	server_behind $SYSLOG_PORT
	start_nginx
	old=$(master)
	slow_client
	new_binary 1.22.1 stream
	handover upgrade --settle 200ms --drain-timeout 200ms --force --binary "$NEW"
	assert_status 151
	alive "$old"
	handover status
	assert_status 0
	assert_output "$(master)"
	refute_output 'no worker accepts'
	handover reload
	assert_status 0
	alive "$old"
	handover rollback
	assert_status 154
	assert_output 'too late'
	handover finish --drain-timeout 200ms
	assert_status 151
	exec {slow}>&-
	wait_until 10 gone "$old"
	# and the only one
	old=$(master)
	slow_client
	kill -QUIT "$old"
	wait_until 10 no_old_workers
	handover status
	assert_status 3
	assert_output 'has had QUIT'
	handover reload
	assert_status 154
	exec {slow}>&-
	wait_until 10 gone "$old"
}
