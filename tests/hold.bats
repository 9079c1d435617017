#!/usr/bin/env bats
# --hold: the old master is kept for a possible rollback, and a process of ours watches meanwhile.

load lib/common

setup() {
	setup_running
	inode=$(stat -c %i $TARGET)
	new_binary 1.22.1
}

teardown() {
	local pid
	for pid in $(watchers); do kill -KILL "$pid"; done
	common_teardown
}

# The processes that watch over a hold.
watchers() {
	pgrep -f -- 'nginx-handover finish --held-until' || :
}

# The end of the hold, from the watcher's arguments.
held_until() { tr '\0' '\n' <"/proc/$1/cmdline" | sed -n 's/^--held-until=//p'; }

no_watcher() {
	[[ -z $(watchers) ]]
}

# hold TIME [OPTION...]: 1.22.1 serves, 1.18.0 is held; sets new and watcher.
hold() {
	handover upgrade --binary "$NEW" --settle 20ms --hold "$@"
	assert_status 156
	new=$(master)
	watcher=$(watchers)
	[[ $watcher =~ ^[0-9]+$ ]] || fail "the watchers: $watcher"
}

# The builds that served, and by which verb.
recorded() {
	"$HANDOVER" backups | sed -n 's/^[ >*]*\([0-9.]*\) *from [-0-9]* [:0-9]* *\([a-z]*\) .*/\2 \1/p' | paste -sd,
}

assert_held() {
	alive "$old" && alive "$new" && alive "$watcher"
	assert_equal "$(count_workers "$old")" 0 'number of old workers'
	assert_equal "$(count_workers "$new")" 2 'number of new workers'
	answers 1.22.1
}

new_serves() {
	gone "$old" && no_watcher && [[ $(master) == "$new" && ! -e $PID_FILE.oldbin ]]
}

two_workers() { gone "$new" || (($(count_workers "$new") == 2)); }

no_old_workers() { ! workers_of "$old" 'nginx: worker process'; }

# Whether a signal is pending for the old master, which is stopped.
has_pending() { [[ $(awk '/^ShdPnd/ { print $2 }' "/proc/$old/status") != 0000000000000000 ]]; }

# Everything is as it was before.
old_serves() {
	gone "$new" && no_watcher && [[ $(master) == "$old" && ! -e $PID_FILE.oldbin ]] &&
		(($(count_workers "$old") == 2)) && [[ $(stat -c %i $TARGET) == "$inode" ]]
}

@test "a hold: 156, what every command says in it, and its end by itself" {
	local began deadline line
	load_start
	began=$(date +%s)
	hold 1h --drain-timeout 3s
	assert_output "old master $old waits as the way back"
	assert_output "process $watcher watches it"
	# The watcher has its own session, no terminal, and no working folder that could block an unmount.
	assert_equal "$(ps -o ppid=,sid=,tty= -p "$watcher" | xargs)" "1 $(ps -o sid= -p "$watcher" | xargs) ?"
	[[ $(ps -o sid= -p "$watcher" | xargs) != "$(ps -o sid= -p $$ | xargs)" ]]
	assert_equal "$(readlink "/proc/$watcher/cwd")" /
	[[ $(ls -l "/proc/$watcher/fd") != *pipe:*bats* ]]
	assert_equal "$(readlink "/proc/$watcher/fd/1")" /dev/null
	deadline=$(date -d "$(held_until "$watcher")" +%s)
	# A whole second, rounded up: never sooner than asked.
	((deadline >= began + 3600 && deadline <= $(date +%s) + 3601))

	handover status --exit-code
	assert_status 156
	handover status
	assert_status 0
	assert_output 'a handover is held until '
	assert_output "process $watcher watches over it"
	handover status --json
	line=$(grep '"event":"held"' <<<"$output")
	[[ $line == *"\"until\":$deadline,\"watcher\":$watcher,\"old_pid\":$old,\"new_pid\":$new,"* ]]
	handover upgrade
	assert_status 153
	assert_output 'the last handover is held until '
	assert_output '"nginx-handover finish" makes it final, "nginx-handover rollback" takes it back'
	handover upgrade --if-needed
	assert_status 0
	assert_output "nginx runs what is installed: master $new serves"
	handover rollback --dry-run
	assert_status 0
	handover reload
	assert_status 0
	assert_output "this is about master $new, which serves"
	handover reopen
	assert_status 0
	handover configtest
	assert_status 0
	handover start
	assert_status 0
	handover package-update # nothing is due to who serves
	assert_status 0
	assert_equal "$output" ''
	# A binary that another package installs meanwhile.
	cp "$(built 1.18.0)" $TARGET.next && mv $TARGET.next $TARGET
	handover reload
	assert_status 153
	assert_output '"nginx-handover finish" ends that, then reload again'
	handover reload --reload-upgrades no
	assert_status 0
	assert_held
	handover rollback
	assert_status 0

	new_binary 1.22.1
	hold 1s --drain-timeout 3s
	deadline=$(date -d "$(held_until "$watcher")" +%s)
	wait_until 10 new_serves
	(($(date +%s) >= deadline))
	load_stop
	handover status
	refute_output held
}

