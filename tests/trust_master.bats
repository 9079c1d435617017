#!/usr/bin/env bats
# Processes of other users that look exactly like a master of nginx: title, pid file, -V, even uid 0. No verb trusts
# them: it does not execute, signal, or take them for root's nginx.

load lib/attack

setup() {
	attack_setup
	EVIL=$(home $NOBODY)/evil.conf
	{
		echo "pid $(home $NOBODY)/nginx.pid; error_log $(home $NOBODY)/error.log notice;"
		server $DISTRO_PORT evil
	} >"$EVIL"
}

teardown() { attack_teardown; }

TITLE="nginx: master process $DISTRO -c /run/home/$NOBODY/evil.conf"

# A user's process that poses as the distribution's nginx, with a pid file of its own.
poses() {
	[[ -z ${ATTACKER-} ]] || gone "$ATTACKER" || return 0
	poser $NOBODY "$TITLE" "$(home $NOBODY)/nginx.pid"
}

# once FILE [ARGUMENT...]: that user's process with the title, unless it still runs
once() {
	[[ -z ${ATTACKER-} ]] || gone "$ATTACKER" || return 0
	ATTACKER_ENV+=("ATTACKER_PID_FILE=/run/home/$NOBODY/nginx.pid")
	attacker $NOBODY "$TITLE" "$@"
	wait_until 5 waits "$ATTACKER"
}

@test "a forged title and pid file, root's nginx is stopped: every verb, from a shell without options" {
	each_verb_stopped shell poses
	assert_no_harm
}

@test "a forged title, root's nginx is stopped: every verb, with --nginx and with --pid-file" {
	each_verb_stopped nginx poses
	each_verb_stopped pid-file poses
	assert_no_harm
}

@test "a forged title, root's nginx is stopped: every verb, by the init script and with --service" {
	each_verb_stopped script poses
	each_verb_stopped service poses
	assert_no_harm
}

@test "a forged title beside root's nginx: every verb reaches root's alone" {
	poses
	start_distro
	each_verb_running shell
	each_verb_running script
	assert_no_harm
}

@test "root names the poser's pid file: nothing of it becomes root's" {
	local verb
	for verb in "${VERBS[@]}"; do
		poses
		attack
		# to a file: the started nginx may not write an error log, and keeps the stream open
		status=0
		timeout 60 "$HANDOVER" "$verb" --start-timeout 1s --drain-timeout 1s --pid-file "$(home $NOBODY)/nginx.pid" \
			>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || status=$?
		output=$(<"$BATS_TEST_TMPDIR/out")
		echo "$verb -> $status: $output"
		[[ $verb != status || $status == [34] || $status == 154 || $status == 0 ]] || false_exit "status says $status"
		# The signalled process was named, and the run acts as its user: it is no stranger.
		sed -i '/^signal poser/d' $WITNESS/log
		distro_whole "$verb"
		if pgrep -u 0 -f 'nginx: master.*evil.conf'; then
			false_exit "$verb has started root's nginx with the user's configuration"
		fi
		end_distro
	done
	assert_no_harm
}

@test "a set-uid program with a master's title, its user ids mixed as su has them: every verb" {
	chmod u+s $ATTACK/set_uid
	ATTACKER_ENV=(SET_UID_MIXED=1)
	# shellcheck disable=SC2317 # each_verb_stopped calls it
	poses() { once "$ATTACK/set_uid"; }
	each_verb_stopped shell poses
	assert_equal "$(ids_of "$ATTACKER")" "$NOBODY 0 0 0" 'the user ids'
	each_verb_stopped service poses
	assert_no_harm
}

@test "a set-uid program with a master's title that has made all its user ids 0: every verb" {
	chmod u+s $ATTACK/set_uid
	# shellcheck disable=SC2317 # each_verb_stopped calls it
	poses() { once "$ATTACK/set_uid"; }
	each_verb_stopped shell poses
	assert_equal "$(ids_of "$ATTACKER")" '0 0 0 0' 'the user ids'
	each_verb_stopped service poses
	assert_no_harm
}

@test "a set-uid root nginx that a user has started with his configuration: no verb takes it for root's" {
	local user verb
	user=$(home $NOBODY)
	install -m 4755 $DISTRO /opt/nginx-set-uid
	{
		echo "pid $user/nginx.pid; error_log $user/error.log notice;"
		server 8099 evil
	} >"$EVIL"
	as_user $NOBODY bash -c "exec -a $DISTRO /opt/nginx-set-uid -c $EVIL" 3>&-
	wait_until 10 master_ready "$user/nginx.pid"
	foreign 'the set-uid one' "$(<"$user/nginx.pid")" "$user/error.log"
	each_verb_stopped shell
	each_verb_stopped service
	assert_no_harm
}

# --- namespaces of a user's ------------------------------------------------------------------------

users_can_have_namespaces() {
	as_user $NOBODY unshare --user --map-root-user true 2>/dev/null ||
		skip 'cannot exist here: no user namespace for an ordinary user'
}

@test "a master with uid 0 in a user namespace that a user made: every verb" {
	local user
	users_can_have_namespaces
	user=$(home $NOBODY)
	{
		echo "user root; pid $user/nginx.pid; error_log $user/error.log notice;"
		server 8099 evil
	} >"$EVIL"
	cd "$user" && as_user $NOBODY unshare --user --map-root-user $DISTRO -c "$EVIL" -g 'worker_processes 1;' 3>&-
	wait_until 10 master_ready "$user/nginx.pid"
	foreign 'the one in a user namespace' "$(<"$user/nginx.pid")" "$user/error.log"
	each_verb_stopped shell
	each_verb_stopped service
	assert_no_harm
}

@test "another file mounted over root's binary, in a mount namespace that a user made: every verb" {
	local user
	users_can_have_namespaces
	user=$(home $NOBODY)
	own_poser $NOBODY "$user/nginx"
	# shellcheck disable=SC2016,SC2317 # expanded by the shell inside; each_verb_stopped calls it
	poses() {
		once unshare --user --mount --map-root-user bash -c \
			'mount --bind "$0" "$1" && exec -a "$2" "$1"' "/run/home/$NOBODY/nginx" "$DISTRO" "$TITLE"
	}
	each_verb_stopped shell poses
	[[ $(readlink "/proc/$ATTACKER/exe") == "$DISTRO" ]]
	each_verb_stopped service poses
	assert_no_harm
}

@test "a forged executable (PR_SET_MM_MAP), by device and inode root's binary: every verb" {
	local user
	users_can_have_namespaces
	user=$(home $NOBODY)
	# shellcheck disable=SC2317 # each_verb_stopped calls it
	poses() { once "$ATTACK/forge_exe" "$DISTRO"; }
	poses || skip 'cannot exist here: the kernel does not let a user set his executable'
	same_file "/proc/$ATTACKER/exe" $DISTRO || fail "$(cat $WITNESS/*.out)"
	each_verb_stopped shell poses
	each_verb_stopped service poses
	assert_no_harm
}

@test "counted: nothing was executed as root, no foreign process signalled, no exit false" { assert_counted; }
