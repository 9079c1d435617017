#!/usr/bin/env bats
# How systemd itself reacts to an upgrade and to notifications about the main process. Each fact is
# shown by hand, so that a version that behaves otherwise is noticed. Stops and reloads: facts_jobs.bats.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/by-hand

setup() { setup_by_hand; }

# --- the main process --------------------------------------------------------------------------------

@test "MAINPID in the name of the main process, from outside of the unit, is taken at once; and back again" {
	start_unit NotifyAccess=main
	spawn
	assert_main "$old"
	speak "$old" "MAINPID=$new" 'STATUS=shifted'
	assert_main "$new"
	assert_equal "$(host_show StatusText $UNIT)" shifted
	assert_state active
	speak "$new" "MAINPID=$old"
	assert_main "$old"
}

@test "the same while a reload runs" {
	start_unit NotifyAccess=main
	begin_reload
	assert_state reloading
	spawn
	speak "$old" "MAINPID=$new"
	assert_main "$new"
	end_reload 0
	assert_status 0
	assert_main "$new"
	assert_state active
}

@test "without CAP_SYS_ADMIN a message in another's name goes out in the sender's own, and is not heard" {
	start_unit NotifyAccess=main
	spawn
	run_shown host_run env NOTIFY_SOCKET=/run/systemd/notify setpriv --bounding-set=-sys_admin \
		systemd-notify --pid="$old" "MAINPID=$new" STATUS=mine
	assert_main "$old"
	assert_equal "$(host_show StatusText $UNIT)" ''
	run_shown host_run setpriv --bounding-set=-sys_admin $SPEAK "$old" "MAINPID=$new"
	assert_output 'Operation not permitted'
}

@test "nobody can notify in the name of a process that has ended" {
	start_unit NotifyAccess=main
	spawn
	host_run kill -QUIT "$new"
	wait_until 10 host_gone "$new"
	run_shown speak "$new" "MAINPID=$old"
	assert_output 'No such process'
}

@test "without a notification it follows through PIDFile= when the old master exits, whatever NotifyAccess= is" {
	start_unit "PIDFile=$PID_FILE" NotifyAccess=none
	spawn
	shift_over
	assert_main "$old"
	drain
	wait_until 10 is_main "$new"
	assert_state active
	host_do answers 1.22.1
}

@test "it reads the pid file after a reload that succeeded, too; not after one that failed, nor at a daemon-reload" {
	start_unit "PIDFile=$PID_FILE" NotifyAccess=none
	spawn
	begin_reload
	end_reload 1
	assert_main "$old" 'after a failed reload'
	host_run systemctl daemon-reload
	assert_main "$old" 'after a daemon-reload'
	begin_reload
	end_reload 0
	assert_status 0
	assert_main "$new" 'after a reload'
}

@test "with neither, or with a pid file that is missing then, the end of the old master is that of the service" {
	local line
	for line in NotifyAccess=main "PIDFile=$PID_FILE"; do
		start_unit KillMode=mixed "$line"
		spawn
		[[ $line != PIDFile=* ]] || host_run mv "$PID_FILE" "$PID_FILE.away"
		shift_over
		drain
		wait_until 10 host_gone "$new"
		wait_until 10 unit_has_ended
		# v1 in a container: systemd is not told that the cgroup is empty, and waits
		[[ $HOST_KIND == v1 ]] || assert_state inactive success
		unit_journal
		assert_output "Killing process $new (nginx) with signal SIGKILL"
		host_do kill_all_nginx
		host_run rm -f "$SOCKET"
	done
}

@test "Type=notify: MAINPID and READY in one message start it, and the sender is nobody after that" {
	local one
	for one in yes no; do
		script $START <<-SCRIPT
			#!/bin/sh
			$TARGET
			until [ -s $PID_FILE ]; do :; done
			pid=\$(cat $PID_FILE)
			if [ $one = yes ]; then
				exec $SPEAK \$\$ MAINPID=\$pid READY=1
			fi
			$SPEAK \$\$ MAINPID=\$pid
			exec $SPEAK \$\$ READY=1 STATUS=second
		SCRIPT
		write_unit Type=notify "ExecStart=$START" NotifyAccess=main TimeoutStartSec=1
		host_systemctl start $UNIT
		if [[ $one == yes ]]; then
			assert_status 0
			assert_main "$(host_master)"
			assert_state active
			host_systemctl stop $UNIT
			assert_state inactive
		else
			((status != 0)) || fail 'a second message of the starter was heard'
			assert_state failed timeout
			assert_equal "$(host_show StatusText $UNIT)" ''
		fi
	done
}

