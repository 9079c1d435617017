#!/usr/bin/env bats
# Processes that serve beside the nginx of the pid file: a second master, and workers whose master is
# dead. Every verb that they concern names them, and stop ends them if they provably belong to this
# nginx; it never ends those of another instance.
#
# kernels: today all

load lib/common

OTHER=/usr/local/nginx/other # another instance: the same binary, a configuration of its own
OTHER_PORT=8090

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
}

teardown() { common_teardown; }

# other_conf LISTEN...: the other instance listens there
other_conf() {
	mkdir -p $OTHER/logs $OTHER/html
	echo 'another' >$OTHER/html/index.html
	cat >$OTHER/nginx.conf <<-CONF
		worker_processes 2;
		pid $OTHER/logs/nginx.pid;
		error_log $OTHER/logs/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			server { $(printf 'listen %s; ' "$@") root $OTHER/html; }
		}
	CONF
}

# ours VERB...: as called by an init script
ours() { handover "$@" --nginx $TARGET --pid-file $PID_FILE; }

start_other() {
	$TARGET -c $OTHER/nginx.conf "$@" 3>&-
	wait_until 10 master_ready $OTHER/logs/nginx.pid
}

other_master() { cat $OTHER/logs/nginx.pid; }

# kill_master PID: kills it; ORPHANS are its workers, which go on serving
kill_master() {
	ORPHANS=$(workers_of "$1" 'nginx: worker process')
	kill -KILL "$1"
	wait_until 5 gone "$1"
	all_live "$ORPHANS"
}

all_live() {
	local pid
	for pid in $1; do alive "$pid" || fail "$pid is gone"; done
}

all_gone() {
	local pid
	for pid in $1; do gone "$pid" || return 1; done
}

# upgraded VERSION: by hand; returns when the old master has ended
upgraded() {
	local old
	old=$(master)
	cp "$(built "$1")" $TARGET.tmp && mv $TARGET.tmp $TARGET
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	kill -QUIT "$old"
	wait_until 10 gone "$old"
}

names_all() {
	local pid
	for pid in $1; do assert_output "$pid"; done
}

@test "orphans of a killed master: status and start name them, stop ends them" {
	start_nginx
	kill_master "$(master)"
	ours status
	assert_status 1
	names_all "$ORPHANS"
	ours start
	assert_status 1
	assert_output 'its old workers still serve'
	names_all "$ORPHANS"
	all_live "$ORPHANS"
	ours stop
	assert_status 0
	names_all "$ORPHANS"
	wait_until 5 no_nginx
	ours start
	assert_status 0
	answers 1.18.0
}

@test "orphans after an upgrade, of a session that another master began: proven by where they listen" {
	start_nginx
	upgraded 1.22.1
	kill_master "$(master)"
	ours status
	assert_status 1
	names_all "$ORPHANS"
	ours start
	assert_status 1
	assert_output 'its old workers still serve'
	all_live "$ORPHANS"
	ours stop
	assert_status 0
	wait_until 5 no_nginx
}

@test "orphans whose pid file is lost, too" {
	start_nginx
	kill_master "$(master)"
	rm $PID_FILE
	ours stop
	assert_status 0
	names_all "$ORPHANS"
	wait_until 5 no_nginx
	[[ ! -e $PID_FILE ]] || fail 'the configuration test left a pid file'
}

@test "orphans of two builds are all ended" {
	start_nginx
	old=$(master)
	cp "$(built 1.22.1)" $TARGET.tmp && mv $TARGET.tmp $TARGET
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	of_old=$(workers_of "$old" 'nginx: worker process')
	of_new=$(workers_of "$(master)" 'nginx: worker process')
	kill -KILL "$old" "$(master)"
	all_live "$of_old $of_new"
	ours stop
	assert_status 0
	wait_until 5 no_nginx
}

@test "orphans where the configuration does not tell its addresses are named, and not ended" {
	start_nginx
	upgraded 1.22.1
	kill_master "$(master)"
	write_conf 2 '' 'listen localhost:8099;'
	ours stop
	assert_status 1
	names_all "$ORPHANS"
	assert_output 'not proven'
	all_live "$ORPHANS"
}

@test "another instance's orphans, of the same binary, are not ended: it listens elsewhere" {
	other_conf 127.0.0.1:$OTHER_PORT
	start_other
	kill_master "$(other_master)"
	ours stop
	assert_status 1
	assert_output 'not proven'
	names_all "$ORPHANS"
	start_nginx
	ours status
	assert_status 0
	ours stop
	assert_status 1
	names_all "$ORPHANS"
	all_live "$ORPHANS"
	[[ -z $(cat $PID_FILE 2>/dev/null) ]] || gone "$(master)" || fail 'its own master was not stopped'
	handover stop --pid-file $OTHER/logs/nginx.pid --conf $OTHER/nginx.conf
	assert_status 0
	wait_until 5 no_nginx
}

