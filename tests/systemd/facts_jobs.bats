#!/usr/bin/env bats
# How systemd itself reacts to a stop during an upgrade, and to a reload that takes long; by hand, as in
# facts.bats. These facts are why our units have ExecStop= and KillSignal=SIGQUIT, and why the helper asks for more time.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/by-hand

setup() { setup_by_hand; }

# --- stopping, no reload running ---------------------------------------------------------------------

@test "a stop during the drain, not notified: the new master is signalled by nobody, and killed after TimeoutStopSec" {
	start_unit "PIDFile=$PID_FILE" NotifyAccess=none "${GRACEFUL[@]}" TimeoutStopSec=2
	host_slow_client
	spawn
	shift_over
	drain
	begin_stop
	host_slow_finish
	wait_until 10 host_gone "$old"
	end_stop
	assert_state failed timeout
	! had_signal "$new" QUIT || fail 'the new master was asked to leave'
	unit_journal
	assert_output "Killing process $new (nginx) with signal SIGKILL"
	assert_nothing_left
}

# Failed by the signal. Or stopped successfully, if systemd notices the empty cgroup before the end of the main process,
# which may happen on every version.
assert_cut_at_once() {
	unit_journal
	refute_output 'timed out'
	unit_has_ended || fail 'the unit has not ended'
}

@test "two generations, the new one reported: a stop asks it to leave, and kills both at once" {
	start_unit "${FOLLOWS[@]}" "${GRACEFUL[@]}"
	host_slow_client old
	spawn
	speak "$old" "MAINPID=$new"
	shift_over
	drain
	host_slow_client new
	assert_alien yes
	begin_stop
	end_stop
	assert_cut old
	assert_cut new
	assert_cut_at_once
	assert_nothing_left
}

@test "reported while the old master was its parent, it stays alien when that has gone: a stop does not wait for it" {
	start_unit "${FOLLOWS[@]}" "${GRACEFUL[@]}"
	hand_over
	speak "$new" "MAINPID=$new"
	assert_alien yes
	host_slow_client
	begin_stop
	end_stop
	assert_cut
	assert_cut_at_once
	assert_nothing_left
}

@test "MAINPID=<a worker> and MAINPID=<master> clear that, once the old master has gone: a stop serves the client" {
	local worker
	start_unit "${FOLLOWS[@]}" "${GRACEFUL[@]}"
	spawn
	speak "$old" "MAINPID=$new"
	worker=$(host_do workers_of "$new" 'nginx: worker process' | head -n 1)
	speak "$new" "MAINPID=$worker"
	speak "$worker" "MAINPID=$new"
	assert_alien yes # too early
	shift_over
	drain
	wait_until 10 host_gone "$old"
	speak "$new" "MAINPID=$worker"
	speak "$worker" "MAINPID=$new"
	assert_main "$new"
	assert_alien no
	host_slow_client
	begin_stop
	host_slow_finish
	end_stop
	assert_state inactive success
	assert_nothing_left
}

@test "a daemon-reload clears it as well, once the old master has gone" {
	start_unit "${FOLLOWS[@]}" "${GRACEFUL[@]}"
	hand_over
	host_run systemctl daemon-reload
	assert_main "$new"
	assert_alien no
}

@test "KillMode=control-group with KillSignal=SIGQUIT waits for an alien, and for every generation" {
	start_unit "${FOLLOWS[@]}" KillMode=control-group KillSignal=SIGQUIT TimeoutStopSec=10
	host_slow_client old
	spawn
	speak "$old" "MAINPID=$new"
	shift_over
	drain
	host_slow_client new
	assert_alien yes
	begin_stop
	host_slow_finish old
	wait_until 10 host_gone "$old"
	host_slow_finish new
	end_stop
	assert_state inactive success
	assert_nothing_left
}

# --- stopping while a reload runs --------------------------------------------------------------------

