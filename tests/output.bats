#!/usr/bin/env bats
# A reader of the output that stops reading delays nothing.
# kernels: today

load lib/common

UNREAD=$TOP/build/tests/unread

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	start_nginx
	new_binary 1.22.1
}

teardown() { common_teardown; }

# quickly SECONDS COMMAND...: like run_shown, with a limit of time.
quickly() {
	local limit=$1 begin=$EPOCHREALTIME took
	shift
	run_shown "$@"
	took=$((${EPOCHREALTIME/./} - ${begin/./}))
	echo "took $((took / 1000)) ms"
	((took < limit * 1000000)) || fail "it took $((took / 1000)) ms"
}

# A private /dev, in which /dev/log can be created.
own_dev() {
	[[ ! -e /run/own-dev ]] || return 0
	local name
	mkdir /run/own-dev
	mount -t tmpfs -o mode=755 tmpfs /run/own-dev
	for name in null zero full random urandom tty; do
		: >/run/own-dev/$name
		mount --bind /dev/$name /run/own-dev/$name
	done
	mkdir /run/own-dev/pts /run/own-dev/shm
	mount --rbind /dev/pts /run/own-dev/pts
	ln -s pts/ptmx /run/own-dev/ptmx
	ln -s /proc/self/fd /run/own-dev/fd
	mount --rbind /run/own-dev /dev
}

# The pid of the command that `unread` runs, from its file.
unread_pid() { sed -n 's/^pid //p' "$1"; }

@test "a pipe, a socket or a terminal that nobody reads: the handover runs through" {
	local kind
	for kind in pipe socket terminal paused; do
		quickly 5 "$UNREAD" $kind "$HANDOVER" upgrade --binary "$NEW"
		assert_status 0
		answers 1.22.1
		quickly 5 "$UNREAD" $kind "$HANDOVER" rollback --json
		assert_status 0
		answers 1.18.0
	done
}

@test "nobody reads, and the new master does not start: undone" {
	broken_binary exits-at-once
	quickly 5 "$UNREAD" pipe "$HANDOVER" upgrade --binary "$NEW"
	assert_status 150
	answers 1.18.0
}

@test "TERM is obeyed while nobody reads" {
	local kind helper
	for kind in pipe paused; do
		"$UNREAD" $kind "$HANDOVER" upgrade -v --binary "$NEW" --settle 60s 2>"$BATS_TEST_TMPDIR/said" 3>&- &
		helper=$!
		wait_until 10 test -e $PID_FILE.oldbin
		wait_until 10 answers 1.22.1
		kill -TERM "$(unread_pid "$BATS_TEST_TMPDIR/said")"
		status=0
		wait $helper || status=$?
		assert_status 150
		answers 1.18.0
	done
}

