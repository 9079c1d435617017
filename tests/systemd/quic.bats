#!/usr/bin/env bats
# HTTP/3 during an upgrade with Debian's nginx and curl, as by hand (QUIC=off): the losses are
# reported before and after it, according to the sockets; and "nginx-handover heal" repairs them.
#
# hosts: trixie-v2

load ../lib/systemd
load ../lib/http3

setup_file() { http3_boot; }
setup() { http3_fresh SETTLE=100ms QUIC=off; }

some_unanswered() {
	local answered
	answered=$(new_clients 20 1)
	((answered < 20)) || fail 'every new HTTP/3 client got an answer: the claim is not true here'
}

# Longer by a byte, which nginx accepts.
another_binary() {
	host_run sh -c 'cp -p /usr/sbin/nginx /usr/sbin/nginx.longer && printf x >>/usr/sbin/nginx.longer &&
		mv /usr/sbin/nginx.longer /usr/sbin/nginx'
}

@test "quic_bpf: what it costs is told, sockets that nobody reads are named, the fourth upgrade is refused" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	all_answered
	host_handover upgrade --dry-run --force
	assert_status 0
	assert_output "HTTP/3 on *:$HTTP3, with quic_bpf"
	assert_output 'afterwards 2 of 4'
	host_handover status
	refute_output HTTP/3
	host_handover upgrade --force
	assert_status 157
	refute_output 'done in'
	assert_output 'handed over in'
	refute_output tcp_migrate_req # the kernel moves no UDP socket's clients
	assert_output "of 4 UDP sockets on *:$HTTP3 2 have no reader"
	assert_output '"nginx-handover heal" takes them out of use'
	another_binary
	host_handover package-update
	assert_status 157
	refute_output 'without losing'
	assert_output "of 6 UDP sockets on *:$HTTP3 4 have no reader"
	another_binary
	host_systemctl reload nginx
	run_shown host_journal -t nginx-handover
	assert_output "of 8 UDP sockets on *:$HTTP3 6 have no reader"
	refute_output 'without the upgrade'
	some_unanswered
	host_handover status
	assert_status 0
	assert_output "of 8 UDP sockets on *:$HTTP3 6 have no reader"
	host_handover doctor --json
	assert_status 2
	assert_equal "$(grep -c '"id":"http3-unread"' <<<"$output")" 1 'how often it is found'
	old=$(host_master $PACKAGED)
	host_handover upgrade --force
	assert_status 154
	assert_output "holds 8 sockets for *:$HTTP3"
	assert_output 'room for 8'
	assert_output '"nginx-handover heal" makes room'
	assert_serves "$old"
	host_run sh -c "! grep -q 'signal 12 .*$old' /var/log/nginx/error.log" || fail 'it was sent USR2'
	host_handover upgrade --force --quic heal --dry-run
	assert_status 0
	host_handover heal # as advised
	assert_status 0
	assert_output "HTTP/3 on *:$HTTP3: 6 UDP sockets that nobody read were taken out of use"
	all_answered
	# The old workers must read their sockets until the end, so there are no such sockets to report in a hold.
	host_handover upgrade --force --hold 1h
	assert_status 150
	assert_output 'the old master cannot be held'
	host_handover upgrade --force --json
	assert_status 157
	assert_output '"event":"handed_over"'
	assert_output '"event":"unread"'
	refute_output '"event":"done"'
}

# by_hand: USR2, WINCH, QUIT, each when the effect of the one before is complete.
by_hand() {
	old=$(host_master $PACKAGED)
	host_run kill -USR2 "$old"
	wait_until 10 new_master_serves
	host_run kill -WINCH "$old"
	wait_until 10 has_no_workers "$old"
	host_run kill -QUIT "$old"
	wait_until 10 gone_in_host "$old"
}

workers_of() { host_run pgrep -c -P "$1" -f 'worker process$'; }
new_master_serves() {
	local new
	new=$(host_master $PACKAGED) && [[ $new != "$old" && $(workers_of "$new") == 2 ]]
}
has_no_workers() { ! host_run pgrep -P "$1" -f 'worker process' >/dev/null; }
gone_in_host() { ! host_run kill -0 "$1" 2>/dev/null; }

