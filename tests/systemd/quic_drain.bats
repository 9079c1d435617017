#!/usr/bin/env bats
# HTTP/3 when the old generation outlasts the command: new clients are steered until it has gone, and a process of ours
# then detaches the program.
#
# hosts: trixie-v2

load ../lib/systemd
load ../lib/quic

setup_file() { quic_boot; }
setup() {
	quic_fresh SETTLE=100ms
	watcher=
}

requires_steering() {
	[[ $(host_run /usr/sbin/nginx-handover --version) != *'no steering'* ]] || skip 'cannot exist here: no compiler for BPF'
}

# The processes that watch such a drain.
watchers() { host_run pgrep -f -- 'nginx-handover heal --drain-of=' || :; }
no_watcher() { [[ -z $(watchers) ]]; }
units() { host_run systemctl list-units --plain --no-legend --all 'nginx-handover-drain-*'; }

# outlasts [OPTION...]: an upgrade that ends before the drain does; sets new and watcher.
outlasts() {
	host_handover upgrade --force --quic steer --verbose --drain-timeout 200ms "$@"
	assert_status 151
	[[ ${output##*lead new clients} != *'detach the program'* ]] || fail 'detached'
	refute_output 'give no answer'
	new=$(host_master $QUIC_PID_FILE)
	watcher=$(watchers)
	[[ $watcher =~ ^[0-9]+$ ]] || fail "in charge: $watcher"
	assert_output "leads new clients to master $new while old master $old drains; process $watcher takes it away"
}

is_killed() {
	host_run kill -KILL "$watcher"
	wait_until 5 no_watcher
	[[ -z $(units) ]] || host_systemctl reset-failed 'nginx-handover-drain-*'
}

# Nothing of steering is left.
is_over() { host_gone "$old" && no_watcher; }
nothing_is_left() {
	wait_until 20 is_over
	host_handover heal
	assert_status 0
	assert_output 'nothing to do'
	host_handover status
	refute_output HTTP/3
	[[ -z $(units) ]] || fail "units: $(units)"
}

# serve on|off: with downloads that go on for as long as their client does not read
serve() {
	QUIC_MORE='location = /big { }'
	quic_serve "$1"
	requires_steering
	host_run sh -c "head -c 8M /dev/zero >$PREFIX/html/big"
}

# under_load on|off [OPTION...]: downloads that take longer than the command
under_load() {
	quic_serve "$1"
	requires_steering
	quic_load_start
	pause 0.5
	outlasts "${@:2}"
	host_handover status
	assert_output "process $watcher takes it away"
	wait_until 30 host_gone "$old"
	pause 6 # what is lost at the end is missed some seconds later
	quic_load_stop
	quic_load_lost_nothing
	run host_journal
	assert_output 'the program that led clients from one generation to the next is taken away'
	nothing_is_left
}

@test "quic_bpf on, under load: nothing is lost, and a transient service ends it" {
	under_load on
}

@test "quic_bpf off, under load, without an init system: nothing is lost, and a process of our own ends it" {
	under_load off --init none
}

@test "whoever is in charge is killed: status and doctor say so, the next command puts another one in charge" {
	local former
	serve on
	host_slow_client
	outlasts
	assert_equal "$(units | awk '{ print $1 }')" "nginx-handover-drain-$new.service" 'the transient service'
	former=$watcher
	is_killed
	host_handover status
	assert_output 'no process will remove it'
	host_handover doctor
	assert_output 'no process is in charge of it'
	host_handover reopen
	assert_output 'no process was in charge any more'
	watcher=$(watchers)
	[[ -n $watcher && $watcher != "$former" ]] || fail "in charge: $watcher"
	# Other commands work, and do not touch the program.
	host_handover heal
	assert_status 153
	host_handover rollback
	assert_status 154
	host_handover finish --drain-timeout 0
	assert_status 151
	assert_equal "$(watchers)" "$watcher" 'who is in charge'
	host_handover reload --quic steer
	assert_status 153
	assert_output 'with QUIC=heal (--quic heal) and RELOAD_UPGRADES=no nginx reads its configuration at once, without the upgrade'
	host_handover reload --quic heal --reload-upgrades no
	assert_status 0
	assert_equal "$(watchers)" "$watcher" 'who is in charge'
	host_slow_finish
	nothing_is_left
}

@test "whoever is in charge is killed, and the old generation goes: the next command mends it" {
	local command
	for command in reopen reload 'upgrade --force --quic steer' finish heal; do
		serve on
		host_slow_client "${command%% *}"
		outlasts
		is_killed
		host_slow_finish "${command%% *}"
		wait_until 10 host_gone "$old"
		host_handover status
		assert_output 'still leads clients'
		# shellcheck disable=SC2086 # words
		host_handover $command
		assert_status 0
		nothing_is_left
		host_systemctl stop nginx
	done
}

@test "finish ends the drain, a stop ends all: nobody stays behind" {
	serve off
	host_slow_client
	outlasts
	host_handover finish --drain-timeout 0 --drain-expired term
	assert_status 0
	nothing_is_left
	old=$new
	host_slow_client once-more
	outlasts
	host_systemctl stop nginx
	wait_until 20 no_watcher
	host_systemctl start nginx
	assert_status 0
	old=0
	nothing_is_left
}

@test "a command right after the end is not refused, and the next drain has its own" {
	serve on
	host_slow_client first
	outlasts
	host_slow_client second # of the new generation
	host_slow_finish first
	wait_until 10 host_gone "$old"
	old=$new
	outlasts
	host_slow_finish second
	nothing_is_left
}

@test "healed only: what the old generation leaves is taken out of use when it has gone" {
	serve on
	host_slow_client
	host_handover upgrade --force --quic heal --drain-timeout 200ms
	assert_status 151
	watcher=$(watchers)
	assert_output "process $watcher takes 4 UDP sockets of old master $old out of use when the old master has ended"
	host_slow_finish
	wait_until 20 is_over
	run host_journal
	assert_output '4 UDP sockets that nobody read were taken out of use'
	nothing_is_left
	# With quic_bpf off nothing will be left, and with QUIC=off nothing is done.
	host_systemctl stop nginx
	serve off
	host_slow_client off
	host_handover upgrade --force --quic heal --drain-timeout 200ms
	assert_status 151
	no_watcher
	host_slow_finish off
	wait_until 10 host_gone "$old"
}

@test "where nobody can be left behind the program is taken away at once" {
	serve on
	host_slow_client
	host_run chmod o+w /usr/sbin/nginx-handover
	host_handover upgrade --force --quic steer --verbose --drain-timeout 200ms
	host_run chmod o-w /usr/sbin/nginx-handover
	assert_status 151
	assert_output 'detach the program from the UDP sockets'
	assert_output 'give no answer to new clients that they get'
	no_watcher
	host_slow_finish
	wait_until 10 host_gone "$old"
	host_handover finish
	nothing_is_left
}
