#!/usr/bin/env bats
# The caller of an init script has higher limits than the running nginx: an upgrade and a reload give them to the
# processes that they start. For units see systemd/limits.bats.

load lib/common
load lib/reload

setup() {
	requires_root
	fresh_prefix
	install_old 1.18.0
	new_binary 1.22.1
	hard=$(ulimit -Hn)
	under=()
}

teardown() { common_teardown; }

# serving_with SOFT: nginx that was started with this limit of open files
serving_with() {
	local was
	was=$(ulimit -Sn)
	ulimit -Sn "$1"
	start_serving
	ulimit -Sn "$was"
}

# script SOFT COMMAND...: runs it as from an init script with that limit
script() {
	local soft=$1
	shift
	# shellcheck disable=SC2016 # it is the inner shell that expands it
	run_shown bash -c 'ulimit -Sn "$0" && exec "$@"' "$soft" "${under[@]}" "$HANDOVER" "$@" --init sysv --service nginx --pid-file $PID_FILE -v
}

nofile() { awk '/^Max open files/ { print $4, $5 }' "/proc/$1/limits"; }

assert_workers_have() {
	local pid
	for pid in $(workers_of "$1" 'nginx: worker process'); do
		assert_equal "$(nofile "$pid")" "$2" "the limits of worker $pid"
	done
}

@test "an init script with a higher limit: reported, applied by a reload and by an upgrade; a lower one is ignored" {
	serving_with 1000
	script 900 upgrade --dry-run
	assert_status 0
	refute_output NOFILE
	script 2000 upgrade --dry-run
	assert_status 0
	assert_output "limits of master $old -> of the init script of nginx:"
	assert_output 'limit NOFILE: 1000 -> 2000'
	handover upgrade --dry-run
	refute_output NOFILE
	assert_equal "$(nofile "$old")" "1000 $hard"

	script 2000 reload
	assert_status 0
	assert_output "limit of master $old raised, as the init script of nginx has it: NOFILE 1000 -> 2000"
	assert_workers_have "$old" "2000 $hard"
	script 3000 upgrade --binary "$NEW" --settle 200ms
	assert_status 0
	assert_equal "$(nofile "$(master)")" "3000 $hard"
	assert_workers_have "$(master)" "3000 $hard"
	script 900 reload
	assert_status 0
	refute_output NOFILE
	assert_workers_have "$(master)" "3000 $hard"
}

@test "what nginx refuses at HUP, and an upgrade that is undone by a probe, put them back" {
	local taken
	serving_with 1000
	exec {taken}< <(exec "$TOP/build/tests/occupy" 127.0.0.1 8099)
	read -ru "$taken" _
	serving two
	sed -i "s/listen 127.0.0.1:$PORT;/& listen 127.0.0.1:8099;/" "$CONF_FILE"
	script 2000 reload
	assert_status 6
	assert_output "limit of master $old raised"
	assert_output "the limits of master $old are as they were"
	assert_equal "$(nofile "$old")" "1000 $hard"
	exec {taken}<&-
	serving one

	script 2000 upgrade --binary "$NEW" --settle 200ms --probe false
	assert_status 150
	assert_output "the limits of master $old are as they were"
	assert_equal "$(nofile "$old")" "1000 $hard"
	assert_kept
}

@test "nginx of another user; and a kernel on which nobody can change them" {
	ulimit -Sn 1000
	write_conf 2
	chown -R 65534:65534 $PREFIX
	setpriv --reuid=65534 --regid=65534 --clear-groups $TARGET
	wait_until 10 master_ready
	old=$(master)
	# For make DEV=1: the leak sanitizer traces the process, and a run that acts as another user cannot be traced.
	export ASAN_OPTIONS=detect_leaks=0
	script 2000 reload --trust-user 65534
	assert_status 0
	assert_equal "$(nofile "$old")" "2000 $hard"
	assert_workers_have "$old" "2000 $hard"
	under=("$TOP/build/tests/old-kernel" new --)
	script 3000 reload --trust-user 65534
	assert_status 0
	assert_output 'older than 2.6.36'
	assert_equal "$(nofile "$old")" "2000 $hard"
}