# Two generations with a client each, an active reload whose command handles QUIT in that way, and a stop.
stop_in_reload() {
	reload_waits "trap '$1' QUIT"
	start_unit "${FOLLOWS[@]}" "${GRACEFUL[@]}" "ExecStop=/bin/touch $RUN.stopped" "${@:2}"
	host_slow_client old
	begin_reload
	spawn
	speak "$old" "MAINPID=$new"
	shift_over
	host_slow_client new
	begin_stop
	wait_until 10 had_signal "$new" QUIT
}

assert_only_main_was_asked() {
	host_run test ! -e $RUN.stopped || fail 'ExecStop was run'
	! had_signal "$old" QUIT || fail 'the old master was asked to leave'
}

@test "a stop in a reload skips ExecStop, and asks the main process and the reload command only, which can end the rest" {
	stop_in_reload "touch $RUN.asked"
	wait_until 10 host_run test -e $RUN.asked
	assert_only_main_was_asked
	host_slow_finish new
	wait_until 10 host_gone "$new"
	drain
	host_slow_finish old
	wait_until 10 host_gone "$old"
	end_reload 0
	end_stop
	assert_state inactive success
	host_run test ! -e $RUN.stopped || fail 'ExecStop was run'
	assert_nothing_left
}

@test "the same, and the reload command ends after the new master: the old generation is killed at once" {
	stop_in_reload "touch $RUN.asked" TimeoutStopSec=8
	wait_until 10 host_run test -e $RUN.asked
	host_slow_finish new
	wait_until 10 host_gone "$new"
	end_reload 1
	end_stop
	assert_only_main_was_asked
	assert_cut old
	unit_journal
	refute_output 'timed out'
	assert_output "Killing process $old (nginx) with signal SIGKILL"
	assert_nothing_left
}

# Its parent reaps the new master: systemd does not notice its end.
@test "the same, and the reload command ends before the new master: all is killed after TimeoutStopSec" {
	stop_in_reload - TimeoutStopSec=8
	wait_until 10 host_gone "$control"
	host_slow_finish new
	wait_until 10 host_gone "$new"
	end_stop
	assert_only_main_was_asked
	assert_cut old
	unit_journal
	assert_output 'timed out'
	assert_output "Killing process $old (nginx) with signal SIGKILL"
	assert_nothing_left
}

@test "the same, and the reload command does not hear it: the old master starts workers anew, and all is killed" {
	stop_in_reload '' TimeoutStopSec=8
	host_slow_finish new
	wait_until 10 host_gone "$new"
	wait_until 10 host_do workers_of "$old" 'nginx: worker process'
	assert_only_main_was_asked
	end_stop
	assert_cut old
	assert_state failed timeout
	assert_nothing_left
}

# --- a reload that takes long ------------------------------------------------------------------------

@test "a reload that outlasts TimeoutStartSec is killed without a warning, the service goes on" {
	reload_waits "trap 'touch $RUN.asked' TERM QUIT INT"
	start_unit "${FOLLOWS[@]}" TimeoutStartSec=1
	begin_reload
	wait_for reload
	((status != 0)) || fail 'the reload did not fail'
	wait_until 10 host_gone "$control"
	host_run test ! -e $RUN.asked || fail 'it was asked first'
	assert_state active
	assert_main "$old"
	host_do answers
	unit_journal
	assert_output 'Reload operation timed out. Killing reload process.'
}

@test "EXTEND_TIMEOUT_USEC in the name of the main process lets a reload last longer" {
	start_unit "${FOLLOWS[@]}" TimeoutStartSec=6
	begin_reload
	speak "$old" EXTEND_TIMEOUT_USEC=30000000
	pause 7
	assert_state reloading
	end_reload 0
	assert_status 0
	assert_state active
}

@test "our own unit has a limit for a start that hangs, and more than the helper itself takes" {
	host_install_unit
	assert_equal "$(host_show TimeoutStartUSec)" 5min
}
