#!/usr/bin/env bats
# Pid files that another user can write, or swaps while they are read. Their content is only a claim: the
# nginx that is meant is reached, or the verb is refused with what to change. Never another one.

# shellcheck disable=SC2015 # false_exit succeeds, or it ends the test
load lib/attack

PORT_A=8091 PORT_B=8092
SHARED=/run/shared # where the pid file of A is: a folder of www-data's

setup() {
	attack_setup
	rm -rf $SHARED
	mkdir $SHARED
	chown $WWW:$WWW $SHARED
	install_old 1.18.0
	for name in a b; do
		mkdir -p $PREFIX/$name
		{
			echo "user root; worker_processes 1; error_log $PREFIX/logs/$name.log notice;"
			[[ $name == a ]] && echo "pid $SHARED/nginx.pid;" || echo "pid $PREFIX/logs/b.pid;"
			port=PORT_${name^}
			server "${!port}" $name
		} >$PREFIX/conf/$name.conf
	done
}

teardown() { attack_teardown; }

start_a() {
	$TARGET -c $PREFIX/conf/a.conf 3>&- && wait_until 10 master_ready $SHARED/nginx.pid
	A=$(<$SHARED/nginx.pid)
}

start_b() {
	$TARGET -c $PREFIX/conf/b.conf 3>&- && wait_until 10 master_ready $PREFIX/logs/b.pid
	B=$(<$PREFIX/logs/b.pid)
	foreign b "$B" $PREFIX/logs/b.log
}

# www-data swaps the pid file: it has A's and B's pid in turn.
swaps() {
	echo "$A" >$SHARED/a
	echo "$B" >$SHARED/b
	chown $WWW:$WWW $SHARED/a $SHARED/b
	attacker $WWW swap $ATTACK/swap link $SHARED/nginx.pid $SHARED/a $SHARED/b
	wait_until 5 grep -qx "$B" $SHARED/nginx.pid
}

@test "www-data swaps the pid file between two instances of root's: none but the one that is meant is reached" {
	local verb
	start_a
	start_b
	swaps
	for _ in {1..4}; do
		for verb in status reload reopen configtest upgrade finish; do
			attack
			handover $verb --settle 10ms --start-timeout 2s --pid-file $SHARED/nginx.pid
			[[ $verb == status || $(says $PORT_A) == a ]] || false_exit "$verb has stopped a"
			# the swapped files must point to it
			[[ $verb != upgrade || $status != 0 ]] || A=$(pgrep -f "^nginx: master.*a.conf") && echo "$A" >$SHARED/a
		done
	done
	assert_equal "$(says $PORT_B)" b 'what b says'
	for _ in {1..8}; do
		[[ $(says $PORT_A) == a ]] || start_a_again
		attack
		handover stop --drain-timeout 2s --pid-file $SHARED/nginx.pid
		((status != 0)) || [[ -z $(says $PORT_A) ]] || false_exit 'stop says 0, and a runs on'
		attack
		handover restart --drain-timeout 2s --nginx $TARGET --conf $PREFIX/conf/a.conf --pid-file $SHARED/nginx.pid
		((status != 0)) || [[ $(says $PORT_A) == a ]] || false_exit 'restart says 0, and a does not run'
	done
	assert_no_harm
}

start_a_again() {
	$TARGET -c $PREFIX/conf/a.conf 3>&- || :
	wait_until 10 pgrep -f "^nginx: master.*a.conf" >/dev/null
	A=$(pgrep -o -f "^nginx: master.*a.conf")
	echo "$A" >$SHARED/a
}

@test "www-data writes another instance's pid into the file of one that is stopped: every verb leaves that alone" {
	local verb
	start_b
	for verb in "${VERBS[@]}"; do
		as_user $WWW bash -c "rm -f $SHARED/nginx.pid && echo $B >$SHARED/nginx.pid"
		attack
		handover "$verb" --settle 10ms --start-timeout 2s --nginx $TARGET --conf $PREFIX/conf/a.conf --pid-file $SHARED/nginx.pid
		case $verb in
		status) ((status != 0)) || false_exit 'status says 0, where a does not run' ;;
		reload | upgrade | rollback | reopen) ((status != 0)) || false_exit "$verb says 0, where a does not run" ;;
		start | restart) ((status != 0)) || [[ $(says $PORT_A) == a ]] || false_exit "$verb says 0, and a does not serve" ;;
		esac
		assert_equal "$(says $PORT_B)" b "what b says after $verb"
	done
	assert_no_harm
}

