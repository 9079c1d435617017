#!/usr/bin/env bats
# Tests of the load generator itself: that it reports no failure without one, also
# during a handover by hand, and that it notices each way in which a server can fail a client.
# Every server is a real nginx ($NGINX, or the one in PATH) in a folder of its own.

load selftest

setup() {
	nginx=${NGINX:-$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)}
	unset NGINX # nginx takes a variable of that name for inherited sockets, and stays in front
	load=${LOAD:-$BATS_TEST_DIRNAME/../../build/tests/load}
	[[ -x $nginx ]] || fail "no nginx: set NGINX"
	[[ -x $load ]] || fail "$load is not built"
	dir=$BATS_TEST_TMPDIR/n
	masters=()
	load_pid=
	answers_pid=
	# All of 127.0.0.0/8 is local: an address that no other test uses, instead of a free port.
	tcp=127.$((BASHPID >> 16 & 127 | 64)).$((BASHPID >> 8 & 255)).$((BASHPID & 255)):18089
	mkdir -p "$dir/html"
	echo hello >"$dir/html/index.html"
	head -c 12000000 /dev/urandom >"$dir/html/big"
	cp "$nginx" "$dir/nginx"
}

teardown() {
	local pid
	if [[ $load_pid ]]; then
		kill -KILL "$load_pid" 2>/dev/null || :
	fi
	if [[ $answers_pid ]]; then
		kill -KILL "$answers_pid" 2>/dev/null || :
	fi
	for pid in "${masters[@]}"; do
		end_master "$pid"
	done
}

@test "a sound server: nothing fails, the rate is kept, it ends by itself" {
	start_nginx 2
	begin_load --tcp "$tcp" --unix "$dir/sock" --new-rate 200 --keepalive 10 --slow 4 \
		--slow-file "$dir/html/big" --slow-rate 20000000 --seconds 2
	await_load 0
	nothing_failed
	local started due
	started=$(value new_started)
	# divided by the real duration: on a busy machine the end comes late
	due=$(($(value load_ms) * 200 / 1000))
	((due >= 400 && started >= due * 95 / 100 && started <= due + 1)) || fail "$started begun where $due were due"
	expect keepalive_connections 10
	expect_some keepalive_ok
	(($(value slow_ok) > 4)) || fail "no download was followed by another"
	[[ $(value 'server\..*') =~ ^[0-9]+\ [0-9]+\ [0-9]+$ ]]
}

@test "a reload and a handover by hand: nothing fails, both versions are seen" {
	start_nginx 2
	local version other fresh old=$master
	version=$("$nginx" -v 2>&1 | grep -Eo '[0-9]+\.[0-9]+\.[0-9]+')
	other=${version%?}$(((${version: -1} + 1) % 10))
	begin_ready_load --tcp "$tcp" --unix "$dir/sock" --new-rate 200 --keepalive 20 --slow 4 \
		--slow-file "$dir/html/big" --slow-rate 500000

	local -a before
	mapfile -t before < <(workers "$old")
	kill -HUP "$old"
	wait_until has_workers "$old" 2
	for pid in "${before[@]}"; do
		wait_until grep -q "worker process $pid exited\|$pid#.*gracefully" "$dir/error.log"
	done

	LC_ALL=C sed "s|nginx/$version|nginx/$other|g" "$nginx" >"$dir/nginx.new"
	chmod 755 "$dir/nginx.new"
	mv "$dir/nginx.new" "$dir/nginx"
	kill -USR2 "$old"
	wait_until test -s "$dir/nginx.pid.oldbin" -a -s "$dir/nginx.pid"
	fresh=$(<"$dir/nginx.pid")
	masters+=("$fresh")
	wait_until has_workers "$fresh" 2
	kill -WINCH "$old"
	wait_until no_new_work "$old"
	kill -QUIT "$old"
	end_load_but_for_cuts 20
	expect slow_inflight_at_stop 4
	local -a seen_old seen_new
	read -ra seen_old <<<"$(value "server\.$version")"
	read -ra seen_new <<<"$(value "server\.$other")"
	((seen_old[0] > 0 && seen_new[0] > 0 && seen_old[2] < seen_new[2]))
	(($(value keepalive_connections) > 20)) || fail "no kept-alive connection moved over"
	wait_until gone "$old"
}

@test "notices a server that is killed" {
	start_nginx 1
	begin_ready_load --tcp "$tcp" --new-rate 100 --keepalive 5
	end_master "$master"
	wait_until grep -q 'new: refused' "$dir/load.err"
	wait_until grep -q 'keepalive: refused' "$dir/load.err"
	end_load 1
	expect_some failed_refused
	complained "new: refused: $tcp: Connection refused"
}

@test "notices a unix socket that is gone" {
	start_nginx 1
	begin_ready_load --unix "$dir/sock" --new-rate 100
	rm "$dir/sock"
	wait_until grep -q 'new: connect: unix:' "$dir/load.err"
	end_load 1
	expect_some failed_connect
}

