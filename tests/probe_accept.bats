#!/usr/bin/env bats
# The built-in probe: new binaries that are up and do not accept are undone by default, and what cannot be told is
# no failure.

load lib/common

setup_file() {
	"$BATS_TEST_DIRNAME/lib/build-nginx" 1.22.1 plain >/dev/null
}

setup() {
	requires_root
	fresh_prefix
}

teardown() { common_teardown; }

runs() {
	install_old 1.22.1
	start_nginx
	old=$(master)
}

upgrade() {
	handover upgrade --settle 200ms --drain-timeout 1s --probe-timeout 1s -v "$@"
}

# undone KIND WORDS: within a second and a half; whoever came meanwhile is served by the old generation.
undone() {
	broken_binary "$1"
	(http >"$BATS_TEST_TMPDIR/answer") 3>&- &
	upgrade --binary "$NEW"
	wait $!
	assert_status 150
	assert_output 'the probe of the new generation failed'
	assert_output "$2"
	assert_output '--probe-accept no'
	assert_equal "$(master)" "$old"
	wait_until 10 is_alone
	grep -q 'Server: nginx/1.22.1' "$BATS_TEST_TMPDIR/answer"
	answers 1.22.1
}

is_alone() { [[ $(nginx_processes | wc -l) == 3 ]]; }

@test "new binaries that listen on nothing, miss one listener, do not read, do not accept: each is undone, and no request is lost" {
	write_conf 2
	runs
	load_start
	undone listens-on-nothing "the new master does not listen on 127.0.0.1:$PORT"
	undone loses-one-listener "the new master does not listen on unix:$SOCKET"
	undone never-accepts "no worker of the new generation has begun to read 127.0.0.1:$PORT"
	undone accepts-nothing "a connection to "
	load_stop
}
