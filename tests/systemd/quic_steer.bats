#!/usr/bin/env bats
# Steering in unusual cases: other numbers of workers, separate addresses, clients that must retry
# (Retry), a removed address, quic_bpf turned on and off in between. Debian's nginx, real clients.
#
# hosts: trixie-v2

load ../lib/systemd
load ../lib/quic

setup_file() { quic_boot; }

setup() {
	quic_fresh QUIC=steer
	[[ $(host_run /usr/sbin/nginx-handover --version) != *'no steering'* ]] || skip 'cannot exist here: no compiler for BPF'
}

# steered_upgrade: under load, with the current configuration
steered_upgrade() {
	pause 0.5
	host_handover upgrade --force --drain-timeout 1min
	assert_status 0
	assert_output 'done in'
}

workers_change() { # on|off
	# shellcheck disable=SC2034 # quic_conf reads them
	QUIC_ADDRESS=127.0.0.1 QUIC_ADDRESS6='[::1]'
	quic_serve "$1" 2
	quic_load_start
	quic_conf "$1" 4
	steered_upgrade
	quic_conf "$1" 1
	steered_upgrade
	pause 1
	quic_load_stop
	quic_load_lost_nothing
}

@test "two workers, then four, then one, at addresses of IPv4 and IPv6, quic_bpf on" { workers_change on; }

@test "two workers, then four, then one, at addresses of IPv4 and IPv6, quic_bpf off" { workers_change off; }

retried() { # on|off
	# shellcheck disable=SC2034 # quic_conf reads it
	QUIC_MORE='quic_retry on; quic_host_key /opt/clients/host.key;'
	host_run sh -c 'head -c 32 /dev/urandom >/opt/clients/host.key'
	quic_serve "$1"
	# of curl's connections some wait for ever after a Retry, without any handover as well (2 of 150, curl 8.14)
	quic_load_start --curl ''
	steered_upgrade
	steered_upgrade
	pause 1
	quic_load_stop
	quic_load_lost_nothing
}

@test "clients that have to come again (quic_retry), quic_bpf on" { retried on; }

@test "clients that have to come again (quic_retry), quic_bpf off" { retried off; }