@test "notices downloads that are cut off by the death of a worker" {
	start_nginx 1
	# Fast enough to read soon what the kernel still has buffered from a dead sender.
	begin_ready_load --tcp "$tcp" --slow 3 --slow-file "$dir/html/big" --slow-rate 5000000
	kill -KILL "$(workers "$master")"
	wait_until grep -q slow "$dir/load.err"
	end_load 1
	expect_some failed_reset failed_short
	complained 'slow: (reset|short): .* of 12000000 bytes'
}

@test "notices a body that is too short" {
	start_nginx 1 "location /big { limit_rate 2000000; }"
	begin_ready_load --tcp "$tcp" --slow 2 --slow-file "$dir/html/big" --slow-rate 4000000
	truncate -s 1000 "$dir/html/big"
	wait_until grep -q short "$dir/load.err"
	end_load 1
	expect_some failed_short
	complained 'slow: short: .* of 12000000 bytes'
}

@test "notices a short body of a plain request" {
	start_nginx 1 "location /big { limit_rate 1000000; }"
	begin_load --tcp "$tcp" --path /big --new-rate 10
	wait_until requests_running
	truncate -s 1000 "$dir/html/big"
	wait_until grep -q 'new: short' "$dir/load.err"
	end_load 1
	expect_some failed_short
}

@test "notices an answer that is not 200" {
	start_nginx 1 "location = /bad { return 500; }"
	begin_load --tcp "$tcp" --path /bad --new-rate 100 --keepalive 2 --seconds 0.5 \
		--ready-file "$dir/ready"
	await_load 1
	expect new_ok 0
	expect keepalive_ok 0
	expect_some failed_status
	complained 'new: status: .*: 500'
	complained 'keepalive: status: .*: 500'
	[[ ! -e $dir/ready ]] || fail "said to be ready all the same"
}

@test "notices content that is not that of the file" {
	start_nginx 1
	head -c 12000000 /dev/urandom >"$dir/other"
	begin_load --tcp "$tcp" --slow 1 --slow-file "$dir/other" --slow-rate 20000000 --seconds 0.5
	await_load 1
	expect slow_ok 0
	expect_some failed_checksum
	complained 'slow: checksum: .*: FNV-1a'
}

@test "notices one byte that was changed at the end" {
	start_nginx 1
	cp "$dir/html/big" "$dir/other"
	printf 'x' | dd of="$dir/html/big" bs=1 seek=11999999 conv=notrunc status=none
	printf 'y' | dd of="$dir/other" bs=1 seek=11999999 conv=notrunc status=none
	begin_load --tcp "$tcp" --slow 1 --slow-file "$dir/other" --slow-rate 20000000 --seconds 0.5
	await_load 1
	expect slow_ok 0
	expect_some failed_checksum
}

@test "notices a file of another length" {
	start_nginx 1
	head -c 11999999 "$dir/html/big" >"$dir/other"
	begin_load --tcp "$tcp" --slow 1 --slow-file "$dir/other" --slow-rate 20000000 --seconds 0.5
	await_load 1
	expect_some failed_checksum
	complained 'slow: checksum: .*: 12000000 bytes, the file has 11999999'
}

@test "notices an answer without a length" {
	start_nginx 1 "location = /open { ssi on; ssi_types *; default_type text/html; try_files /index.html =404; }"
	begin_load --tcp "$tcp" --path /open --new-rate 50 --seconds 0.3
	await_load 1
	expect_some failed_protocol
	complained 'new: protocol: .*: no Content-Length'
}

@test "notices a server that hangs, and a download without a byte more" {
	start_nginx 1
	begin_ready_load --tcp "$tcp" --new-rate 50 --keepalive 2 --slow 2 \
		--slow-file "$dir/html/big" --slow-rate 20000000 --timeout 0.5
	kill -STOP "$(workers "$master")"
	wait_until grep -q 'new: timeout' "$dir/load.err"
	wait_until grep -q 'keepalive: timeout' "$dir/load.err"
	wait_until grep -q 'slow: timeout' "$dir/load.err"
	kill -CONT "$(workers "$master")"
	end_load 1
	expect_some failed_timeout
}

@test "a kept-alive connection that dies under a request has failed, and is counted apart" {
	start_nginx 1
	begin_ready_load --tcp "$tcp" --keepalive 3
	local worker
	worker=$(workers "$master")
	kill -STOP "$worker"
	wait_until requests_unread
	kill -KILL "$worker"
	wait_until gone "$worker"
	wait_until has_workers "$master" 1
	wait_until grep -q cut "$dir/load.err"
	end_load 1
	expect_some failed_cut
	expect keepalive_failed "$(value failed_cut)"
	complained 'keepalive: cut: .*, no answer'
}