@test "heal: the effects of upgrades by hand are named and repaired, at once and permanently" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	host_handover heal
	assert_status 0
	assert_output 'nothing to do'
	by_hand
	by_hand
	by_hand
	some_unanswered
	host_handover doctor --json
	assert_output '"id":"http3-unread"'
	assert_output 'nginx-handover heal'
	host_handover status
	assert_output "of 8 UDP sockets on *:$HTTP3 6 have no reader"
	assert_output 'What to do: "nginx-handover heal"'
	host_handover heal --dry-run
	assert_status 0
	assert_output "of 8 UDP sockets on *:$HTTP3 the 6 without a reader would be taken out of use"
	host_handover heal --dry-run --json
	assert_output '"event":"would"'
	assert_output '"what":"heal"'
	host_handover status
	assert_output '6 have no reader'
	host_handover heal --json
	assert_status 0
	assert_output '"event":"healed"'
	assert_output '"healed":6,"entries":6'
	assert_output '"changed":true'
	all_answered
	host_handover status
	refute_output HTTP/3
	host_handover heal
	assert_output 'nothing to do'
	# The map has room again.
	by_hand
	host_handover heal
	assert_output '2 UDP sockets that nobody read'
	all_answered
	# Sockets that nginx reads were not touched, nor those for future workers.
	host_run sed -i 's/worker_processes 2/worker_processes 4/' /etc/nginx/nginx.conf
	host_handover reload
	assert_status 0
	all_answered
	host_handover status
	refute_output HTTP/3
}

# without CALL ARGUMENT...: the helper where a policy refuses that system call
without() {
	run_shown host_run systemd-run -q --wait --pipe -p "SystemCallFilter=~$1" -p SystemCallErrorNumber=EPERM \
		/usr/sbin/nginx-handover "${@:2}"
}

@test "heal: if a policy refuses it, the message says so, and what else to do" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	by_hand
	without pidfd_getfd heal
	assert_status 154
	assert_output 'it may not take sockets of another process'
	assert_output 'What to do: "nginx-handover restart"'
	without pidfd_getfd status
	assert_output '2 have no reader'
	assert_output 'What to do: "nginx-handover restart"'
	without pidfd_getfd upgrade --force --quic heal
	assert_status 157
	assert_output 'of 6 UDP sockets'
	# Their entries stay in the map, but the sockets get no new clients.
	without bpf heal
	assert_status 1
	assert_output '4 UDP sockets that nobody read were taken out of use'
	assert_output 'could not look at BPF map'
	all_answered
}

@test "heal: the program that a killed run has left attached is detached" {
	local helper
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	helper=$(host_run sh -c '/usr/sbin/nginx-handover upgrade --force --quic steer --settle 1min >/dev/null 2>&1 & echo $!')
	wait_until 10 new_master_serves
	host_run kill -KILL "$helper"
	host_run kill -WINCH "$old"
	wait_until 10 has_no_workers "$old"
	host_run kill -QUIT "$old"
	wait_until 10 gone_in_host "$old"
	host_handover status
	assert_output 'a program still leads clients'
	host_handover doctor --json
	assert_output '"id":"http3-led"'
	host_handover heal --dry-run
	assert_output 'would be taken away'
	host_handover heal
	assert_status 0
	assert_output 'were taken out of use'
	assert_output 'is taken away'
	all_answered
	host_handover status
	refute_output HTTP/3
	host_handover heal
	assert_output 'nothing to do'
}

@test "heal: not while an old generation drains" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	host_slow_client
	host_handover upgrade --force --drain-timeout 200ms
	assert_status 151
	host_handover heal
	assert_status 153
	assert_output 'still drains'
	host_handover finish --drain-timeout 0 --drain-expired term
	assert_status 157
	host_handover heal
	assert_status 0
	all_answered
}

@test "without quic_bpf: half of the new clients get no answer while old workers drain, and none after that" {
	with_http3 off reuseport
	host_handover upgrade --dry-run --force
	assert_status 0
	assert_output "HTTP/3 on *:$HTTP3: most QUIC connections that are open are lost"
	assert_output 'about half of the new HTTP/3 clients'
	host_handover doctor --json
	assert_output '"id":"http3"'
	host_slow_client
	host_handover upgrade --force --drain-timeout 200ms
	assert_status 151
	assert_output "HTTP/3 on *:$HTTP3: the old workers read the same UDP sockets"
	some_unanswered
	host_handover status
	assert_output "HTTP/3 on *:$HTTP3: the old workers read the same UDP sockets"
	host_handover finish --drain-timeout 0 --drain-expired term # as advised
	assert_status 0
	refute_output 'done in'
	assert_output 'how many connections of HTTP/3 were lost cannot be seen from outside'
	host_handover status
	refute_output HTTP/3
	all_answered
}