@test "whoever reads late gets everything" {
	local kind
	handover upgrade --binary "$NEW"
	for kind in late late-terminal; do
		run_shown "$HANDOVER" status --json
		local all=$output
		run_shown "$UNREAD" $kind "$HANDOVER" status --json
		assert_status 0
		assert_equal "$(grep -c '^{.*}$' <<<"${output//$'\r'/}")" "$(grep -c '^{.*}$' <<<"$all")"
		run_shown "$UNREAD" $kind "$HANDOVER" --help
		assert_output 'usage: nginx-handover COMMAND'
		assert_output 'See nginx-handover(8).'
	done
}

@test "what was inherited stays as it was: no O_NONBLOCK, and nginx has the usual signals" {
	kill_all_nginx
	rm -f $PID_FILE $SOCKET
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	exec {fifo}<>"$BATS_TEST_TMPDIR/fifo"
	"$HANDOVER" start --nginx $TARGET >&$fifo 2>&1
	grep '^flags:' /proc/self/fdinfo/$fifo
	(((0$(sed -n 's/^flags:[[:blank:]]*//p' /proc/self/fdinfo/$fifo) & 04000) == 0)) || fail 'O_NONBLOCK is set'
	# TTOU is 1 << 21; PIPE and XFSZ, which nginx and we ignore, are 1 << 12 and 1 << 24.
	(((0x$(sed -n 's/^SigIgn:[[:blank:]]*//p' "/proc/$(master)/status") & (1 << 21 | 1 << 24)) == 0)) || fail 'an ignored signal was passed on'
	exec {fifo}>&-
}

@test "a background job on a terminal with tostop is not stopped" {
	run_shown timeout 30 setsid script -qec "bash -mc 'stty tostop; \"$HANDOVER\" upgrade --binary \"$NEW\" & wait \$!; echo ended with \$?'" /dev/null
	assert_output 'ended with 0'
	answers 1.22.1
}

@test "a full disk below standard output stops no handover, and is told" {
	"$HANDOVER" upgrade --binary "$NEW" >/dev/full 2>"$BATS_TEST_TMPDIR/said"
	run cat "$BATS_TEST_TMPDIR/said"
	assert_output 'of the lines did not get to standard output'
	assert_output 'No space left on device'
	answers 1.22.1
	"$HANDOVER" rollback --json >/dev/full 2>"$BATS_TEST_TMPDIR/said"
	run cat "$BATS_TEST_TMPDIR/said"
	assert_output 'of the lines did not get to standard output'
	answers 1.18.0
}

@test "a limit of file sizes is an error, and does not end the run" {
	local said=$BATS_TEST_TMPDIR/said
	head -c 1024 /dev/zero >"$BATS_TEST_TMPDIR/out"
	(
		ulimit -f 1
		exec "$HANDOVER" upgrade --binary "$NEW" >>"$BATS_TEST_TMPDIR/out" 2>"$said"
	) || status=$?
	cat "$said"
	assert_status 154
	run cat "$said"
	assert_output 'File too large'
	answers 1.18.0
	cmp $TARGET "$(built 1.18.0)"
}

@test "a system log that hangs: the handover runs through, and what is lost is told" {
	own_dev
	quickly 5 "$UNREAD" datagrams:/dev/log "$HANDOVER" upgrade --binary "$NEW"
	assert_status 0
	assert_output "of the lines did not get to the system's log (/dev/log)"
	answers 1.22.1
	quickly 5 "$UNREAD" datagrams:/dev/log "$UNREAD" pipe "$HANDOVER" rollback
	assert_status 0
	answers 1.18.0
	rm /dev/log
}

@test "the system log gets what syslog(3) would have sent it" {
	own_dev
	perl -MSocket -e '
		socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
		bind($s, sockaddr_un("/dev/log")) or die;
		print STDERR "bound\n";
		while (defined recv($s, my $m, 9000, 0)) { print "$m\n"; last if $m =~ /the end/ }
	' >"$BATS_TEST_TMPDIR/log" 2>"$BATS_TEST_TMPDIR/bound" 3>&- &
	local log=$!
	wait_until 10 test -s "$BATS_TEST_TMPDIR/bound"
	handover upgrade --binary "$NEW"
	assert_status 0
	perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0); send($s, "the end", 0, sockaddr_un("/dev/log")) or die'
	wait $log
	run cat "$BATS_TEST_TMPDIR/log"
	[[ $output =~ '<29>'[A-Z][a-z][a-z]' '[\ 0-9][0-9]' '[0-9:]{8}' nginx-handover['[0-9]+']: ' ]] || fail "$output"
	rm /dev/log
}

@test "a start under a supervisor that does not read its socket ends" {
	kill_all_nginx
	rm -f $PID_FILE $SOCKET
	mkdir -p /run/systemd/system
	export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify
	quickly 12 "$UNREAD" "datagrams:$NOTIFY_SOCKET" "$HANDOVER" start --init systemd --nginx $TARGET
	unset NOTIFY_SOCKET
	assert_status 0
	assert_output 'systemd could not be told that nginx is ready'
	answers 1.18.0
	rm -r /run/systemd
}
