#!/usr/bin/env bats
# The floor of tests/bench, with which the helper is compared: it ignores other children of a master, and cleans up when
# it is ended.

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	sed -i "s,http {,&proxy_cache_path $PREFIX/cache keys_zone=one:1m;," $CONF_FILE
	install_old 1.18.0
	start_nginx
	old=$(master)
	FLOOR=("$TOP/build/tests/bench/floor" --say "$PID_FILE" "$TARGET")
}

teardown() { common_teardown; }

has_two_workers() { [[ $(count_workers "$1") == 2 ]]; }

# The generation of master $1 is the only one.
serves_alone() {
	assert_equal "$(master)" "$1" 'the pid file'
	assert_equal "$(nginx_processes | grep -c 'master process')" 1 'the number of masters'
	wait_until 5 has_two_workers "$1"
	answers 1.18.0
}

# floor_ended: runs it in the background, and ends it with TERM as soon as "$@" succeeds.
floor_ended() {
	local floor rc=0
	"${FLOOR[@]}" 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	floor=$!
	wait_until 5 "$@"
	kill -TERM $floor
	wait $floor || rc=$?
	assert_equal $rc 1 'the exit code of floor'
}

# A new binary that passes `nginx -t` and then does nothing.
never_starts() {
	mkfifo /usr/local/src/never
	# shellcheck disable=SC2016 # that shell expands it
	printf '#!/bin/sh\ncase "$*" in *-t*) exit 0 ;; esac\nread -r _ <>/usr/local/src/never\n' >$TARGET.new
	chmod 755 $TARGET.new
	mv $TARGET.new $TARGET
}

# Lets stopped process $1 go on, once USR2 waits for it.
let_go_on_with_usr2() {
	local pending
	pending=$(awk '/^(Sig|Shd)Pnd/ { print "0x" $2 }' "/proc/$1/status" | paste -sd '|')
	(((pending) & 1 << 11)) && kill -CONT "$1"
}

serves_as_before() {
	[[ ! -e $PID_FILE.oldbin ]] || fail "$PID_FILE.oldbin is there"
	serves_alone "$old"
}

@test "floor: a cache manager and a cache loader are no workers that it waits for" {
	run_shown timeout 60 "${FLOOR[@]}"
	assert_status 0
	gone "$old"
	serves_alone "$(master)"
	workers_of "$(master)" 'nginx: cache manager process'
}

@test "floor: when it is ended before there are new workers the old generation is as it was" {
	never_starts
	floor_ended test -e $PID_FILE.oldbin
	serves_as_before
}

@test "floor: when it is ended before nginx has taken its USR2 the old generation is as it was" {
	never_starts
	kill -STOP "$old"
	floor_ended let_go_on_with_usr2 "$old"
	serves_as_before
}

@test "floor: when it is ended in the drain the old generation ends by itself, and until then there is no other handover" {
	slow_client
	floor_ended grep -q 'accept no more' "$BATS_TEST_TMPDIR/said"
	run_shown "${FLOOR[@]}"
	assert_status 3
	exec {slow}>&-
	wait_until 5 gone "$old"
	serves_alone "$(master)"
}
