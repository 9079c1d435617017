#!/usr/bin/env bats
# reload by HUP: the new configuration serves, or the message says what nginx refused.

load lib/common
load lib/reload

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.22.1
}

teardown() {
	common_teardown
}

# --- HUP -------------------------------------------------------------------------------------------

@test "the new configuration serves, the master is the same, and no request fails" {
	start_serving
	load_start
	serving two 3
	handover reload
	assert_status 0
	assert_output "master $old serves with 3 workers and the new configuration"
	serves two
	assert_equal "$(master)" "$old" 'the master'
	assert_equal "$(count_workers "$old")" 3 'number of workers'
	load_stop
}

@test "ten in a row under load, each with another configuration" {
	local i
	start_serving
	load_start
	for i in {1..10}; do
		serving "number$i" $((i % 3 + 1))
		handover reload -q
		assert_status 0
		assert_equal "$output" '' 'what is said'
		serves "number$i"
	done
	load_stop
	assert_equal "$(master)" "$old" 'the master'
}

@test "a slow client of the old configuration is served to its end, and nobody waits for it" {
	serving one 1
	start_nginx
	old=$(master)
	slow_client
	worker=$(workers_of "$old" 'nginx: worker process')
	serving two 1
	handover reload
	assert_status 0
	assert_output '; 1 with the old one finish their clients'
	serves two
	alive "$worker"
	timeout 20 head -c 8000000 <&"$slow" >/dev/null
	exec {slow}>&-
	wait_until 10 gone "$worker"
}

@test "cache manager and cache loader are no workers" {
	start_serving
	serving two 2
	sed -i "s|^http {|http { proxy_cache_path $PREFIX/cache keys_zone=z:1m;|" $PREFIX/conf/nginx.conf
	grep -q proxy_cache_path $PREFIX/conf/nginx.conf
	handover reload
	assert_status 0
	assert_output 'with 2 workers'
	handover reload
	assert_status 0
	assert_output 'with 2 workers'
	serves two
}

@test "a master without workers after a stray WINCH gets them back" {
	start_serving
	kill -WINCH "$old"
	wait_until 10 no_workers
	serving two
	handover reload
	assert_status 0
	serves two
}

no_workers() {
	! workers_of "$old" 'nginx: worker process'
}

@test "the arguments, the user and the files of the running master are those of the test" {
	mkdir $PREFIX/elsewhere
	serving one
	mv $PREFIX/conf/nginx.conf $PREFIX/elsewhere/my.conf
	start_nginx -c $PREFIX/elsewhere/my.conf
	old=$(master)
	serving two
	mv $PREFIX/conf/nginx.conf $PREFIX/elsewhere/my.conf
	echo 'this is not the file that counts' >$PREFIX/conf/nginx.conf
	handover reload
	assert_status 0
	serves two
	echo broken >>$PREFIX/elsewhere/my.conf
	handover reload
	assert_status 6
	assert_output my.conf
}

@test "a master of another user: the test runs as that user, and leaves no trace" {
	serving one
	chown -R 65534:65534 $PREFIX/logs $PREFIX/html
	for d in client_body proxy fastcgi uwsgi scgi; do
		install -d -o 65534 -g 65534 $PREFIX/${d}_temp
	done
	setpriv --reuid 65534 --regid 65534 --clear-groups $TARGET
	wait_until 10 master_ready
	old=$(master)
	serving two
	handover reload --pid-file $PID_FILE
	assert_status 0
	serves two
	# That master cannot read a file that only root may read.
	chmod 600 $PREFIX/conf/nginx.conf
	handover reload --pid-file $PID_FILE
	assert_status 6
	assert_output 'Permission denied'
	serves two
	assert_equal "$(find $PREFIX/logs ! -uid 65534)" '' 'files of others'
}

@test "another pid file in the new configuration is said" {
	start_serving
	serving two 2 "pid $PREFIX/logs/other.pid;"
	handover reload
	assert_status 0
	serves two
	assert_output "does not name master $old any more"
	assert_equal "$(cat $PREFIX/logs/other.pid)" "$old" 'the pid in the new file'
}

@test "--json: one object a line, with the workers" {
	start_serving
	serving two
	handover reload --json
	assert_status 0
	while read -r line; do
		[[ $line == '{"level":"'*'"}' ]] || fail "no object: $line"
	done <<<"$output"
	assert_output '"workers":2'
	assert_output "\"pid\":$old"
}

# --- refused ---------------------------------------------------------------------------------------

# The same with an address that is taken, which fails only at HUP: nginx tries it for 2.5 s. The address is
# free again when $taken is closed.
serving_at_taken_address() {
	exec {taken}< <(exec "$TOP/build/tests/occupy" 127.0.0.1 8099)
	read -ru "$taken" _
	serving "$@"
	sed -i "s/listen 127.0.0.1:$PORT;/& listen 127.0.0.1:8099;/" $PREFIX/conf/nginx.conf
}

@test "a broken configuration: 6, nginx's words, nothing signalled" {
	start_serving
	workers=$(workers_of "$old" 'nginx: worker process')
	serving two 2 'no_such_directive on;'
	handover reload
	assert_status 6
	assert_output 'unknown directive "no_such_directive"'
	assert_output 'Nothing was signalled'
	assert_kept
	assert_equal "$(workers_of "$old" 'nginx: worker process')" "$workers" 'the workers'
	run grep SIGHUP $ERROR_LOG
	assert_equal "$output" '' 'HUP to anybody'
}

