#!/usr/bin/env bats
# What status reports about a busy server, and which system calls it needs: with thousands of connections no
# more than with few.
# kernels: today all

load lib/common

teardown() {
	local fd
	common_teardown
	for fd in $crowd $more $slow; do
		exec {fd}<&-
	done
}

setup() {
	requires_root
	crowd='' more='' slow=''
	(($(ulimit -Hn) > 9500)) || skip "cannot exist here: no more than $(ulimit -Hn) descriptors"
	fresh_prefix
	# 8081 plays a server behind nginx.
	write_conf 2 'worker_rlimit_nofile 9500;' "location /behind/ { proxy_pass http://127.0.0.1:8081/; }
		} server { listen 127.0.0.1:8081; root $PREFIX/html; limit_rate 2000;"
	sed -i 's/worker_connections 1024/worker_connections 9400/; s/access_log off/client_header_timeout 600; access_log off/' $CONF_FILE
	install_old 1.18.0
	start_nginx
	old=$(master)
	wait_until 10 both_workers
}

both_workers() { [[ $(count_workers "$(master)") == 2 ]]; }

none_accepts() { ! workers_of "$1" 'nginx: worker process'; }

# crowd_at PORT CONNECTIONS: opens them; sets crowd_fd, which keeps them open
crowd_at() {
	exec {crowd_fd}< <(exec "$TOP/build/tests/crowd" 127.0.0.1 "$@")
	read -rt 60 -u "$crowd_fd" _ || fail 'the connections were not opened'
}

# asked FILE: how often the program (not nginx) read a table of sockets, and a link
asked() {
	grep -cE 'AF_NETLINK.*SOCK_DIAG|sendto\(.*SOCK_DIAG|net/(tcp|tcp6|unix)"' "$1"
	grep -cE 'readlink(at)?\(' "$1"
}

@test "status with 9,000 connections of one worker: all are counted, and none by a query of its own" {
	local stopped few many
	[[ ${NH_KERNEL:-today} != today ]] || strace -f -o "$BATS_TEST_TMPDIR/few" "$HANDOVER" status --pid-file $PID_FILE
	stopped=$(workers_of "$old" 'nginx: worker process' | head -1)
	kill -STOP "$stopped"
	crowd_at $PORT 9000
	crowd=$crowd_fd
	kill -CONT "$stopped"
	# one more, which is proxied to a server, and so is another client there
	head -c 1M /dev/zero >$PREFIX/html/big
	exec {slow}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET /behind/big HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$slow"
	read -ru "$slow" _
	handover status --pid-file $PID_FILE
	assert_status 0
	assert_output '2 workers accept, 0 start, 0 leave; 9002 connections'
	[[ ${NH_KERNEL:-today} == today ]] || return 0
	strace -f -o "$BATS_TEST_TMPDIR/many" "$HANDOVER" status --pid-file $PID_FILE
	read -r -d '' -a few < <(asked "$BATS_TEST_TMPDIR/few") || :
	read -r -d '' -a many < <(asked "$BATS_TEST_TMPDIR/many") || :
	assert_equal "${many[0]}" "${few[0]}" 'how often a table was asked for'
	assert_equal "${many[1]}" "${few[1]}" 'how often a link was'

	# two generations, of which the old one has an address alone, and then a reload and QUIT
	sed -i 's/127.0.0.1:8081; root/127.0.0.1:8082; root/' $CONF_FILE
	kill -USR2 "$old"
	wait_until 10 master_ready $PID_FILE.oldbin
	# shellcheck disable=SC2016 # expanded at each try
	wait_until 10 eval '[[ $(master) != "$old" ]] && both_workers'
	kill -WINCH "$old"
	wait_until 10 none_accepts "$old"
	crowd_at $PORT 50
	more=$crowd_fd
	handover status --pid-file $PID_FILE
	assert_output 'leave; 9002 connections'
	assert_output '2 workers accept, 0 start, 0 leave; 50 connections'
	kill -QUIT "$old"
	kill -HUP "$(master)"
	wait_until 10 workers_of "$(master)" 'nginx: worker process is shutting down'
	handover status --json --pid-file $PID_FILE
	assert_output '"connections":9002'
	assert_output '"connections":50'
}
