#!/usr/bin/env bats
# An nginx that starts or ends, two of the same, or workers without a master: none of these is "not running".

load lib/attack

setup() {
	attack_setup
	install_old 1.18.0
	config
}

teardown() { attack_teardown; }

# config [LISTEN-OPTION]
config() {
	LISTEN=${1:-}
	{
		echo "user root; worker_processes 2; error_log $ERROR_LOG notice;"
		server $PORT root | sed "s#location / {#location /big { alias $PREFIX/html/big; limit_rate 50k; } location / {#"
	} >$PREFIX/conf/nginx.conf
}

# pids of the masters with the right executable, without those that start or end
masters() {
	local dir title
	for dir in /proc/[0-9]*; do
		read_title "${dir#/proc/}"
		[[ $title != 'nginx: master process '* ]] || ! alive "${dir#/proc/}" || echo "${dir#/proc/}"
	done
}

# A start whose master is slow: first with an empty pid file, then without a title; up to that many ms each.
late_start() {
	LATE_MS=$((RANDOM % ($1 + 1))) LD_PRELOAD=$TOP/build/tests/late.so $TARGET 3>&-
}

@test "nginx, and stop right after it, 40 times: stop ends it, or says that it could not" {
	local i
	for i in {1..40}; do
		late_start 40
		attack
		run timeout 60 "$HANDOVER" stop --nginx $TARGET
		((status != 0)) || no_nginx || false_exit "round $i: stop says 0, \"$output\", and nginx runs on"
		kill_all_nginx
		rm -f $PID_FILE
	done
	assert_no_harm
}

@test "nginx with reuseport, and start right after it, 25 times: one master" {
	local i count
	config reuseport
	for i in {1..25}; do
		late_start 40
		attack
		run timeout 60 "$HANDOVER" start --nginx $TARGET
		((status == 0)) || false_exit "round $i: start says $status: $output"
		count=$(masters | wc -l)
		((count == 1)) || false_exit "round $i: $count masters after start"
		kill_all_nginx
		rm -f $PID_FILE
	done
	assert_no_harm
}

@test "status, reload and upgrade right after nginx: it is waited for" {
	local i verb
	for verb in status reload 'upgrade --settle 10ms' reopen; do
		for i in {1..4}; do
			late_start 200
			attack
			# shellcheck disable=SC2086 # words
			handover $verb --nginx $TARGET
			((status == 0)) || false_exit "$verb says $status, right after nginx was started"
			kill_all_nginx
			rm -f $PID_FILE
		done
	done
	assert_no_harm
}

@test "a pid file that is empty for a moment, of a master that starts: it is waited for" {
	local pid
	start_nginx
	pid=$(master)
	: >$PID_FILE
	attack
	{
		pause 0.5
		echo "$pid" >$PID_FILE
	} 3>&- &
	writer=$!
	handover stop --nginx $TARGET
	wait $writer
	((status != 0)) || no_nginx || false_exit 'stop says 0, and nginx runs on'
	rm -f $PID_FILE
	assert_no_harm
}

# --- an old master that drains ----------------------------------------------------------------------

# A master that has had QUIT, and has a client that stopped reading. Sets DRAINS.
drains() {
	start_nginx
	DRAINS=$(master)
	slow_client
	kill -QUIT "$DRAINS"
	wait_until 5 not_serving
	alive "$DRAINS"
}

not_serving() { [[ -z $(says $PORT) ]]; }

@test "an old master that had QUIT drains: start waits for its end, or says 1; never 'runs already'" {
	drains
	attack
	handover start --start-timeout 2s --nginx $TARGET
	refute_output already
	if ((status == 0)); then
		[[ $(says $PORT) == root ]] || false_exit 'start says 0, and nothing serves'
	else
		assert_status 1
		assert_output "$DRAINS"
	fi
	exec {slow}>&-
	wait_until 10 gone "$DRAINS"
	handover start --nginx $TARGET
	assert_status 0
	assert_equal "$(says $PORT)" root
	assert_no_harm
}

@test "an old master that had QUIT drains and then ends: start waits for it" {
	drains
	attack
	# without the client's descriptor, which must be closed
	"$HANDOVER" start --start-timeout 20s --nginx $TARGET >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- {slow}>&- &
	start=$!
	pause 0.5
	exec {slow}>&-
	status=0
	wait $start || status=$?
	output=$(<"$BATS_TEST_TMPDIR/out")
	echo "$output"
	[[ $status == 1 && $output == *"$DRAINS"* ]] || assert_equal "$status:$(says $PORT)" 0:root 'what start says and leaves'
	gone "$DRAINS"
	assert_no_harm
}

