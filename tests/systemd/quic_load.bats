#!/usr/bin/env bats
# No HTTP/3 client is lost: clients of three kinds, and TCP beside them, during handovers; Debian's nginx.
#
# hosts: trixie-v2

load ../lib/systemd
load ../lib/quic

setup_file() { quic_boot; }
setup() { quic_fresh; }

requires_quic_bpf() {
	host_run sh -c "ls -l /proc/$old/fd | grep -q anon_inode:bpf-map" || skip 'cannot exist here: this kernel has no quic_bpf'
}

requires_steering() {
	[[ $(host_run /usr/sbin/nginx-handover --version) != *'no steering'* ]] || skip 'cannot exist here: no compiler for BPF'
}

# upgrades COUNT OPTION...: under load, with enough time between them
upgrades() {
	local i
	for ((i = 0; i < $1; i++)); do
		pause 0.5
		host_handover upgrade --force --drain-timeout 1min "${@:2}"
		assert_status 0
	done
}

@test "healed: after three upgrades with quic_bpf all clients are answered; downloads and TCP never lost anything" {
	quic_serve on
	requires_quic_bpf
	quic_load_start
	upgrades 3 --quic heal
	quic_load_stop
	assert_equal "$(quic_load_of broken)" 0 "broken of $load_line"
	assert_equal "$(quic_load_of tcp_failed)" 0 "tcp_failed of $load_line"
	quic_load_start
	pause 3
	quic_load_stop
	quic_load_lost_nothing
}

# nothing_was_lost [REFUSED]: what is lost at the end is missed some seconds later
nothing_was_lost() {
	pause 6
	quic_load_stop
	quic_load_lost_nothing "$@"
}

# steered on|off [WORKERS]: upgrades, and a reload, which is one here
steered() {
	quic_serve "$@"
	requires_steering
	host_settings NGINX=/usr/sbin/nginx QUIC=steer
	quic_load_start
	upgrades 3
	host_handover reload
	assert_status 0
	assert_output 'done in'
	nothing_was_lost
	host_run sh -c "! grep -q emerg /var/log/nginx/error.log"
}

@test "steered, quic_bpf on: three upgrades and a reload under load, and nothing is lost" { steered on; }

@test "steered, quic_bpf off: three upgrades and a reload under load, and nothing is lost" { steered off 3; }

# at_once on|off: the old workers may leave soon after the switch, and some clients are in the middle of a handshake
at_once() {
	quic_serve "$1"
	requires_steering
	quic_load_start --way 40
	upgrades 3 --quic steer --settle 0
	nothing_was_lost
}

@test "steered, quic_bpf on: without a settle time, and nothing is lost" { at_once on; }

@test "steered, quic_bpf off: without a settle time, and nothing is lost" { at_once off; }

# killed on|off: the helper at each step, and another run finishes what it has begun
killed() {
	local step
	quic_serve "$1"
	requires_steering
	quic_load_start
	for step in "${QUIC_STEPS[@]}"; do
		quic_killed_at "$step"
		host_handover finish --drain-timeout 1min
		assert_status 0
	done
	nothing_was_lost
}

@test "steered, quic_bpf on: killed at each step, finished, and nothing is lost" { killed on; }

@test "steered, quic_bpf off: killed at each step, finished, and nothing is lost" { killed off; }

# other_workers FROM TO: with quic_bpf off, clients are assigned to workers by the order of their sockets
other_workers() {
	quic_serve off "$1"
	requires_steering
	quic_load_start
	quic_conf off "$2"
	host_handover upgrade --force --quic steer
	assert_status 0
	nothing_was_lost
}

@test "steered, quic_bpf off: to more workers, and nothing is lost" { other_workers 2 3; }

@test "steered, quic_bpf off: to fewer workers, and nothing is lost" { other_workers 3 2; }

# undone_under_load on|off: the new generation already serves new clients when a probe fails
undone_under_load() {
	quic_serve "$1"
	requires_steering
	quic_load_start
	host_handover upgrade --force --quic steer --settle 1s --probe "timeout 1 tail -f /dev/null; false"
	assert_status 150
	assert_equal "$(host_master $QUIC_PID_FILE)" "$old" 'the master after the undo'
	nothing_was_lost 3
}

@test "steered, quic_bpf on: undone after the switch, and nothing is lost" { undone_under_load on; }

@test "steered, quic_bpf off: undone after the switch, and nothing is lost" { undone_under_load off; }
