#!/usr/bin/env bats
# The output of status for one nginx and for two generations: as text, as JSON, and with --watch.
# kernels: today

load lib/common

setup() { setup_running; }

teardown() { common_teardown; }

@test "two generations as a tree, with all details; one object tells due, draining and unfinished apart" {
	local mid
	handover status
	assert_output "the only generation: master $old, nginx 1.18.0, for "
	assert_output "binary    $TARGET"
	assert_output "pid file  $PID_FILE"
	assert_output 'backups   none'
	assert_output 'state     running'
	refute_output $'\e'
	slow_client
	cp "$(built 1.22.1)" $TARGET.tmp
	mv $TARGET.tmp $TARGET
	handover status --json
	state_is '"state":"running, upgrade due","running":1,"stopping":0,"due":1,"under_way":0,"unfinished":0,"held":0,"draining":0'
	handover status --json --exit-code
	assert_status 158
	assert_output '"verdict":"due","code":158,'
	kill -USR2 "$old"
	wait_until 10 master_ready $PID_FILE.oldbin
	# shellcheck disable=SC2016 # expanded at each try
	wait_until 10 eval '[[ $(master) != "$old" && $(count_workers "$(master)") == 2 ]]'
	mid=$(master)
	handover status --json
	assert_status 0
	state_is '"running":1,"stopping":0,"due":0,"under_way":0,"unfinished":1,"held":0,"draining":0'
	handover status --exit-code
	assert_status 153
	"$HANDOVER" finish --settle 1min 3>&- &
	# shellcheck disable=SC2016 # expanded at each try
	wait_until 10 eval '"$HANDOVER" status --exit-code -q || (($? == 152))'
	handover status --json --exit-code
	assert_status 152
	assert_output '"verdict":"under_way","code":152,'
	kill -KILL $!
	wait $! || :
	handover finish --settle 100ms --drain-timeout 0
	assert_status 151
	handover status
	assert_status 0
	((${#lines[@]} <= 24)) || fail 'it is more than a screen'
	assert_output "old generation: master $old, nginx 1.18.0, for "
	assert_output '|    0 workers accept, 0 start, 1 leave; 1 connections; '
	assert_output '|    the oldest client of those that leave: from 127.0.0.1:'
	assert_output "\`- new generation: master $mid, nginx 1.22.1, for "
	assert_output '"nginx-handover rollback" goes to 1.18.0'
	assert_output 'state     running, draining'
	handover status --json --exit-code
	assert_status 151
	state_is '"running":1,"stopping":0,"due":0,"under_way":0,"unfinished":0,"held":0,"draining":1'

	# --watch: screens, one after another, until Ctrl-C, or until its reader ends
	watch_until 2 "$HANDOVER" status --watch
	refute_output $'\e'
	# shellcheck disable=SC2016 # that shell's own
	run_shown timeout 20 bash -c '"$0" status --watch --json | head -n 1; exit "${PIPESTATUS[0]}"' "$HANDOVER"
	assert_status 0
	TERM=xterm watch_until 1 script -fqec "exec $HANDOVER status --watch" /dev/null
	assert_output $'\e[H\e[J'
	assert_output $'\e[33mstate     running, draining\e[0m'
	NO_COLOR=1 TERM=xterm run_shown script -fqec "exec $HANDOVER status" /dev/null
	assert_output 'state     running, draining'
	refute_output $'\e'
	exec {slow}<&-
	wait_until 10 gone "$old"
	handover status --exit-code
	assert_status 0
	kill_all_nginx
	handover status --json --exit-code --pid-file $PID_FILE
	assert_status 1
	state_is '"state":"not running","code":1,"running":0'
}

# watch_until NUMBER COMMAND...: until it has written so many screens; then Ctrl-C, from the terminal too where there is one.
watch_until() {
	local pid keys number=$1 screens=$BATS_TEST_TMPDIR/screens rc=0
	shift
	: >"$screens"
	[[ -p $BATS_TEST_TMPDIR/keys ]] || mkfifo "$BATS_TEST_TMPDIR/keys"
	exec {keys}<>"$BATS_TEST_TMPDIR/keys"
	env --default-signal=INT "$@" <"$BATS_TEST_TMPDIR/keys" >"$screens" 2>&1 3>&- {keys}>&- &
	pid=$!
	wait_until 20 has_screens "$number"
	if [[ $1 == script ]]; then
		printf '\003' >&"$keys"
	else
		kill -INT "$pid"
	fi
	wait "$pid" || rc=$?
	exec {keys}>&-
	output=$(cat "$screens")
	assert_equal "$rc" 0 'the exit code after Ctrl-C'
}

has_screens() { (($(grep -c 'state     running, draining' "$screens") >= $1)); }

# The only object of that event contains that.
state_is() {
	local object
	object=$(grep '"event":"status"' <<<"$output")
	[[ $object == '{"level":"info","event":"status",'*"$1"* ]] || fail "not $1, but $object"
}