@test "an old master that had QUIT drains: status names it and does not say that nginx serves; stop ends it" {
	drains
	attack
	handover status --nginx $TARGET
	((status != 0)) || false_exit 'status says 0, and nothing serves'
	assert_output "$DRAINS"
	attack
	handover upgrade --nginx $TARGET
	((status != 0)) || false_exit 'upgrade says 0, and nothing serves'
	attack
	handover stop --drain-timeout 1s --nginx $TARGET
	((status != 0)) || gone "$DRAINS" || false_exit "stop says 0, and $DRAINS is there"
	assert_no_harm
}

# --- two masters, and none ---------------------------------------------------------------------------

# Two masters of one binary and configuration share the port; the pid file names the second. Sets FIRST.
two_masters() {
	config reuseport
	start_nginx
	FIRST=$(master)
	rm $PID_FILE
	start_nginx
	[[ $(master) != "$FIRST" ]]
}

@test "a second master of the same binary and configuration: named by status, start and upgrade, ended by stop" {
	local verb
	two_masters
	new_binary 1.22.1
	for verb in status start "upgrade --settle 10ms --binary $NEW"; do
		attack
		# shellcheck disable=SC2086 # words
		handover $verb --nginx $TARGET
		[[ $output == *"$FIRST"* ]] || false_exit "$verb does not name master $FIRST"
		alive "$FIRST"
	done
	attack
	handover stop --nginx $TARGET
	[[ $output == *"$FIRST"* ]] || false_exit "stop does not name master $FIRST"
	((status != 0)) || no_nginx || false_exit 'stop says 0, and something is left'
	assert_no_harm
}

@test "a second master: by --pid-file and by --service likewise" {
	local how
	for how in "--pid-file $PID_FILE" '--service nginx'; do
		echo "NGINX=$TARGET" >/etc/default/nginx
		two_masters
		for verb in status stop; do
			attack
			# shellcheck disable=SC2086 # words
			handover $verb $how
			[[ $output == *"$FIRST"* ]] || false_exit "$verb $how does not name master $FIRST"
		done
		((status != 0)) || no_nginx || false_exit "stop $how says 0, and something is left"
		kill_all_nginx
		rm -f $PID_FILE
	done
	assert_no_harm
}

# The workers of a master that was killed. Sets ORPHANS.
orphans() {
	local old
	start_nginx
	old=$(master)
	ORPHANS=$(workers_of "$old" 'nginx: worker process')
	kill -KILL "$old"
	wait_until 5 gone "$old"
	assert_equal "$(says $PORT)" root 'what the workers say'
}

# names_orphans VERB
names_orphans() {
	local pid
	for pid in $ORPHANS; do
		[[ $output == *"$pid"* ]] || false_exit "$1 does not name worker $pid"
	done
}

@test "the workers of a master that was killed serve on: named by every verb, ended by stop; start says why not" {
	local verb
	orphans
	for verb in status start upgrade; do
		attack
		handover $verb --start-timeout 3s --nginx $TARGET
		((status != 0)) || false_exit "$verb says 0"
		names_orphans "$verb"
	done
	attack
	handover stop --nginx $TARGET
	names_orphans stop
	if ((status == 0)); then
		no_nginx || false_exit "stop says 0, and workers are left: $(nginx_processes)"
		handover start --nginx $TARGET
		assert_status 0
	else
		assert_status 1
	fi
	assert_no_harm
}

@test "the workers of a master that was killed, under the init script" {
	orphans
	echo "NGINX=$TARGET" >/etc/default/nginx
	attack
	way_runs script stop
	((status != 0)) || no_nginx || false_exit 'stop says 0, and workers are left'
	way_runs script restart
	[[ $status != 0 || $(says $PORT) == root ]] || false_exit 'restart says 0, and nothing serves'
	assert_no_harm
}

@test "orphans of another configuration, and of another user, are not this nginx's: stop leaves them" {
	local other pid
	orphans
	mkdir /opt/other
	private_nginx other /opt/other 8093 0 "$(built 1.18.0)"
	other=$(</opt/other/logs/nginx.pid)
	no_longer_foreign "$other"
	read -r pid _ < <(children_of "$other") || :
	kill -KILL "$other"
	foreign "a worker of another nginx's" "$pid" /opt/other/logs/error.log
	attack
	handover stop --nginx $TARGET
	((status != 0)) || [[ -z $(says $PORT) ]] || false_exit 'stop says 0, and workers are left'
	assert_equal "$(says 8093)" other
	assert_no_harm
}

@test "counted: nothing was executed as root, no foreign process signalled, no exit false" { assert_counted; }
