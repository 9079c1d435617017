#!/usr/bin/env bats
# Workers of nginx that another process of their user has taken over: it traces them, which nginx allows, and makes
# them execute other programs. They are children of the master, and count as workers, whatever their title.

load lib/attack

setup() {
	attack_setup
	write_conf 2 "user nobody nogroup; error_log $ERROR_LOG notice;"
	install_old 1.18.0
	USER_FOLDER=$(home $NOBODY)
	own_poser $NOBODY "$USER_FOLDER/nginx"
}

teardown() { attack_teardown; }

TITLE="nginx: master process $TARGET"

worker() { workers_of "$(master)" 'nginx: worker process' | head -n 1; }

# takes_over PID FILE ARGV0 [ARGUMENT...]
takes_over() {
	attack
	as_user $NOBODY $ATTACK/trace "$@" || fail "worker $1 could not be traced"
	[[ $(readlink "/proc/$1/exe") == "$2" ]]
}

# A worker becomes the user's program, and calls itself a master. Sets POSED.
worker_poses() {
	POSED=$(worker)
	takes_over "$POSED" "$USER_FOLDER/nginx" "$TITLE"
	wait_until 5 waits "$POSED"
	assert_equal "$(title_of "$POSED")" "$TITLE" 'its title'
}

# worker_adopts FILE ARGV0 [ARGUMENT...]: a worker gives the master another child, which executes that file. Sets POSED.
worker_adopts() {
	local worker
	worker=$(worker)
	takes_over "$worker" $ATTACK/clone_parent 'nginx: worker process' "$@"
	wait_until 5 grep -q '^child-of' $WITNESS/log
	POSED=$(awk '/^child-of/ { print $3 }' $WITNESS/log)
	wait_until 5 executed "$POSED" "$1"
	wait_until 5 waits "$POSED"
	assert_equal "$(awk '{ print $4 }' "/proc/$POSED/stat")" "$(master)" 'its parent'
}

executed() { [[ $(readlink "/proc/$1/exe") == "$2" ]]; }

# An nginx of that user, as a child of root's master: with the right binary, but another configuration.
worker_adopts_nginx() {
	{
		echo "daemon off; worker_processes 1; pid $USER_FOLDER/nginx.pid; error_log $USER_FOLDER/error.log;"
		server 8099 evil
	} >"$USER_FOLDER/evil.conf"
	worker_adopts "$1" $TARGET -c "$USER_FOLDER/evil.conf"
	wait_until 5 test -s "$USER_FOLDER/nginx.pid"
	wait_until 10 master_ready "$USER_FOLDER/nginx.pid"
}

# The master belongs to root, and serves.
assert_roots_serves() {
	answers "$1"
	assert_equal "$(ids_of "$(master)")" '0 0 0 0' 'the user ids of the master'
}

# --- at rest ---------------------------------------------------------------------------------------

# Each verb beside a worker that poses as a master; $1 makes it pose.
verbs_beside_a_poser() {
	local verb old
	for verb in status configtest reopen reload finish upgrade; do
		old=$(master)
		if [[ -z ${POSED-} ]] || gone "$POSED"; then
			: >$WITNESS/log
			"$@"
		fi
		handover $verb --settle 10ms --start-timeout 1500ms --drain-timeout 1s --pid-file $PID_FILE
		# a worker that was taken over need not exit; then the old generation drains
		[[ $status == 0 || ($verb == upgrade && $status == 151) ]] || false_exit "$verb says $status"
		[[ $verb == @(configtest|reopen) || $output == *"$POSED"* ]] || false_exit "$verb does not name the intruder $POSED"
		assert_roots_serves 1.18.0
		if [[ $verb == upgrade ]]; then
			[[ $(master) != "$old" ]] || false_exit 'upgrade has done nothing'
		else
			assert_equal "$(master)" "$old" "the master after $verb"
		fi
	done
}

@test "at rest, a worker that poses as a master: every verb goes on with root's, and names it" {
	start_nginx
	verbs_beside_a_poser worker_poses
	assert_no_harm
}

