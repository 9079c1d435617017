#!/usr/bin/env bats
# USR2 after which the new master opens sockets of its own for QUIC, with a real nginx.
#
# hosts: trixie-v2

load ../lib/systemd
load ../lib/quic

setup_file() { quic_boot; }
setup() { quic_fresh; }

# sockets_of PID: the inodes of its UDP sockets that are bound, one a line
sockets_of() {
	# shellcheck disable=SC2016 # it is perl that expands it
	host_run perl -e 'for my $table ("udp", "udp6") {
			open my $f, "<", "/proc/$ARGV[0]/net/$table" or next;
			while (<$f>) { my @c = split; $udp{$c[9]} = 1 if $c[1] =~ /:20FB$/ }
		}
		for (glob "/proc/$ARGV[0]/fd/*") { print "$1\n" if (readlink // "") =~ /^socket:\[(\d+)\]$/ and $udp{$1} }' "$1" | sort -u
}

fresh_usr2() { # PID
	run_shown host_run /opt/nh/build/tests/fresh_driver "$1"
}

@test "without quic_bpf the new master has sockets of its own, TCP is inherited, and it can be undone" {
	local before new
	quic_serve off 2
	before=$(sockets_of "$old")
	assert_equal "$(wc -l <<<"$before")" 4 'UDP sockets of two addresses and two workers'
	fresh_usr2 "$old"
	assert_status 0
	assert_output 'fresh in'
	wait_until 10 quic_second_ready
	new=$(host_master $QUIC_PID_FILE)
	assert_equal "$(host_run cat "/proc/$new/cmdline")" "$(host_run cat "/proc/$old/cmdline")" 'its title'
	assert_equal "$(comm -13 <(echo "$before") <(sockets_of "$new") | wc -l)" 4 'sockets that the old one has not'
	host_run grep -q 'using inherited sockets from "0' /var/log/nginx/error.log
	host_run kill -QUIT "$new"
	wait_until 10 host_gone "$new"
	assert_equal "$(sockets_of "$old")" "$before" 'what the old one has'
	# an ordinary USR2, after that
	host_run kill -USR2 "$old"
	wait_until 10 quic_second_ready
	assert_equal "$(sockets_of "$(host_master $QUIC_PID_FILE)")" "$before" 'what the new one has inherited'
}

@test "under load: the old sockets are left in the new master, and healed when the old one has gone" {
	quic_serve off 2
	quic_load_start
	fresh_usr2 "$old"
	assert_output 'fresh in'
	wait_until 10 quic_second_ready
	host_run kill -WINCH "$old"
	pause 0.2
	host_run kill -QUIT "$old"
	wait_until 60 host_gone "$old"
	host_handover status
	assert_output 'of 8 UDP sockets'
	host_handover heal
	assert_status 0
	quic_load_stop
	assert_equal "$(quic_load_of tcp_failed)" 0 'requests over TCP that failed'
	quic_load_start
	pause 2
	quic_load_stop
	quic_load_lost_nothing
}

@test "quic_bpf does it by itself; without reuseport it cannot be done, and nothing is sent" {
	quic_serve on 2
	fresh_usr2 "$old"
	assert_output 'not needed'
	host_systemctl stop nginx
	quic_serve off 2 ''
	fresh_usr2 "$old"
	assert_status 1
	assert_output 'refused: look: Operation not supported'
	host_run test ! -e $QUIC_PID_FILE.oldbin
}

# The kernel chooses by the position of a socket; with quic_bpf off nothing else tells the worker of a client.
@test "steered, quic_bpf off: the number of workers changes, and nothing is lost" {
	local workers
	host_settings NGINX=/usr/sbin/nginx SETTLE=100ms QUIC=steer
	quic_serve off 2
	quic_load_start
	for workers in 3 2 4; do
		pause 0.5
		quic_conf off $workers
		host_handover upgrade --force --drain-timeout 1min
		assert_status 0
	done
	pause 3
	quic_load_stop
	quic_load_lost_nothing
}

@test "an address that the new configuration has no more: nothing is steered, its sockets are closed" {
	quic_serve off 2
	QUIC_ADDRESS6='[::1]'
	quic_conf off 2
	host_handover upgrade --force --quic steer --drain-timeout 1min
	assert_status 0
	assert_output "does not listen on [::]:$QUIC_PORT, or without reuseport"
	host_run sh -c "! grep -q 'using inherited sockets from \"0' /var/log/nginx/error.log"
	assert_equal "$(sockets_of "$(host_master $QUIC_PID_FILE)" | wc -l)" 4 'UDP sockets of two addresses and two workers'
	quic_conf off 2 ''
	host_handover upgrade --force --quic steer --dry-run
	assert_output 'or without reuseport'
}

# systemd's filter kills a process that makes a call which it does not allow; the helper in ExecReload= has nginx's filter.
@test "a unit whose filter knows none of these calls: the handover goes on without them" {
	host_write /etc/systemd/system/nginx.service.d/filter.conf <<-UNIT
		[Service]
		SystemCallFilter=~@debug bpf
	UNIT
	host_systemctl daemon-reload
	host_settings NGINX=/usr/sbin/nginx SETTLE=100ms QUIC=steer
	quic_serve off 2
	host_run sh -c 'cp -p /usr/sbin/nginx /usr/sbin/nginx.longer && printf x >>/usr/sbin/nginx.longer &&
		mv /usr/sbin/nginx.longer /usr/sbin/nginx'
	host_systemctl reload nginx
	assert_status 0
	run_shown host_journal -t nginx-handover
	[[ $(host_master $QUIC_PID_FILE) != "$old" ]] || fail 'nothing was handed over'
	host_run rm -r /etc/systemd/system/nginx.service.d
}
