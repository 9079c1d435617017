#!/usr/bin/env bats
# Which capabilities steering needs, and what a run without one of them does.
#
# hosts: trixie-v2

load ../lib/systemd
load ../lib/http3

setup_file() { http3_boot; }
setup() { http3_fresh SETTLE=100ms; }

requires_steering() {
	[[ $(host_run /usr/sbin/nginx-handover --version) != *'no steering'* ]] || skip 'cannot exist here: no compiler for BPF'
}

# without CAPABILITY[,CAPABILITY...] ARGUMENT...: the helper, of root that has all others
without() {
	run host_run setpriv "--bounding-set=-${1//,/,-}" /usr/sbin/nginx-handover "${@:2}"
	echo "$output"
}

# Outside of its unit: within nginx's own mount namespace CAP_SYS_ADMIN would be missed before that.
serves_by_hand() { # on|off
	with_http3 "$1" reuseport
	requires_steering
	host_systemctl stop nginx
	host_run /usr/sbin/nginx
	wait_until 5 host_run test -s $PACKAGED
	old=$(host_master $PACKAGED)
}

ends_by_hand() {
	host_run pkill -x nginx
	wait_until 5 host_run test ! -e $PACKAGED
}

@test "without CAP_SYS_ADMIN nothing is attached, which is said; without CAP_SYS_PTRACE the master is not shown at all" {
	local mode
	for mode in on off; do
		serves_by_hand $mode
		without sys_admin upgrade --force --quic steer --verbose
		assert_status 0
		assert_output 'could not attach a program to the UDP sockets: '
		assert_output 'Operation not permitted. This run goes on as it would with QUIC=heal. What to do: give nginx-handover CAP_SYS_ADMIN'
		refute_output 'lead new clients'
		all_answered
		without sys_ptrace upgrade --force --quic steer
		assert_status 4
		host_handover heal
		assert_output 'nothing to do'
		ends_by_hand
	done
}

@test "CAP_SYS_ADMIN and CAP_SYS_PTRACE are enough: without CAP_BPF and CAP_NET_ADMIN all is as with them" {
	local mode
	for mode in on off; do
		with_http3 $mode reuseport
		requires_steering
		without bpf,net_admin upgrade --force --quic steer --verbose
		assert_status 0
		if [[ $output == *'could not attach'* ]]; then
			# an older kernel: sockets go into a map for CAP_NET_ADMIN alone
			assert_output 'could not attach a program to the UDP sockets: '
		else
			assert_output 'lead new clients of HTTP/3 to the new generation'
			assert_output 'detach the program from the UDP sockets'
		fi
		all_answered
		host_systemctl stop nginx
	done
}

# It is not put right, and what it would have been put right with is not lost.
@test "a run without CAP_SYS_ADMIN does not see a program that is attached: it stays until one with it looks" {
	serves_by_hand on
	host_slow_client
	host_handover upgrade --force --quic steer --drain-timeout 200ms
	assert_status 151
	host_run pkill -KILL -f -- --drain-of=
	without sys_admin finish --drain-timeout 0 --drain-expired term
	assert_status 0
	all_answered
	without sys_admin status
	refute_output 'still leads clients'
	host_handover status
	assert_output 'still leads clients'
	host_handover heal
	assert_status 0
	assert_output 'is taken away'
	all_answered
	ends_by_hand
}
