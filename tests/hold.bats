#!/usr/bin/env bats
# --hold: the old master stays as the way back, and a process of ours watches meanwhile.

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

# A signal waits for the old master, which is stopped.
has_pending() { [[ $(awk '/^ShdPnd/ { print $2 }' "/proc/$old/status") != 0000000000000000 ]]; }

# Everything is as it was before.
old_serves() {
	gone "$new" && no_watcher && [[ $(master) == "$old" && ! -e $PID_FILE.oldbin ]] &&
		(($(count_workers "$old") == 2)) && [[ $(stat -c %i $TARGET) == "$inode" ]]
}

@test "a hold: 156, what every command says in it, and its end by itself" {
	local deadline line
	load_start
	hold 4s --drain-timeout 3s
	assert_output "old master $old waits as the way back"
	assert_output "process $watcher watches over it"
	# Of nobody's session, no terminal, no folder that somebody may want to unmount.
	assert_equal "$(ps -o ppid=,sid=,tty= -p "$watcher" | xargs)" "1 $(ps -o sid= -p "$watcher" | xargs) ?"
	[[ $(ps -o sid= -p "$watcher" | xargs) != "$(ps -o sid= -p $$ | xargs)" ]]
	assert_equal "$(readlink "/proc/$watcher/cwd")" /
	[[ $(ls -l "/proc/$watcher/fd") != *pipe:*bats* ]]
	assert_equal "$(readlink "/proc/$watcher/fd/1")" /dev/null
	deadline=$(tr '\0' '\n' <"/proc/$watcher/cmdline" | sed -n 's/^--held-until=//p')
	deadline=$(date -d "$deadline" +%s)
	((deadline - $(date +%s) <= 5))

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
	# What another package brings in between.
	cp "$(built 1.18.0)" $TARGET.next && mv $TARGET.next $TARGET
	handover reload
	assert_status 153
	assert_output '"nginx-handover finish" ends that, then reload again'
	handover reload --reload-upgrades no
	assert_status 0
	assert_held

	wait_until 10 new_serves
	(($(date +%s) >= deadline))
	load_stop
	handover status
	refute_output held
}

@test "rollback in a hold: at once, nothing is executed; and finish ends it early" {
	local i ms best=9999
	for i in 1 2 3; do
		hold 1h
		run_shown python3 "$TOP/tests/lib/first-answer" 127.0.0.1:$PORT nginx/1.18.0 "$HANDOVER" rollback
		assert_status 0
		assert_output 'rolled back, as asked'
		ms=$(sed -n 's/^first answer after \([0-9]*\) ms$/\1/p' <<<"$output")
		((ms < best)) && best=$ms
		wait_until 5 old_serves
	done
	((best < 50)) || fail "the old generation accepted after $best ms at best"
	hold 1h
	handover finish
	assert_status 0
	wait_until 5 new_serves
	answers 1.22.1
}

@test "the watcher: deaths, HUP to the old master, its own end" {
	hold 1h
	# One death is nginx's own business, two reloads are none at all; nor is a HUP to everybody.
	kill -KILL "$(workers_of "$new" 'nginx: worker process' | head -1)"
	wait_until 5 two_workers
	for _ in 1 2; do
		handover reload
		assert_status 0
	done
	kill -HUP "$old"
	wait_until 5 workers_of "$old" 'nginx: worker process'
	wait_until 5 no_old_workers
	pause 0.3
	assert_held
	# Killed: nobody watches, nothing else changes, and the next command goes on.
	kill -KILL "$watcher"
	wait_until 5 gone "$watcher"
	handover status
	assert_output 'no nginx-handover is at work on it'
	handover upgrade
	assert_status 153
	assert_output '"nginx-handover finish"'
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

	# Somebody takes the new workers away.
	hold 1h
	kill -WINCH "$new"
	wait_until 8 old_serves

	# By hand, as people do it.
	hold 1h
	kill -QUIT "$old"
	wait_until 5 new_serves
}

@test "killed at every step, and picked up" {
	local rollback
	# While it goes back: after HUP, before the end of the new generation.
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

	# While the time is up and it finishes: the watcher itself, at its old master.
	hold 1s
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
