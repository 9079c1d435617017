#!/usr/bin/env bats
# HTTP/3 during handovers by the helper, with Debian's nginx and curl, for each value of QUIC=.
#
# hosts: trixie-v2

load ../lib/systemd
load ../lib/http3

setup_file() { http3_boot; }
setup() { http3_fresh SETTLE=100ms; }

@test "heal: six upgrades in a row with quic_bpf leave no socket without a reader" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	for _ in 1 2 3 4 5 6; do
		host_handover upgrade --force
		assert_status 0
		assert_output "2 UDP sockets that nobody read were taken out of use"
		refute_output 'have no reader'
		all_answered
	done
	host_handover status
	refute_output HTTP/3
}

@test "heal: sockets that earlier upgrades left are treated before USR2, by a reload and by an undo" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	host_handover upgrade --force --quic off
	assert_status 157
	host_handover reload
	assert_status 0
	assert_output '2 UDP sockets that nobody read were taken out of use'
	all_answered
	host_handover upgrade --force --quic off
	assert_status 157
	host_handover upgrade --force --json
	assert_status 0
	assert_output '"event":"healed"'
	all_answered
	host_handover upgrade --force --quic off
	assert_status 157
	host_handover finish
	assert_status 0
	assert_output '2 UDP sockets that nobody read were taken out of use'
	refute_output 'nothing was done'
	host_handover finish
	assert_output 'nothing was done'
}

@test "steer: quic_bpf on" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	host_handover upgrade --force --quic steer --dry-run
	assert_output 'new clients will be led to the new generation'
	host_handover upgrade --force --quic steer --verbose
	assert_status 0
	assert_output 'done in'
	assert_output 'attach a program to the UDP sockets'
	assert_output 'lead new clients of HTTP/3 to the new generation'
	assert_output 'detach the program from the UDP sockets'
	all_answered
}

@test "steer: quic_bpf off" {
	with_http3 off reuseport
	host_handover upgrade --force --quic steer --verbose
	assert_status 0
	assert_output 'done in'
	assert_output 'detach the program from the UDP sockets'
	all_answered
	host_handover upgrade --force --quic steer
	assert_status 0
	assert_output 'done in'
	all_answered
}

# A reload detaches the program that it finds.
nothing_is_attached() {
	host_handover reload --verbose
	assert_status 0
	refute_output 'detach the program'
	refute_output 'is taken away'
}

# An undo is refused if there is nothing to undo yet, or any more; finish then does the rest.
each_killed() { # finish|rollback
	local at
	for at in "${QUIC_STEPS[@]}"; do
		quic_killed_at "$at"
		host_handover "$1"
		[[ $1 == rollback ]] || assert_status 0
		host_handover finish
		assert_status 0
		nothing_is_attached
		all_answered
	done
}

@test "steer: a run that was killed at any action is finished, with quic_bpf on" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	each_killed finish
}

@test "steer: a run that was killed at any action is undone, with quic_bpf off" {
	with_http3 off reuseport
	each_killed rollback
}

@test "steer: undone after the switch" {
	local mode
	for mode in on off; do
		with_http3 $mode reuseport
		host_handover upgrade --force --quic steer --verbose --probe false
		assert_status 150
		assert_output 'lead new clients of HTTP/3 to the old generation'
		assert_output 'detach the program from the UDP sockets'
		assert_serves "$old"
		all_answered
		nothing_is_attached
		host_systemctl stop nginx
	done
}

@test "steer: a reload is a handover to the same nginx where HTTP/3 is served" {
	with_http3 on reuseport
	host_handover reload --quic steer
	assert_status 0
	assert_output 'HTTP/3 is served: a new generation of nginx reads the configuration'
	assert_output 'done in'
	[[ $(host_master $PACKAGED) != "$old" ]] || fail 'the same master serves'
	all_answered
	host_handover reload # QUIC=heal
	assert_status 0
	refute_output 'a new generation'
}

# crashed_at TEXT old|new: SIGKILL to that master when the helper announces this step.
crashed_at() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run sh -c '
		rm -f /tmp/said
		/usr/sbin/nginx-handover upgrade --force --quic steer --verbose >/tmp/said 2>&1 &
		helper=$!
		until grep -qs "$0" /tmp/said; do :; done
		case $1 in
		old) kill -KILL "$2" ;;
		new)
			until pid=$(cat /run/nginx.pid 2>/dev/null) && [ "${pid:-$2}" != "$2" ]; do :; done
			kill -KILL "$pid"
			;;
		esac
		wait $helper
		echo "status $?" >>/tmp/said
		cat /tmp/said' "$1" "$2" "$(host_master $PACKAGED)"
}

each_crashed() { # on|off
	local at said
	for at in 'USR2 to' 'lead new clients'; do
		with_http3 "$1" reuseport
		host_settings NGINX=/usr/sbin/nginx SETTLE=500ms
		said=$(crashed_at "$at" new)
		[[ $said == *'status 150' ]] || fail "not undone: $said"
		host_handover finish
		nothing_is_attached
		all_answered
		host_systemctl stop nginx
	done
	with_http3 "$1" reuseport
	said=$(crashed_at 'lead new clients' old)
	[[ $said == *'status 0' ]] || fail "not finished: $said"
	host_handover finish
	nothing_is_attached
	all_answered
}

@test "steer: a master that crashes leaves HTTP/3 served, quic_bpf on" {
	each_crashed on
}

@test "steer: a master that crashes leaves HTTP/3 served, quic_bpf off" {
	each_crashed off
}