@test "an address that is taken passes the test and fails at HUP: 6, with the address" {
	start_serving
	serving_at_taken_address two
	handover configtest
	assert_status 0
	handover reload
	assert_status 6
	assert_output '127.0.0.1:8099'
	assert_output 'did not take the new configuration'
	assert_kept
	exec {taken}<&-
	wait_until 10 address_is_free
	handover reload
	assert_status 0
	serves two
}

address_is_free() {
	[[ $(cat /proc/net/tcp) != *" 0100007F:1FA3 00000000:0000 0A"* ]]
}

@test "a configuration that keeps its error log elsewhere: 6 all the same" {
	start_serving
	serving_at_taken_address two 2 "error_log $PREFIX/logs/other.log;"
	handover reload
	assert_status 6
	assert_output 'where the new configuration names another one, look there'
	assert_kept
	exec {taken}<&-
}

@test "not running: 7, with advice" {
	handover reload --pid-file $PID_FILE
	assert_status 7
	assert_output 'What to do: start it'
}

@test "a master that hangs: 154 before HUP, and nothing is signalled" {
	start_serving
	kill -STOP "$old"
	handover reload --start-timeout 300ms
	assert_status 154
	assert_output 'Nothing was signalled'
	kill -CONT "$old"
	serving two
	handover reload
	assert_status 0
	serves two
}

@test "a master that is not done with HUP in time: 155, and it is said" {
	start_serving
	serving_at_taken_address two
	handover reload --start-timeout 300ms
	assert_status 155
	assert_output 'the master has not dealt with its signals in time'
	assert_output 'It has had HUP'
	exec {taken}<&-
}

# A reload whose HUP takes nginx 2.5 s.
reload_in_background() {
	start_serving
	serving_at_taken_address two
	"$HANDOVER" reload >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- {taken}<&- &
	helper=$!
	wait_until 10 grep -q SIGHUP $ERROR_LOG
}

# reload_ends EXIT-CODE TEXT
reload_ends() {
	local rc=0
	wait $helper || rc=$?
	cat "$BATS_TEST_TMPDIR/out"
	assert_equal $rc "$1" 'exit code'
	grep -q "$2" "$BATS_TEST_TMPDIR/out"
	exec {taken}<&-
}

@test "a master that dies at HUP: 155, and it is said" {
	reload_in_background
	kill -KILL "$old"
	reload_ends 155 'no nginx master is left'
}

@test "SIGTERM after HUP: it still reports the result" {
	reload_in_background
	kill -TERM $helper
	reload_ends 6 '127.0.0.1:8099'
	grep -q 'brought to its end first' "$BATS_TEST_TMPDIR/out"
}

@test "a master that never reads its configuration again (fact: USR2 without a pid file) is named" {
	start_serving
	mv $PID_FILE $PID_FILE.away
	kill -USR2 "$old"
	wait_until 10 grep -q 'rename.*failed' $ERROR_LOG
	mv $PID_FILE.away $PID_FILE
	serving two
	handover reload --start-timeout 1
	assert_status 155
	assert_output 'USR2 without a right pid file'
	assert_equal "$(count_workers "$old")" 4 'number of workers'
	# As advised: an upgrade corrects it.
	handover upgrade
	assert_status 0
	serves two
	assert_equal "$(count_workers "$(master)")" 2 'number of workers'
}

@test "a bad value is 2, on the command line, in the environment and in the file" {
	start_serving
	handover reload --reload-upgrades yes
	assert_status 2
	assert_output 'must be binary or all or no'
	NGINX_HANDOVER_RELOAD_UPGRADES=1 handover reload
	assert_status 2
	echo 'RELOAD_UPGRADES=never' >"$BATS_TEST_TMPDIR/settings"
	handover reload --settings "$BATS_TEST_TMPDIR/settings"
	assert_status 2
	handover upgrade --reload-upgrades all
	assert_status 2
	assert_kept
}

# At a limit (pids.max, TasksMax=, ulimit -u) fork() fails: nginx goes on with the workers that it could start, and still
# tells the former ones to exit. Root has no such limit, so it is an ordinary user's nginx.
@test "not all workers of the new configuration can be started: 1, with the cause; what is advised helps" {
	local uid=23457 # of nobody in any namespace: the limit counts all of them
	chown -R $uid $PREFIX
	as_user $uid prlimit --nproc=5:50 "$TARGET" 3>&-
	wait_until 10 master_ready
	wait_until 10 count_is 2
	wait_until 10 users_processes_are $uid 3 # a zombie counts; the helper is the fourth
	handover reload --pid-file $PID_FILE
	assert_status 1
	assert_output 'only 1 workers where that asks for 2'
	assert_output 'fork() failed'
	refute_output 'start-timeout'
	as_user $uid prlimit --pid "$(master)" --nproc=50:50
	handover reload --pid-file $PID_FILE
	assert_status 0
	assert_equal "$(count_workers "$(master)")" 2 'the workers'
}

as_user() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }

users_processes_are() {
	[[ $(ps -o pid= --user "$1" | wc -l) == "$2" ]]
}

count_is() {
	[[ $(count_workers "$(master)") == "$1" ]]
}
