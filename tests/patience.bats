#!/usr/bin/env bats
# Slow steps get the time that they need, or the message names the setting; too little memory; launchers of nginx.

load lib/common
load lib/reasons

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	new_binary 1.22.1
}

teardown() {
	common_teardown
}

# --- time -----------------------------------------------------------------------------------------

@test "a configuration that takes 11 s to read: nginx gets as long as its test has shown that it needs" {
	start_old
	launcher wait-test=11000 wait-start=11000
	upgrade
	assert_status 0
	assert_output 'nginx took 11.'
	answers 1.22.1
}

@test "START_TIMEOUT that was set is obeyed, and it is said beforehand that it may be too short, and afterwards" {
	start_old
	launcher wait-test=1100 wait-start=60000
	echo START_TIMEOUT=1 >$PREFIX/settings
	upgrade --settings $PREFIX/settings
	assert_status 150
	assert_output 'START_TIMEOUT is set to 1.00 s, which may be too short'
	assert_output 'it had 1.00 s (--start-timeout'
	assert_output 'give it that with --start-timeout'
	serves_as_before
	echo 1100 >/usr/local/src/launched/wait-start
	upgrade --start-timeout 5
	assert_status 0
}

@test "slow in the new master alone: undone, with a word on --start-timeout, which helps" {
	start_old
	launcher wait-start=3000
	upgrade --start-timeout 1
	assert_status 150
	assert_output '--start-timeout'
	serves_as_before
	upgrade --start-timeout 6
	assert_status 0
}

@test "the line of a phase shows the time that it took, also when the run turned back in it" {
	start_old
	launcher wait-start=60000
	upgrade --start-timeout 1
	assert_status 150
	[[ $output =~ ([0-9]+)\.([0-9]{2})\ s\ \ spawning ]]
	((10#${BASH_REMATCH[1]}${BASH_REMATCH[2]} > 150)) ||
		fail "spawning took 1 s to its turn and 1 s back, not ${BASH_REMATCH[0]}"
}

@test "the live line counts down once, and does not begin anew when the run turns back" {
	local left last=''
	start_old
	launcher wait-start=60000
	TERM=xterm run_shown script -qec "$HANDOVER upgrade --start-timeout 2 --binary $NEW" /dev/null
	assert_status 150
	mapfile -t left < <(tr '\r' '\n' <<<"$output" | sed -n 's/.*spawning: .*at most \([0-9.]*\) \(m\?s\) more.*/\1 \2/p' |
		awk '{ print $2 == "ms" ? $1 * 1000 : $1 * 1000000 }')
	((${#left[@]} > 3)) || fail 'there was no live line'
	for us in "${left[@]}"; do
		[[ -z $last ]] || ((us <= last)) || fail "$us after $last"
		last=$us
	done
}

@test "a start and a reload that take longer than START_TIMEOUT says, as their test has" {
	launcher wait-test=700
	cp $NEW $TARGET
	handover start --start-timeout 1 --nginx $TARGET
	assert_status 0
	assert_output 'START_TIMEOUT is set to 1.00 s'
	handover reload --nginx $TARGET
	assert_status 0
}

@test "a test that takes too long is no broken binary, and --test-timeout helps" {
	start_old
	launcher wait-test=1500
	upgrade --test-timeout 300ms
	assert_status 154
	assert_output 'could not be tested'
	assert_output 'no answer in 300.0 ms'
	refute_output 'libraries'
	upgrade --test-timeout 10s
	assert_status 0
}

# --- memory -----------------------------------------------------------------------------------------

# Starts nginx in a cgroup of $1 MiB: $limit is the file with the limit. With "above" the parent cgroup has the limit.
in_cgroup() {
	[[ -d /sys/fs/cgroup/memory ]] || skip 'cannot exist here: no memory cgroup (v1) on this kernel'
	group=$(mktemp -d /sys/fs/cgroup/memory/nginx-handover-XXXXXX)
	mkdir "$group/inner"
	limit=$group/inner/memory.limit_in_bytes
	[[ ${2-} != above ]] || limit=$group/memory.limit_in_bytes
	echo "$(($1 << 20))" >"$limit"
	bash -c 'echo $$ >"$0"/inner/cgroup.procs; exec "$@"' "$group" $TARGET 3>&-
	wait_until 10 master_ready
	old=$(master)
}

leave_cgroup() {
	kill_all_nginx
	wait_until 5 rmdir "$group/inner" # a process that has ended may be in it for a moment
	rmdir "$group"
}

@test "memory that workers share with their master counts once" {
	write_conf 8
	big_configuration
	in_cgroup 160
	upgrade
	assert_status 0
	leave_cgroup
}

@test "the limit of a cgroup above counts; to raise it helps, and so does --memory-check warn" {
	write_conf 2
	big_configuration
	in_cgroup 90 above
	upgrade
	assert_status 154
	assert_output 'not to fit in memory'
	assert_output "$limit"
	serves_as_before
	upgrade --dry-run --memory-check warn
	assert_status 0
	assert_output 'not to fit in memory'
	handover doctor --pid-file "$PID_FILE" --json
	assert_status 2
	handover doctor --pid-file "$PID_FILE" --json --memory-check warn
	assert_status 1
	assert_output '"weight":"advice","id":"memory"'
	echo $((600 << 20)) >"$limit"
	upgrade
	assert_status 0
	leave_cgroup
}

# A map of some 40 MiB.
big_configuration() {
	awk 'BEGIN { print "map_hash_max_size 2097152; map_hash_bucket_size 256; map $uri $x { default 0;"
		for (i = 0; i < 100000; i++)
			printf "/some/long/path/to/a/page/number/%09d/that/is/redirected /elsewhere/%09d/in/the/new/tree;\n", i, i
		print "}" }' >$PREFIX/conf/map
	sed -i "s,^http {,&\ninclude $PREFIX/conf/map;," $PREFIX/conf/nginx.conf
}

# --- launchers --------------------------------------------------------------------------------------

@test "a launcher that executes nginx is handed over to, as a script is, and is no upgrade that is due" {
	start_old
	launcher
	upgrade
	assert_status 0
	assert_output 'launcher'
	answers 1.22.1
	assert_equal "$(readlink "/proc/$(master)/exe")" /usr/local/src/launched/nginx 'what the master executes'
	handover status
	refute_output 'is due'
	pid=$(master)
	handover reload
	assert_status 0
	assert_equal "$(master)" "$pid" 'the master'
}

@test "a launcher, or a script, of which nginx is but a child is refused before any signal" {
	start_old
	launcher forks=1
	upgrade
	assert_status 154
	assert_output 'as a child, instead of becoming it'
	printf '#!/bin/sh\n/usr/local/src/launched/nginx "$@"\n' >"$NEW"
	upgrade
	assert_status 154
	assert_output 'as a child, instead of becoming it'
	serves_as_before
	printf '#!/bin/sh\nexec /usr/local/src/launched/nginx "$@"\n' >"$NEW"
	upgrade
	assert_status 0
}
