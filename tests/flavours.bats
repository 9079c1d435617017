#!/usr/bin/env bats
# Angie and Tengine, played by an nginx with their names, titles, variable and files
# (tests/lib/flavours.bash), installed where their own "make install" puts them.
# kernels: today (all)

load lib/common

setup_file() {
	local build
	for build in '1.22.1 angie' '1.22.1 angie_fault' '1.26.3 angie' '1.26.3 tengine'; do
		# shellcheck disable=SC2086 # two words; they take their time: not while a load runs
		"$BATS_TEST_DIRNAME/lib/build-nginx" $build
	done
}

setup() {
	requires_root
}

teardown() {
	common_teardown
}

# all_named NAME SERVER: makes common.bash use a fresh folder of that flavour
# shellcheck disable=SC2034 # read there
all_named() {
	PREFIX=/usr/local/$1 SERVER=$2
	TARGET=$PREFIX/sbin/$1 CONF_FILE=$PREFIX/conf/$1.conf PID_FILE=$PREFIX/logs/$1.pid
	ERROR_LOG=$PREFIX/logs/error.log SOCKET=$PREFIX/logs/nginx.sock
	fresh_prefix
	write_conf 2
}

# start_angie [ARGUMENT...]: Angie 1.3.0 runs; its master is $old
start_angie() {
	all_named angie Angie
	install_old 1.22.1 angie
	start_nginx "$@"
	wait_until 10 both_workers
	old=$(master)
	inode=$(stat -c %i "$TARGET")
}

both_workers() {
	[[ $(count_workers "$(master)") == 2 ]]
}

# The build has the properties on which the tests rely.
assert_title() {
	[[ $(title_of "$1") == "$2" ]] || fail "the title is $(title_of "$1")"
}

# Processes, files and what nginx has logged of signals.
snapshot() {
	nginx_processes
	find "$PREFIX" /usr/local/src -type f ! -name error.log -printf '%p %i %s %m %T@\n' | sort
	cat "$PID_FILE"
}

assert_old_serves() {
	assert_equal "$(master)" "$old" 'the master'
	assert_equal "$(stat -c %i "$TARGET")" "$inode" "the inode of $TARGET"
	wait_until 5 both_workers
	answers "$1"
	[[ ! -e $PID_FILE.oldbin ]]
}

# --- Angie -----------------------------------------------------------------------------------------

@test "Angie to Angie under load, found without an option, and back" {
	start_angie
	assert_title "$old" "angie: master process v1.3.0 #1 [$TARGET]"
	new_binary 1.26.3 angie
	load_start
	handover upgrade --binary "$NEW"
	assert_status 0
	load_stop
	gone "$old" || fail "the old master $old still lives"
	assert_equal "$(stat -c %i "$TARGET.1.3.0")" "$inode" 'the backup, named by the version of Angie'
	cmp "$NEW" "$TARGET"
	answers 1.12.1
	assert_title "$(master)" "angie: master process v1.12.1 #1 [$TARGET]"
	[[ ! -e $PID_FILE.oldbin ]]
	old=$(master)
	rm "$BATS_TEST_TMPDIR/ready"
	load_start
	handover rollback
	assert_status 0
	load_stop
	gone "$old"
	answers 1.3.0
}

@test "Angie's arguments are read from between the brackets, and those of the new master are the same" {
	all_named angie Angie
	install_old 1.22.1 angie
	mv "$CONF_FILE" "$PREFIX"/conf/other.conf
	PID_FILE="$PREFIX/logs/[x].pid"
	start_nginx -c "$PREFIX/conf/other.conf" -g "worker_priority 1; pid $PID_FILE;"
	old=$(master)
	new_binary 1.26.3 angie
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.12.1
	assert_title "$(master)" \
		"angie: master process v1.12.1 #1 [$TARGET -c $PREFIX/conf/other.conf -g worker_priority 1; pid $PID_FILE;]"
}

@test "a new Angie that exits at once, one that hangs and one whose workers crash are undone" {
	start_angie
	load_start
	for kind in exits-at-once hangs-before-pid worker-crash-at-start; do
		NEW=/usr/local/src/angie-broken
		"$TOP/tests/lib/make-broken" $kind "$NEW" angie
		handover upgrade --binary "$NEW" --start-timeout 2s
		assert_status 150
		assert_old_serves 1.3.0
	done
	load_stop
	assert_equal "$(nginx_processes | wc -l)" 3 'the processes that are left'
}

@test "reload: Angie counts its configurations in the titles, and the new workers are known all the same" {
	start_angie
	load_start
	for number in 2 3; do
		write_conf $number '' "add_header X-Conf $number;"
		handover reload
		assert_status 0
		assert_output "serves with $number workers and the new configuration"
		[[ $(http) == *"X-Conf: $number"* ]]
		assert_title "$old" "angie: master process v1.3.0 #$number [$TARGET]"
	done
	echo 'nonsense;' >>"$CONF_FILE"
	handover reload
	assert_status 6
	assert_output 'unknown directive "nonsense"'
	load_stop
	assert_equal "$(master)" "$old" 'the master'
}

@test "Angie is seen by status, ended by stop, started by start" {
	start_angie
	handover status
	assert_status 0
	assert_output "master $old"
	assert_output '2 workers accept'
	assert_output 1.3.0
	slow_client
	slow_worker_leaves
	handover stop --drain-timeout 500ms
	assert_status 0
	exec {slow}>&-
	no_nginx
	handover status
	[[ $status != 0 ]]
	handover start --nginx "$TARGET"
	assert_status 0
	both_workers
	answers 1.3.0
	handover start --nginx "$TARGET"
	assert_status 0
	assert_output already
}