@test "www-data writes the pid of his own program into it: root's binary stays, and nothing of his is executed as root" {
	local verb
	poser $WWW "nginx: master process $TARGET -c $PREFIX/conf/a.conf" $SHARED/nginx.pid
	new_binary 1.22.1
	for verb in status configtest reopen reload "upgrade --binary $NEW" finish rollback condrestart package-update stop; do
		if gone "$ATTACKER"; then
			poser $WWW "nginx: master process $TARGET -c $PREFIX/conf/a.conf" $SHARED/nginx.pid
		fi
		attack
		# shellcheck disable=SC2086 # words
		handover $verb --settle 10ms --start-timeout 2s --nginx $TARGET --conf $PREFIX/conf/a.conf --pid-file $SHARED/nginx.pid
		[[ $verb != @(status|upgrade*|reload|rollback) || $status != 0 ]] || false_exit "$verb says 0, where a does not run"
		cmp "$(built 1.18.0)" $TARGET && [[ $(stat -c %u $TARGET) == 0 ]] || {
			false_exit "$verb has replaced root's binary"
			install_old 1.18.0
		}
	done
	assert_no_harm
}

@test "www-data writes the pid of a process of root's that is no nginx: nothing is signalled" {
	local verb
	ATTACKER_ENV=("ATTACKER_PID_FILE=$SHARED/nginx.pid")
	attacker 0 'nginx: master process /usr/bin/backup' $ATTACK/set_uid # a program of root's, with such a title
	wait_until 5 test -s $SHARED/nginx.pid
	chown $WWW $SHARED/nginx.pid
	for verb in "${VERBS[@]}"; do
		[[ $verb != @(start|restart) ]] || continue
		attack
		handover "$verb" --start-timeout 2s --nginx $TARGET --conf $PREFIX/conf/a.conf --pid-file $SHARED/nginx.pid
		[[ $verb != @(status|reload|upgrade|reopen) || $status != 0 ]] || false_exit "$verb says 0, where a does not run"
	done
	assert_no_harm
}

@test "a folder that everybody may write: a pipe, a folder and a link to a file of root's in place of the pid file hang nobody" {
	local verb
	start_b
	chmod 777 $SHARED
	echo 'nothing of yours' >$PREFIX/conf/secret
	for put in "mkfifo $SHARED/nginx.pid" "mkdir $SHARED/nginx.pid" "ln -s $PREFIX/conf/secret $SHARED/nginx.pid" \
		"ln -s $PREFIX/logs/b.pid $SHARED/nginx.pid" "ln -s /dev/zero $SHARED/nginx.pid"; do
		for verb in status reload upgrade stop condrestart; do
			rm -rf $SHARED/nginx.pid
			as_user $WWW bash -c "$put"
			attack
			handover $verb --nginx $TARGET --conf $PREFIX/conf/a.conf --pid-file $SHARED/nginx.pid
			((status != 124)) || false_exit "$verb hangs at: $put"
			[[ $verb == @(stop|condrestart) || $status != 0 ]] || false_exit "$verb says 0 at: $put"
			refute_output 'nothing of yours'
		done
	done
	assert_equal "$(says $PORT_B)" b 'what b says'
	assert_no_harm
}

@test "a pid file that is right, in a folder of www-data's: what the kernel says is enough, or it is refused with what to change" {
	local verb
	start_b
	start_a
	for verb in status reload reopen configtest stop; do
		attack
		handover $verb --pid-file $SHARED/nginx.pid
		[[ $status == 0 || ($output == *"$SHARED"* && ($output == *chown* || $output == *chmod*)) ]] ||
			false_exit "$verb says $status, and not what to change"
	done
	assert_no_harm
}

# The pid of a crashed master is reused for a process of another user.
@test "root's own pid file holds a number that a user's process has by now: not running, and start starts root's" {
	local how verb
	poser $NOBODY "nginx: master process $DISTRO"
	for how in "--pid-file $DISTRO_PID" "--service nginx" "--nginx $DISTRO --pid-file $DISTRO_PID" ''; do
		for verb in status reload upgrade stop condrestart start; do
			echo "$ATTACKER" >$DISTRO_PID
			attack
			# shellcheck disable=SC2086 # words
			handover $verb --start-timeout 2s --settle 10ms $how
			case $verb in
			status) ((status == 1 || status == 3)) || false_exit "status $how says $status" ;;
			stop | condrestart) ((status == 0)) || false_exit "$verb $how says $status" ;;
			start) ((status == 0)) && distro_serves || false_exit "start $how says $status, and root's nginx does not serve" ;;
			*) ((status == 7)) || false_exit "$verb $how says $status" ;;
			esac
		done
		alive "$ATTACKER"
		end_distro
	done
	assert_no_harm
}

@test "counted: nothing was executed as root, no foreign process signalled, no exit false" { assert_counted; }