# --- a main process that dies ------------------------------------------------------------------------

@test "a dead main process whose parent is the old master is not noticed, until a reload reads the pid file" {
	start_unit "${FOLLOWS[@]}"
	spawn
	speak "$old" "MAINPID=$new"
	kill_new
	assert_main "$new"
	assert_state active
	begin_reload
	end_reload 0
	assert_status 0
	assert_main "$old"
	assert_state active
	host_do answers
}

@test "a main process that was handed over to, and whose old master has gone, is noticed when it dies" {
	start_unit "${FOLLOWS[@]}"
	hand_over
	host_run kill -KILL "$new"
	wait_until 10 unit_has_ended
	assert_state failed signal
}

# So a new master should not be reported while its death could still be undone.
@test "a main process that was reported dies in a reload: where that fails, it ends the old generation, too" {
	start_unit "${FOLLOWS[@]}"
	begin_reload
	spawn
	speak "$old" "MAINPID=$new"
	kill_new
	end_reload 1
	wait_until 10 unit_has_ended
	assert_nothing_left
}

@test "the same where MAINPID=<old> was said in time: the service goes on" {
	start_unit "${FOLLOWS[@]}"
	begin_reload
	spawn
	speak "$old" "MAINPID=$new"
	speak "$new" "MAINPID=$old"
	kill_new
	end_reload 1
	((status != 0)) || fail 'the reload did not fail'
	assert_main "$old"
	assert_state active
}

@test "the same where the reload does not fail: the pid file leads to the old one" {
	start_unit "${FOLLOWS[@]}"
	begin_reload
	spawn
	speak "$old" "MAINPID=$new"
	kill_new
	end_reload 0
	assert_status 0
	assert_main "$old"
	assert_state active
}

@test "the same with NotifyAccess=exec: the command of the reload can still say MAINPID=<old>" {
	start_unit "PIDFile=$PID_FILE" NotifyAccess=exec
	begin_reload
	spawn
	speak "$old" "MAINPID=$new"
	kill_new
	speak "$control" "MAINPID=$old"
	end_reload 1
	assert_main "$old"
	assert_state active
}

# --- who is heard ------------------------------------------------------------------------------------

@test "whose notifications are accepted: nobody's, the main process's, also those of a job's command, or everybody's in the unit" {
	local access who worker wanted
	local -A may=([none]=' ' [main]=' main ' [exec]=' main control ' [all]=' main control worker ')
	start_unit
	worker=$(host_do workers_of "$old" 'nginx: worker process' | head -n 1)
	for access in none main exec all; do
		write_unit Type=forking "ExecStart=$TARGET" "NotifyAccess=$access"
		begin_reload
		local -A pid=([main]=$old [control]=$control [worker]=$worker [stranger]=1)
		for who in main control worker stranger; do
			wanted=no
			[[ ${may[$access]} != *" $who "* ]] || wanted=yes
			assert_equal "$(heard "${pid[$who]}" && echo yes || echo no)" $wanted "NotifyAccess=$access hears $who"
		done
		end_reload 0
		assert_status 0
	done
	unit_journal
	[[ $HOST_SUITE == trixie ]] || # 257 says so no more
		assert_output "Got notification message from PID $worker, but reception only permitted for main PID"
}

# In the unit's cgroup, with the worker's uid and no privilege: like a worker that was taken over.
as_worker() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run sh -c 'echo 0 >"$0/cgroup.procs"; exec setpriv --reuid="$@"' "$(unit_cgroup $UNIT)" \
		"$(host_run stat -c %u "/proc/$worker")" --clear-groups $SPEAK 0 "$@"
}

@test "NotifyAccess=all lets a worker replace the main process, so that it is main" {
	local worker
	start_unit NotifyAccess=main
	worker=$(host_do workers_of "$old" 'nginx: worker process' | head -n 1)
	assert_equal "$(host_run stat -c %U "/proc/$worker")" nobody
	as_worker "MAINPID=$worker" STATUS=mine
	assert_main "$old"
	assert_equal "$(host_show StatusText $UNIT)" ''
	write_unit Type=forking "ExecStart=$TARGET" NotifyAccess=all
	as_worker "MAINPID=$worker" STATUS=mine
	assert_main "$worker"
	assert_equal "$(host_show StatusText $UNIT)" mine
}

@test "NotifyAccess=all and then =exec is exec" {
	write_unit Type=forking "ExecStart=$TARGET" NotifyAccess=all NotifyAccess=exec
	assert_equal "$(host_show NotifyAccess $UNIT)" exec
}
