#!/usr/bin/env bats
# nginx-handover heal: UDP sockets of a master that none of its workers reads, as after upgrades of HTTP/3 by hand.
# Here nginx inherits such a socket at its start. For HTTP/3 itself, and for the map of quic_bpf, see
# tests/systemd/quic.bats.
# kernels: today pidfd

load lib/common

UDP_PORT=5300
BEHIND_PORT=5301

setup() {
	requires_root
	fresh_prefix
	install_old 1.22.1 stream
	write_conf 2 "stream { server { listen 127.0.0.1:$UDP_PORT udp reuseport; proxy_pass 127.0.0.1:$BEHIND_PORT; proxy_responses 1; } }"
}

teardown() { common_teardown; }

# start_with COUNT [UID]: nginx, as that user, with COUNT inherited sockets of its UDP address that it does not use.
start_with() {
	python3 - "$1" "${2:-0}" $UDP_PORT $TARGET 3>&- <<-'PYTHON' || return
		import os, socket, sys
		count, uid, port = (int(x) for x in sys.argv[1:4])
		os.setgroups([])
		os.setresgid(uid, uid, uid)
		os.setresuid(uid, uid, uid)
		for i in range(count):
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
		    s.bind(("127.0.0.1", port))
		    os.set_inheritable(s.detach(), True)
		os.execv(sys.argv[4], [sys.argv[4]])
	PYTHON
	wait_until 10 master_ready
	old=$(master)
}

# The number of sockets of that address to which the kernel gives new clients
dealt() { awk -v port=":$(printf %04X $UDP_PORT)" '$2 ~ port "$" && $3 ~ /:0000$/' /proc/net/udp | wc -l; }

@test "nothing to do, or no nginx" {
	handover heal
	assert_status 7
	start_nginx
	handover heal
	assert_status 0
	assert_output 'nothing to do'
	handover heal --json
	assert_output '"verdict":"nothing_to_do","code":0,"changed":false'
	assert_equal "$(dealt)" 2
}

@test "sockets without a reader are named and taken out of use; where the kernel cannot do that it is said" {
	start_with 3
	assert_equal "$(dealt)" 5
	handover status
	assert_output "of 5 UDP sockets on 127.0.0.1:$UDP_PORT 3 have no reader"
	if [[ ${NH_KERNEL:-today} != today ]]; then
		assert_output 'What to do: "nginx-handover restart"'
		handover heal
		assert_status 154
		assert_output 'this kernel cannot do it (pidfd_getfd, Linux 5.6)'
		assert_equal "$(dealt)" 5
		return
	fi
	assert_output 'What to do: "nginx-handover heal"'
	handover heal --dry-run
	assert_status 0
	assert_output 'the 3 without a reader would be taken out of use'
	assert_equal "$(dealt)" 5
	handover heal
	assert_status 0
	assert_output "HTTP/3 on 127.0.0.1:$UDP_PORT: 3 UDP sockets that nobody read were taken out of use"
	assert_equal "$(dealt)" 2
	handover status
	refute_output 'have no reader'
	assert_equal "$(master)" "$old" 'the master'
}

@test "beside an unfinished handover it does nothing" {
	start_with 1
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	handover heal
	assert_status 153
	assert_output 'an earlier handover is unfinished'
	assert_equal "$(dealt)" 3
}

@test "a worker that has died leaves no socket to be healed" {
	local i
	start_with 1
	for i in 1 2 3 4 5 6 7 8; do
		kill -KILL "$(pgrep -P "$old" -f 'worker process' | head -n 1)"
		handover heal
		[[ ${NH_KERNEL:-today} != today ]] || ((status == 0)) || fail "round $i"
	done
	wait_until 10 has_workers 2
	[[ ${NH_KERNEL:-today} == today ]] || return 0
	assert_equal "$(dealt)" 2
}

has_workers() { (($(pgrep -c -P "$old" -f 'worker process$') == $1)); }

@test "an ordinary user's nginx: by root, and by himself where Yama lets him" {
	local user=65534
	[[ ${NH_KERNEL:-today} == today ]] || skip 'cannot exist here: nothing is healed on this kernel'
	chown -R $user:$user $PREFIX
	start_with 2 $user
	handover heal --pid-file $PID_FILE --trust-user $user
	assert_status 0
	assert_output '2 UDP sockets that nobody read were taken out of use'
	assert_equal "$(dealt)" 2
	kill -TERM "$old"
	wait_until 10 gone "$old"
	start_with 2 $user
	run_shown setpriv --reuid=$user --regid=$user --clear-groups "$HANDOVER" heal --pid-file $PID_FILE
	if ((status == 154)); then
		assert_output 'it may not take sockets of another process'
		assert_equal "$(dealt)" 4
	else
		assert_status 0
		assert_equal "$(dealt)" 2
	fi
}

gone() { ! kill -0 "$1" 2>/dev/null; }
