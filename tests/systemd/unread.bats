#!/usr/bin/env bats
# A journald that has stopped reading delays nothing; nor does systemd itself.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.22.1
}

teardown() {
	host_run pkill -CONT systemd-journal || :
	host_teardown
}

# Fills its queues completely. One sender alone has not enough room for that.
stop_journal() {
	host_run pkill -STOP systemd-journal
	# shellcheck disable=SC2016 # it is perl that expands it
	host_run perl -MSocket -MFcntl -e 'for (@ARGV, @ARGV, @ARGV, @ARGV, @ARGV, @ARGV) {
		socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
		fcntl($s, F_SETFL, O_NONBLOCK) or die;
		connect($s, sockaddr_un($_)) or die;
		1 while defined send($s, "<7>filler", 0);
	}' /run/systemd/journal/socket /run/systemd/journal/dev-log
}

# runs_in SECONDS COMMAND...
runs_in() {
	local limit=$1 begin=$EPOCHREALTIME took
	shift
	"$@"
	took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
	((took < limit * 1000)) || fail "it took $took ms"
}

@test "a journald that hangs: an upgrade from a shell completes, systemd follows, and lost lines are reported" {
	host_new_binary 1.26.3
	stop_journal
	runs_in 15 host_handover upgrade --binary "$NEW"
	assert_status 0
	assert_output 'of the lines did not get to the journal'
	host_run pkill -CONT systemd-journal
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

@test "a journald that hangs: the unit's own reload hands over" {
	replaced_by 1.26.3
	stop_journal
	runs_in 20 host_systemctl reload nginx
	assert_status 0
	host_run pkill -CONT systemd-journal
	assert_serves "$(host_master)"
	host_do answers 1.26.3
}

@test "the entries of the journal have their fields" {
	host_new_binary 1.26.3
	host_handover upgrade --binary "$NEW"
	assert_status 0
	run host_run journalctl --sync
	run host_run journalctl -u nginx.service -t nginx-handover MESSAGE_ID=199aecec8456492283baf54e5f1af46c -o verbose -n 1
	assert_output 'HANDOVER_EVENT=done'
	assert_output 'HANDOVER_UNIT=nginx.service'
	assert_output 'MESSAGE=done in'
}
