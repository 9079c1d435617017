#!/usr/bin/env bats
# The floor of tests/bench, against which the helper is measured: it copes with what else a master starts, and what it
# has begun it ends.

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	sed -i "s,http {,&proxy_cache_path $PREFIX/cache keys_zone=one:1m;," $CONF_FILE
	install_old 1.18.0
	start_nginx
	old=$(master)
	FLOOR=("$TOP/build/tests/bench/floor" "$PID_FILE" "$TARGET")
}

teardown() { common_teardown; }

has_two_workers() { [[ $(count_workers "$1") == 2 ]]; }

# That of master $1 is the one generation that there is.
serves_alone() {
	assert_equal "$(master)" "$1" 'the pid file'
	assert_equal "$(nginx_processes | grep -c 'master process')" 1 'the number of masters'
	wait_until 5 has_two_workers "$1"
	answers 1.18.0
}

# floor_ended: in the background, and ended with TERM as soon as "$@" is so.
floor_ended() {
	local floor rc=0
	"${FLOOR[@]}" 3>&- &
	floor=$!
	wait_until 5 "$@"
	kill -TERM $floor
	wait $floor || rc=$?
	assert_equal $rc 1 'the exit code of floor'
}

@test "floor: a cache manager and a cache loader are no workers that it waits for" {
	run_shown timeout 60 "${FLOOR[@]}"
	assert_status 0
	gone "$old"
	serves_alone "$(master)"
	workers_of "$(master)" 'nginx: cache manager process'
}

@test "floor: when it is ended before there are new workers the old generation is as it was" {
	mkfifo /usr/local/src/never
	# shellcheck disable=SC2016 # that shell expands it
	printf '#!/bin/sh\ncase "$*" in *-t*) exit 0 ;; esac\nread -r _ <>/usr/local/src/never\n' >$TARGET.new
	chmod 755 $TARGET.new
	mv $TARGET.new $TARGET
	floor_ended test -e $PID_FILE.oldbin
	[[ ! -e $PID_FILE.oldbin ]] || fail "$PID_FILE.oldbin is there"
	serves_alone "$old"
}

@test "floor: when it is ended in the drain the old generation ends by itself, and until then there is no other handover" {
	slow_client
	floor_ended workers_of "$old" 'nginx: worker process is shutting down'
	run_shown "${FLOOR[@]}"
	assert_status 3
	exec {slow}>&-
	wait_until 5 gone "$old"
	serves_alone "$(master)"
}