@test "another instance's orphans that share one address, and have another, are not ended" {
	other_conf 127.0.0.1:$PORT 127.0.0.1:$OTHER_PORT
	start_other
	kill_master "$(other_master)"
	ours stop
	assert_status 1
	all_live "$ORPHANS"
}

@test "another instance's orphans that lack one of our addresses are not ended" {
	other_conf 127.0.0.1:$PORT
	start_other
	kill_master "$(other_master)"
	ours stop
	assert_status 1
	all_live "$ORPHANS"
}

@test "another instance's orphans with a stale pid file of ours that has their session's number" {
	other_conf 127.0.0.1:$OTHER_PORT
	start_other
	dead=$(other_master)
	kill_master "$dead"
	echo "$dead" >$PID_FILE
	ours stop
	assert_status 1
	all_live "$ORPHANS"
}

@test "another instance's orphans of the same session, both with daemon off" {
	other_conf 127.0.0.1:$OTHER_PORT
	start_other -g 'daemon off;' &
	wait_until 10 master_ready $OTHER/logs/nginx.pid
	$TARGET -g 'daemon off;' 3>&- &
	wait_until 10 master_ready
	kill_master "$(other_master)"
	ours stop
	assert_status 1
	wait_until 5 gone "$(cat $PID_FILE 2>/dev/null || echo 0)"
	all_live "$ORPHANS"
}

@test "workers of another instance whose master lives are nobody's orphans" {
	other_conf 127.0.0.1:$OTHER_PORT
	start_other
	of_other=$(workers_of "$(other_master)" 'nginx: worker process')
	ours stop
	assert_status 0
	refute_output 'more of nginx'
	start_nginx
	ours stop
	assert_status 0
	refute_output 'more of nginx'
	all_live "$of_other"
}

# A second master beside the first: its pid file was lost, and reuseport lets both bind.
second_master() {
	write_conf 1 '' 'listen 127.0.0.1:8081 reuseport;'
	sed -i "/listen 127.0.0.1:$PORT;/d; /listen unix/d" $PREFIX/conf/nginx.conf
	"$TARGET" "$@" 3>&-
	wait_until 10 master_ready
	first=$(master)
	rm $PID_FILE
	start_nginx
}

@test "a second master after a lost pid file: named by status and upgrade, ended by stop" {
	second_master
	second=$(master)
	[[ $first != "$second" ]]
	ours status
	assert_status 0
	assert_output "master $first"
	ours upgrade
	assert_status 154
	assert_output "master $first"
	alive "$first" && alive "$second"
	ours stop
	assert_status 0
	assert_output "master $first"
	wait_until 5 no_nginx
}

@test "a second master that was killed leaves orphans, which the first one's stop ends" {
	second_master
	kill_master "$first"
	ours stop
	assert_status 0
	wait_until 5 no_nginx
}

@test "a second master with other arguments for the same: named, and not called another's" {
	second_master -g 'daemon on; master_process on;'
	ours status
	assert_output "master $first"
	ours stop
	assert_status 0
	wait_until 5 no_nginx
}

@test "another instance that shares an address by reuseport is named, and not ended" {
	write_conf 1 '' 'listen 127.0.0.1:8081 reuseport;'
	start_nginx
	other_conf '127.0.0.1:8081 reuseport' 127.0.0.1:$OTHER_PORT
	start_other
	ours status
	assert_output "$(other_master)"
	ours stop
	assert_status 1
	assert_output "$(other_master)"
	alive "$(other_master)"
	all_live "$(workers_of "$(other_master)" 'nginx: worker process')"
}

@test "a process that only claims to be a worker is no orphan: a foreign title, and a foreign exec" {
	cp "$(type -P tail)" "$BATS_TEST_TMPDIR/tail"
	setpriv --reuid 54321 --regid 54321 --clear-groups \
		bash -c 'exec -a "nginx: worker process" tail -f /dev/null' 3>&- &
	users=$!
	bash -c "exec -a 'nginx: worker process' $BATS_TEST_TMPDIR/tail -f /dev/null" 3>&- &
	roots=$!
	wait_until 5 eval "[[ \$(title_of $users)\$(title_of $roots) == 'nginx: worker processnginx: worker process' ]]"
	ours stop
	assert_status 0
	refute_output "$users"
	refute_output "$roots"
	alive $users && alive $roots
	kill -KILL $users $roots
}

# The master first: otherwise it would replace its workers, and these would exit with it.
kill_whole() {
	local workers
	workers=$(workers_of "$(master)" 'nginx: worker process')
	# shellcheck disable=SC2086 # pids
	kill -KILL "$(master)" $workers
	wait_until 5 no_nginx
}

@test "start: unix sockets of an nginx whose processes were all killed are removed" {
	start_nginx
	kill_whole
	[[ -S $SOCKET ]]
	handover start --nginx $TARGET
	assert_status 0
	assert_output 'unix sockets of an nginx that was killed were removed: 1'
}