# A reload makes the worker with the slow client leave: "angie: worker process is shutting down #1".
slow_worker_leaves() {
	handover reload
	assert_status 0
	workers_of "$old" 'nginx: worker process is shutting down'
	handover status
	assert_output '1 leave'
}

@test "a handover of Angie that was interrupted: finish, and rollback" {
	start_angie
	new_binary 1.26.3 angie
	spawn_by_hand
	handover upgrade
	assert_status 153
	handover rollback
	assert_status 0
	assert_old_serves 1.3.0
	spawn_by_hand
	kill -WINCH "$old"
	handover finish
	assert_status 0
	gone "$old"
	answers 1.12.1
}

spawn_by_hand() {
	ln -f "$TARGET" "$TARGET.1.3.0"
	cp "$NEW" "$TARGET.tmp" && mv "$TARGET.tmp" "$TARGET"
	kill -USR2 "$old"
	wait_until 10 names_new_master
	wait_until 10 master_ready
}

names_new_master() {
	local pid
	pid=$(cat "$PID_FILE" 2>/dev/null) && [[ -n $pid && $pid != "$old" ]]
}

@test "a new Angie that is killed in the settle time: undone, and its orphans are swept" {
	start_angie
	new_binary 1.26.3 angie
	"$HANDOVER" upgrade --binary "$NEW" --settle 30s >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	upgrade=$!
	wait_until 10 names_new_master
	wait_until 10 master_ready
	kill -KILL "$(master)"
	code=0
	wait $upgrade || code=$?
	assert_equal $code 150 "the upgrade's exit code"
	assert_old_serves 1.3.0
	assert_equal "$(nginx_processes | wc -l)" 3 'the processes that are left'
}

@test "Angie started with next to no environment has a title that is cut: refused, since its arguments are not known" {
	for arguments in '' "-c /usr/local/angie/conf/angie.conf"; do
		all_named angie Angie
		install_old 1.22.1 angie
		# shellcheck disable=SC2086 # none, or two
		env -i "$TARGET" $arguments 3>&-
		wait_until 10 test -s "$PID_FILE"
		wait_until 10 is_cut
		wait_until 10 workers_titled
		new_binary 1.26.3 angie
		before=$(snapshot)
		handover upgrade --binary "$NEW" --pid-file "$PID_FILE"
		assert_status 154
		assert_output 'does not show all its arguments'
		handover restart --pid-file "$PID_FILE"
		assert_status 154
		assert_output 'does not show all its arguments'
		assert_equal "$(snapshot)" "$before" 'the state'
		handover stop --pid-file "$PID_FILE"
		assert_status 0
		no_nginx
	done
}

# Until it has a title of its own, a worker has that of its master.
workers_titled() {
	local all
	all=$(pgrep -cP "$(master)") && [[ $(pgrep -cP "$(master)" -f '^angie: worker') == "$all" ]]
}

is_cut() {
	local title
	title=$(title_of "$(master)")
	[[ $title == "angie: master process v1"* && ${title: -1} != ']' ]]
}

# --- from one to another ---------------------------------------------------------------------------

# refused_from_to OLD NEW: 154, with both named, and nothing is changed; the configuration test leaves no pid file
refused_from_to() {
	local before option
	before=$(snapshot)
	for option in --dry-run ''; do
		handover upgrade --binary "$NEW" --pid-file "$PID_FILE" ${option:+"$option"}
		assert_status 154
		assert_output "$2 cannot take over from $1"
		assert_output "stop $1 and start $2"
		refute_output 'refuses the configuration'
		assert_equal "$(snapshot)" "$before" 'the state'
	done
	answers "$3"
}

@test "nginx to Angie is refused before any signal" {
	all_named nginx nginx
	install_old 1.26.3
	start_nginx
	new_binary 1.26.3 angie
	refused_from_to nginx Angie 1.26.3
	# with a configuration that Angie accepts as well, and to whose pid file it would write
	kill -QUIT "$(master)"
	wait_until 10 no_nginx
	start_nginx -c "$CONF_FILE" -p "$PREFIX"
	refused_from_to nginx Angie 1.26.3
}

@test "Angie to nginx is refused before any signal, by reload as by upgrade" {
	start_angie -c /usr/local/angie/conf/angie.conf -p /usr/local/angie
	new_binary 1.26.3
	refused_from_to Angie nginx 1.3.0
	cp "$NEW" "$TARGET.tmp" && mv "$TARGET.tmp" "$TARGET"
	handover upgrade
	assert_status 154
	assert_output 'nginx cannot take over from Angie'
	assert_equal "$(master)" "$old" 'the master'
	answers 1.3.0
}

@test "nginx to Tengine, which inherits as nginx does, is a handover" {
	all_named nginx nginx
	install_old 1.22.1
	start_nginx -c "$CONF_FILE" -p "$PREFIX" -g "pid $PID_FILE;"
	new_binary 1.26.3 tengine
	load_start
	handover upgrade --binary "$NEW"
	assert_status 0
	load_stop
	SERVER=Tengine answers 3.2.0
}

# --- Tengine ---------------------------------------------------------------------------------------

@test "Tengine's own default files are found, by --nginx and without" {
	all_named tengine Tengine
	install_old 1.26.3 tengine
	start_nginx
	old=$(master)
	assert_title "$old" "nginx: master process $TARGET"
	handover status --nginx "$TARGET"
	assert_status 0
	assert_output "master $old"
	handover reload --nginx "$TARGET"
	assert_status 0
	handover upgrade
	assert_status 0
	gone "$old"
	answers 3.2.0
	handover stop --nginx "$TARGET"
	assert_status 0
	no_nginx
	handover start --nginx "$TARGET"
	assert_status 0
	[[ -s $PID_FILE ]]
	answers 3.2.0
	handover configtest --nginx "$TARGET"
	assert_status 0
}
