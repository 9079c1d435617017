#!/usr/bin/env bats
# The container of packaging/examples/container: pid 1 is "nginx-handover run", as an ordinary user, with a read-only root.
# NH_UPGRADES=1000 for more upgrades in a row.

load ../lib/container

setup_file() { container_build; }

setup() {
	rm -rf $VOLUME
	cp -a $IMAGE/tree/srv/nginx $VOLUME # as a new volume is filled
	container_put 1.18.0 nginx
	container_run
	answers 1.18.0
}

teardown() {
	[[ ! ${BATS_ERROR_STATUS:-0} =~ [^0] ]] || {
		cat "$BATS_TEST_TMPDIR/log"
		ps -eo pid,ppid,user,stat,args --forest
	} | tail -n 60
	[[ -z ${LOAD_PID:-} ]] || kill -KILL "$LOAD_PID" 2>/dev/null || :
	kill -KILL "$(container_pid)" 2>/dev/null || :
	wait_until 10 gone "$CONTAINER"
}

answers_soon() { wait_until 20 answers "$1"; } 2>/dev/null

# processes [STATE]: the processes of the container, from ps
processes() { ps -eo pid,state,pidns,user,args | awk -v ns="$(readlink "/proc/$(container_pid)/ns/pid" | tr -dc 0-9)" '$3 == ns'; }
zombies() { processes | awk '$2 == "Z"'; }
no_zombie() { [[ -z $(zombies) ]]; }
is_settled() { [[ ! -e $ROOT$PID_FILE.oldbin ]] && ! processes | grep -q 'shutting down' && no_zombie; }

line_arrives() {
	http "/said-$1" >/dev/null || return
	wait_until 5 grep -q "GET /said-$1 " "$BATS_TEST_TMPDIR/log"
}

# Its private memory in kB, and the number of its descriptors.
holds() {
	local pid
	pid=$(container_pid)
	echo "$(awk '/^Rss(Anon|Shmem):/ { sum += $2 } END { print sum }' "/proc/$pid/status") $(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
}

# A child that has just ended may still count.
holds_no_more() {
	local before after
	read -ra before <<<"$1"
	read -ra after <<<"$(holds)"
	((after[0] <= before[0] + 64 && after[1] <= before[1]))
}

upgraded() {
	container_put "$1" new
	container_handover upgrade --binary /srv/nginx/new --settle "${2:-10ms}" -q
	assert_status 0
	answers "$1"
	wait_until 10 is_settled
}

@test "the image: a read-only root, no root's process, one capability; its health check" {
	local pid
	pid=$(container_pid)
	run container_exec touch /etc/x /usr/sbin/x
	assert_output 'Read-only file system'
	run processes
	assert_output 'nginx: worker process'
	refute_output ' root '
	assert_equal "$(awk '/^Cap(Prm|Eff|Bnd)/ { print $2 }' "/proc/$pid/status" | sort -u)" 0000000000000400 'capabilities'
	mapfile -t check <$IMAGE/healthcheck
	container_exec "${check[@]}"
}

@test "pid 1: upgrades in a row, a broken one, a rollback, a reload, signals; no zombie, no leak, no failed request" {
	local n first
	local -x SLOW_RATE=40000000
	load_start --seconds 3600
	upgraded 1.22.1 100ms
	line_arrives upgrade
	printf x >$VOLUME/new
	container_handover upgrade --binary /srv/nginx/new
	assert_status 154
	container_handover rollback
	assert_status 0
	answers 1.18.0
	container_signal HUP
	line_arrives reload
	container_signal USR1
	line_arrives reopen
	container_put 1.26.3 nginx
	container_signal USR2
	answers_soon 1.26.3
	wait_until 10 is_settled
	first=$(holds)
	for ((n = 1; n <= ${NH_UPGRADES:-5}; ++n)); do
		upgraded "$( ((n % 2)) && echo 1.22.1 || echo 1.26.3)"
	done
	wait_until 5 holds_no_more "$first" || fail "memory (kB) and descriptors were $first, and are $(holds)"
	line_arrives many
	load_stop
}

@test "a stop lets clients finish; the container ends with 0" {
	local rc=0
	exec {slow}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$slow"
	read -ru "$slow" _
	container_signal "$(<$IMAGE/stopsignal)"
	wait_until 10 refuses
	head -c 8M <&"$slow" | wc -c | grep -qx 8388608
	exec {slow}>&-
	wait "$CONTAINER" || rc=$?
	assert_equal $rc 0 'exit code'
}

refuses() { ! http >/dev/null; } 2>/dev/null

@test "nginx crashes: the container ends, and not with 0" {
	local rc=0
	kill -KILL "$(pgrep -P "$(container_pid)" -f 'master process')"
	wait "$CONTAINER" || rc=$?
	((rc != 0)) || fail 'it ended with 0'
}