@test "an idle kept-alive connection that is closed is no failure" {
	start_nginx 1 "keepalive_timeout 100ms;"
	begin_load --tcp "$tcp" --keepalive 3 --keepalive-rate 5 --seconds 1
	await_load 0
	nothing_failed
	(($(value keepalive_connections) > 6)) || fail "none was closed"
}

@test "datagrams: each is answered, and missed when it is not" {
	start_answers
	begin_ready_load --udp "$tcp" --udp-rate 500 --udp-timeout 0.3 --seconds 0.5
	await_load 0
	nothing_failed
	local due
	due=$(($(value load_ms) / 2))
	(($(value udp_ok) >= due * 95 / 100)) || fail "$(value udp_ok) answers where $due were due"

	rm "$dir/ready"
	begin_ready_load --udp "$tcp" --udp-rate 500 --udp-timeout 0.3
	kill -STOP "$answers_pid"
	wait_until grep -q 'udp: timeout' "$dir/load.err"
	kill -KILL "$answers_pid"
	wait_until grep -q 'udp: refused' "$dir/load.err"
	end_load 1
	expect_some failed_timeout
	expect_some failed_refused
}

@test "what is in flight at the stop is finished, at full speed" {
	start_nginx 1
	begin_ready_load --tcp "$tcp" --unix "$dir/sock" --slow 4 --slow-file "$dir/html/big" \
		--slow-rate 10000
	end_load 0
	expect slow_ok 4
	expect slow_inflight_at_stop 4
	expect slow_bytes 48000000
}

@test "what does not finish in time has failed" {
	start_nginx 1 "location /big { limit_rate 10000; }"
	begin_ready_load --tcp "$tcp" --slow 2 --slow-file "$dir/html/big" --finish-timeout 0.3
	end_load 1
	expect slow_failed 2
	expect failed_unfinished 2
}

@test "a second TERM does not wait for what is in flight" {
	start_nginx 1 "location /big { limit_rate 10000; }"
	begin_ready_load --tcp "$tcp" --slow 1 --slow-file "$dir/html/big" --finish-timeout 600
	kill -INT "$load_pid"
	wait_until signal_taken "$load_pid"
	end_load 1
	expect failed_unfinished 1
}

@test "a class without one answer is not a success" {
	start_nginx 1
	# TERM is pending before the first request can begin.
	run perl -MPOSIX -e 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM));
		kill "TERM", $$; exec @ARGV' "$load" --tcp "$tcp" --new-rate 1 --seconds 5 \
		--summary-file "$dir/summary"
	expect new_started 0
	[[ $status == 1 ]] || fail "exit status $status"
	[[ $output == *"new: not one answer"* ]] || fail "$output"
}

@test "no address but loopback is taken" {
	local address
	for address in 10.0.0.1:80 0.0.0.0:80 192.168.0.1:80 128.0.0.1:80 '[::]:80' '[::2]:80' \
		'[::ffff:10.0.0.1]:80'; do
		run "$load" --tcp "$address" --new-rate 1 --seconds 0.1
		[[ $status == 2 && $output == *"only 127.0.0.0/8 and ::1"* ]] ||
			fail "$address: $status $output"
	done
	for address in localhost:80 127.0.0.1 127.0.0.1:0 127.0.0.1:65536 127.0.0.1:8x; do
		run "$load" --tcp "$address" --new-rate 1 --seconds 0.1
		[[ $status == 2 ]] || fail "$address: $status $output"
	done
}

@test "usage" {
	run "$load" --new-rate 1
	[[ $status == 2 && $output == *"nowhere to send to"* ]] || fail "$status $output"
	run "$load" --tcp "$tcp"
	[[ $status == 2 && $output == *"nothing to do"* ]] || fail "$status $output"
	run "$load" --tcp "$tcp" --udp-rate 1
	[[ $status == 2 && $output == *"--udp-rate needs --udp"* ]] || fail "$status $output"
	run "$load" --udp 10.0.0.1:53 --udp-rate 1
	[[ $status == 2 && $output == *"only 127.0.0.0/8 and ::1"* ]] || fail "$status $output"
	run "$load" --tcp "$tcp" --slow 1
	[[ $status == 2 && $output == *"needs --slow-file"* ]] || fail "$status $output"
	run "$load" --tcp "$tcp" --slow 1 --slow-file "$dir/absent"
	[[ $status == 2 && $output == *"absent: No such file"* ]] || fail "$status $output"
	run "$load" --tcp "$tcp" --new-rate 1 --seconds 0
	[[ $status == 2 && $output == *"--seconds 0"* ]] || fail "$status $output"
	run "$load" --tcp "$tcp" --new-rate 100000
	[[ $status == 2 ]] || fail "$status $output"
	run "$load" --help
	[[ $status == 0 && $output == usage:* ]] || fail "$status $output"
}