@test "rollback in a hold: at once, nothing is executed; and finish ends it early" {
	local i
	for i in 1 2 3; do
		hold 1h
		run_shown strace -qq -f -o "$BATS_TEST_TMPDIR/calls" -e trace=execve,execveat \
			python3 "$TOP/tests/lib/first-answer" 127.0.0.1:$PORT nginx/1.18.0 "$HANDOVER" rollback
		assert_status 0
		assert_output 'rolled back, as asked'
		assert_output 'first answer after '
		assert_equal "$(grep -o 'execve("[^"]*nginx"' "$BATS_TEST_TMPDIR/calls")" '' 'what was executed'
		wait_until 5 old_serves
	done
	# The record has the build that serves in a hold, and the return to the old one.
	assert_equal "$(recorded)" 'found 1.18.0,upgrade 1.22.1,rollback 1.18.0,upgrade 1.22.1,rollback 1.18.0,upgrade 1.22.1,rollback 1.18.0'
	hold 1h
	handover finish
	assert_status 0
	wait_until 5 new_serves
	answers 1.22.1
	assert_equal "$(recorded | cut -d, -f8-)" 'upgrade 1.22.1'
	handover rollback --dry-run
	assert_output 'handing over to the build that served before: nginx 1.18.0'
}

@test "the watcher: deaths of the new generation, HUP to the old master, its own end" {
	local former
	hold 1h
	# A single death is left to nginx; workers that end by two reloads, or by a HUP to all masters, do not count.
	kill -KILL "$(workers_of "$new" 'nginx: worker process' | head -1)"
	wait_until 5 two_workers
	pause 0.5
	for _ in 1 2; do
		handover reload
		assert_status 0
		pause 0.5
	done
	# On a busy machine, all that the watcher sees of a reload may be that every worker is another one.
	for _ in 1 2 3; do
		pause 0.2
		kill -STOP "$watcher"
		handover reload
		assert_status 0
		pause 0.2
		kill -CONT "$watcher"
	done
	pause 0.2
	assert_held
	kill -HUP "$old"
	wait_until 5 workers_of "$old" 'nginx: worker process'
	wait_until 5 no_old_workers
	pause 0.3
	assert_held
	# Killed: nobody watches, nothing else changes, and the next command starts another watcher, with the same end.
	former=$(held_until "$watcher")
	kill -KILL "$watcher"
	wait_until 5 gone "$watcher"
	handover status
	assert_output 'no run of nginx-handover is at work on it'
	handover upgrade
	assert_status 153
	assert_output 'no process watches it any more'
	assert_output 'the last handover is held until '
	watcher=$(watchers)
	assert_equal "$(held_until "$watcher")" "$former" 'the end of the hold'
	assert_held
	handover rollback
	assert_status 0
	wait_until 5 old_serves

	# Workers that die again and again.
	hold 1h
	load_start
	for _ in 1 2 3; do
		kill -SEGV "$(workers_of "$new" 'nginx: worker process' | head -1)"
		pause 0.2
		wait_until 5 two_workers
	done
	wait_until 5 old_serves
	kill -KILL "$LOAD_PID"
	unset LOAD_PID
	answers 1.18.0

	# The new master dies.
	hold 1h
	kill -KILL "$new"
	wait_until 5 old_serves
	answers 1.18.0

	# Somebody ends the new workers.
	hold 1h
	kill -WINCH "$new"
	wait_until 8 old_serves

	# Signals by hand.
	hold 1h
	kill -QUIT "$old"
	wait_until 5 new_serves
}

@test "killed at every step, and resumed" {
	local rollback upgrade
	# While the run checks the new generation, which already serves alone: nobody watches yet.
	"$HANDOVER" upgrade --binary "$NEW" --settle 1min --hold 1h 3>&- &
	upgrade=$!
	wait_until 10 no_old_workers
	kill -KILL $upgrade
	wait $upgrade || :
	new=$(master)
	no_watcher
	handover reload --reload-upgrades no
	assert_status 0
	assert_output 'no process watches it any more'
	assert_output "this is about master $new, which serves"
	watcher=$(watchers)
	assert_held
	handover history
	assert_output 'upgrade by root: 1.18.0 -> 1.22.1, killed before its end'
	kill -KILL "$new"
	wait_until 5 old_serves
	# During an undo: after HUP, before the end of the new generation.
	hold 1h
	kill -STOP "$new"
	"$HANDOVER" rollback 3>&- &
	rollback=$!
	wait_until 5 workers_of "$old" 'nginx: worker process'
	kill -KILL $rollback
	wait $rollback || :
	kill -CONT "$new"
	wait_until 5 no_watcher # told to go: what the rollback has begun is not taken back
	handover rollback
	assert_status 0
	wait_until 5 old_serves

	# When the time is over: the watcher itself is killed while it ends the old master.
	hold 3s
	slow_client
	kill -STOP "$old"
	wait_until 5 has_pending
	kill -KILL "$watcher"
	kill -CONT "$old"
	handover finish
	assert_status 0
	wait_until 5 new_serves
	exec {slow}>&-
}

@test "the watcher goes back if the new master dies before its first look" {
	local -a command
	hold 1h
	mapfile -d '' command <"/proc/$watcher/cmdline"
	kill -KILL "$watcher"
	wait_until 5 gone "$watcher"
	kill -KILL "$new"
	wait_until 5 test ! -e $PID_FILE.oldbin
	"${command[@]}" 3>&- || :
	old_serves
	answers 1.18.0
	# If the old generation already serves, the watcher has nothing to do.
	"${command[@]}" 3>&-
	old_serves
}

@test "a stop and a restart in a hold" {
	hold 1h
	handover stop
	assert_status 0
	no_nginx
	wait_until 5 no_watcher
	handover start --nginx $TARGET
	assert_status 0
	old=$(master)
	new_binary 1.18.0
	hold 1h
	handover restart
	assert_status 0
	wait_until 5 no_watcher
	answers 1.18.0
}

@test "100 holds in a row" {
	local i
	for ((i = 0; i < 100; i++)); do
		"$HANDOVER" upgrade --settle 0 --hold 1h -q || (($? == 156))
		"$HANDOVER" "$( ((i % 10)) && echo finish || echo rollback)" --settle 0 -q
	done
	wait_until 5 no_watcher
	answers 1.18.0
	assert_equal "$(nginx_processes | grep -c master)" 1 'number of masters'
}