@test "at rest, a child of the master's that a worker made, which runs the nginx that is meant: likewise" {
	start_nginx
	verbs_beside_a_poser worker_adopts_nginx $TARGET
	assert_no_harm
}

@test "at rest, rollback and restart beside a worker that poses" {
	local old
	start_nginx
	worker_poses
	handover rollback --settle 10ms --pid-file $PID_FILE
	assert_status 154
	assert_roots_serves 1.18.0
	old=$(master)
	handover restart --start-timeout 1500ms --drain-timeout 1s --pid-file $PID_FILE
	assert_status 0
	assert_roots_serves 1.18.0
	gone "$old"
	gone "$POSED"
	worker_poses
	handover stop --start-timeout 1500ms --drain-timeout 1s --pid-file $PID_FILE
	assert_status 0
	assert_equal "$(says $PORT)" '' 'what still serves'
	gone "$POSED"
	executed_as_root >$WITNESS/false # the intruder's own signals are those of a worker
	[[ ! -s $WITNESS/false ]]
}

# --- during a handover -----------------------------------------------------------------------------

# Starts the upgrade in the background, and the command when the master has handled USR2.
upgrade_and() {
	local upgrade
	"$HANDOVER" upgrade --binary "$NEW" --settle 10ms --start-timeout 2500ms --drain-timeout 1s --pid-file $PID_FILE \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	upgrade=$!
	wait_until 10 test -e $PID_FILE.oldbin
	"$@"
	status=0
	wait $upgrade || status=$?
	output=$(<"$BATS_TEST_TMPDIR/out")
	echo "$output"
}

# upgrade_meanwhile COMMAND...: an upgrade to a binary that hangs before it is a master; the command runs after
# USR2. The old generation must go on serving.
upgrade_meanwhile() {
	start_nginx
	OLD=$(master)
	broken_binary hangs-before-pid
	upgrade_and "$@"
}

worker() { workers_of "${OLD:-$(master)}" 'nginx: worker process' | head -n 1; }
master() { cat $PID_FILE 2>/dev/null || cat $PID_FILE.oldbin; }

@test "after USR2 a worker poses, and the new master hangs: undone, 150, the old one serves" {
	upgrade_meanwhile worker_poses
	assert_status 150
	assert_equal "$(cat $PID_FILE)" "$OLD" 'the master'
	assert_roots_serves 1.18.0
	same_version_installed
	assert_no_harm
}

same_version_installed() { cmp "$(built 1.18.0)" $TARGET; }

@test "after USR2 a worker makes a child of the master's that runs the wanted file, and the new master hangs: 150" {
	upgrade_meanwhile worker_adopts_nginx $TARGET
	assert_status 150
	assert_equal "$(cat $PID_FILE)" "$OLD" 'the master'
	assert_roots_serves 1.18.0
	same_version_installed
	assert_no_harm
}

@test "after USR2 a worker makes a child of the master's of a set-uid program, with all user ids 0, and the new master hangs: 150" {
	chmod u+s $ATTACK/set_uid
	upgrade_meanwhile worker_adopts $ATTACK/set_uid "$TITLE"
	assert_status 150
	assert_equal "$(ids_of "$POSED")" '0 0 0 0' 'the user ids of the child'
	assert_equal "$(cat $PID_FILE)" "$OLD" 'the master'
	assert_roots_serves 1.18.0
	same_version_installed
	assert_no_harm
}

@test "after USR2 a worker poses, and the new master is slow but sound: that one is taken" {
	start_nginx
	OLD=$(master)
	broken_binary slow-start
	upgrade_and worker_poses
	[[ $status == 0 || $status == 151 ]] || false_exit "upgrade says $status"
	assert_roots_serves 1.22.1
	[[ $(cat $PID_FILE) != "$POSED" ]]
	assert_output "$POSED"
	assert_no_harm
}

@test "counted: nothing was executed as root, no foreign process signalled, no exit false" { assert_counted; }
