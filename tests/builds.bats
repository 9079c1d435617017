#!/usr/bin/env bats
# The builds of nginx that the other tests use: each is as build-nginx describes it, and each broken one
# has exactly the fault that make-broken describes.
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and means to be

load lib/common
bats_require_minimum_version 1.5.0

FAULTS='none exits-at-once dies-after-300ms hangs-before-pid slow-start worker-crash-at-start
	worker-crash-at-request worker-exit2'

setup() {
	dir=$BATS_TEST_TMPDIR/nginx
	mkdir -p "$dir/logs"
	cd "$dir" || return
}

# All nginx processes that were started in the folder, including orphans. (The shells of the tests are there as well.)
here() {
	local proc
	for proc in /proc/[0-9]*; do
		[[ $proc/cwd -ef $dir ]] && grep -qsE '^nginx: |nginx$' "$proc/comm" "$proc/cmdline" && echo "${proc#/proc/}"
	done
	return 0
}

none_here() { [[ -z $(here) ]]; }

teardown() {
	local pid
	[[ ! -e $dir/logs/error.log ]] || tail -n 30 "$dir/logs/error.log"
	# a master may just be starting another worker
	until none_here; do
		for pid in $(here); do
			kill -KILL "$pid" 2>/dev/null || :
		done
		pause
	done
}

# Without a memory: what build-nginx does is the subject here.
built() { "$TOP/tests/lib/build-nginx" "$1" "${2:-plain}"; }

free_port() {
	for _ in {1..100}; do
		port=$((20000 + RANDOM % 10000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
	done
	fail 'no free port'
}

write_conf() {
	free_port
	cat >nginx.conf <<-CONF
		worker_processes 2;
		pid $dir/logs/nginx.pid;
		error_log $dir/logs/error.log notice;
		${1:-}
		events {}
		http {
			access_log off;
			server {
				listen 127.0.0.1:$port;
				return 200 fine;
			}
		}
	CONF
}

# Runs in a shell of its own, so that a deadline can end it.
# shellcheck disable=SC2016
get() { timeout 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/$0 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && cat <&3' "$port"; }

answered_by() { [[ $(get) == *"Server: nginx/$1"*fine ]] || fail "no answer of nginx/$1, but: $(get)"; }

pid_file() { cat logs/nginx.pid 2>/dev/null; }

# Starts $dir/nginx by the name that will be in the title of its master; sets `old`.
start() {
	"$dir/nginx" -p "$dir" -c "$dir/nginx.conf" 3>&- || return
	wait_until 10 master_ready logs/nginx.pid
	old=$(pid_file)
}

# 1.18.0 runs, and 1.22.1 with that fault is put in its place; USR2 then starts it.
upgrade_to() {
	cp "$(built 1.18.0)" nginx
	write_conf
	start
	broken "$1"
	began=${EPOCHREALTIME/[^0-9]/}
	kill -USR2 "$old"
}

broken() { "$TOP/tests/lib/make-broken" "$1" "$dir/nginx"; }
took_ms() { echo $(((${EPOCHREALTIME/[^0-9]/} - began) / 1000)); }
logged() { grep -qE -- "$1" logs/error.log; }
times_logged() { (($(grep -cE -- "$2" logs/error.log) >= $1)); }

# Whether the pid file names a new master; sets `new`.
new_pid() {
	new=$(pid_file) && [[ -n $new && $new != "$old" ]]
}
new_ready() { new_pid && master_ready logs/nginx.pid; }
old_restored() { [[ $(pid_file) == "$old" && ! -e logs/nginx.pid.oldbin ]]; }
has_no_workers() { ! workers_of "$1" 'nginx: worker process'; }
has_no_child() { [[ -z $(cat "/proc/$1/task/$1/children") ]]; }

still_served_by_old() {
	wait_until 10 old_restored
	alive "$old"
	assert_equal "$(count_workers "$old")" 2 'workers of the old master'
	answered_by 1.18.0
}

# --- build-nginx -----------------------------------------------------------------------------------

@test "each version is that version, with nothing on stdout but its path" {
	local version path
	for version in 1.18.0 1.22.1 1.26.3; do
		path=$(built $version)
		assert_equal "$(wc -l <<<"$path")" 1 'lines'
		run "$path" -V
		assert_status 0
		assert_equal "${lines[0]}" "nginx version: nginx/$version"
		assert_output --prefix=/usr/local/nginx
		assert_output --with-threads
		assert_output --with-compat
	done
}

@test "the variants differ in their options, or in their prefix, and in nothing else" {
	local plain
	plain=$("$(built 1.22.1)" -V 2>&1)

	run "$(built 1.22.1 options)" -V
	refute_output --with-threads
	assert_output --with-http_stub_status_module
	assert_output --with-http_v2_module
	assert_output --prefix=/usr/local/nginx

	run "$(built 1.22.1 elsewhere)" -V
	assert_equal "${output/--prefix=\/opt\/nginx-elsewhere/--prefix=/usr/local/nginx}" "$plain" '-V'

	run "$(built 1.22.1 fault)" -V
	assert_equal "${output/ --add-module=..\/fault_module/}" "$plain" '-V'
}

@test "a module of the same version loads; that of another version does not" {
	cp "$(built 1.22.1)" nginx
	write_conf "load_module $(built 1.22.1 module);"
	echo 'mail { }' >>nginx.conf
	run ./nginx -t -p "$dir" -c "$dir/nginx.conf"
	assert_status 0

	write_conf
	echo 'mail { }' >>nginx.conf
	run ./nginx -t -p "$dir" -c "$dir/nginx.conf"
	assert_status 1
	assert_output 'unknown directive "mail"'

	write_conf "load_module $(built 1.26.3 module);"
	run ./nginx -t -p "$dir" -c "$dir/nginx.conf"
	assert_status 1
	assert_output 'version 1026003 instead of 1022001'
}

# What is unpacked is built in a moment: what nginx's own source becomes is the subject of the other tests.
quick_source() {
	mkdir -p bin
	cat >bin/tar <<-'TAR'
		#!/bin/sh
		while [ "$1" != -C ]; do shift; done
		mkdir "$2/nginx-1.22.1" && cd "$2/nginx-1.22.1" || exit
		mkdir objs && printf 'modules:\n\techo built >objs/ngx_mail_module.so\n' >objs/Makefile
		printf '#!/bin/sh\n' >configure && chmod +x configure
	TAR
	chmod +x bin/tar
	PATH=$dir/bin:$PATH
}

@test "two that need the same build at once make it once; a changed recipe makes it anew" {
	local cache=${NH_CACHE:-/var/cache/nginx-handover-tests} one two
	export NH_CACHE=$BATS_TEST_TMPDIR/cache
	mkdir -p "$NH_CACHE/nginx"
	cp "$cache/nginx/nginx_1.22.1.orig.tar.gz" "$NH_CACHE/nginx/"
	quick_source
	built 1.22.1 module >one 2>one.says &
	built 1.22.1 module >two 2>two.says
	wait $!
	one=$(<one) two=$(<two)
	assert_equal "$one" "$NH_CACHE/nginx/1.22.1-module/ngx_mail_module.so"
	assert_equal "$two" "$one"
	assert_equal "$(cat one.says two.says)" 'build-nginx: building 1.22.1 module' 'what both say'

	run built 1.22.1 module
	assert_equal "$output" "$one"
	echo 'another option' >>"$NH_CACHE/nginx/1.22.1-module/recipe"
	run built 1.22.1 module
	assert_equal "${lines[0]}" 'build-nginx: building 1.22.1 module'
	assert_equal "${lines[1]}" "$one"
	run compgen -G "$NH_CACHE/nginx/*.work.*"
	assert_equal "$output" '' 'what is left over'
}

@test "a source that is not the one known is not built" {
	export NH_CACHE=$BATS_TEST_TMPDIR/cache
	mkdir -p "$NH_CACHE/nginx" bin
	tar czf "$NH_CACHE/nginx/nginx_1.22.1.orig.tar.gz" bin
	printf '#!/bin/sh\necho no network here\nexit 100\n' >bin/apt-get
	chmod +x bin/apt-get
	PATH=$dir/bin:$PATH run built 1.22.1
	assert_status 1
	assert_output "no archive of this machine's apt has nginx 1.22.1"
	[[ ! -e $NH_CACHE/nginx/1.22.1-plain ]]
}

# --- make-broken -----------------------------------------------------------------------------------

@test "a binary that cannot be executed leaves the old master as it was" {
	local kind why
	for kind in 'wrong-arch Exec format error' 'empty Exec format error' 'not-executable Permission denied'; do
		why=${kind#* }
		kind=${kind%% *}
		upgrade_to "$kind"
		wait_until 10 logged "execve\(\) failed while executing new binary process .*\($(
			[[ $why == Exec* ]] && echo 8 || echo 13
		): $why\)"
		still_served_by_old
		kill -QUIT "$old"
		wait_until 10 gone "$old"
		rm logs/error.log
	done
}

@test "truncated: a signal kills it" {
	broken truncated
	run ./nginx -V
	((status > 128)) || fail "exit status $status"
	upgrade_to truncated
	wait_until 10 logged 'new binary process [0-9]+ exited on signal (7|11)'
	still_served_by_old
}

@test "missing-library: the loader says so and exits with 127" {
	broken missing-library
	run -127 ./nginx -V
	assert_output 'libcrypt.so.9: cannot open shared object file'
	upgrade_to missing-library
	wait_until 10 logged 'new binary process [0-9]+ exited with code 127'
	still_served_by_old
}

@test "wrapper: a good nginx, in the end under its own name" {
	broken wrapper
	run ./nginx -V
	assert_status 0
	assert_output 'nginx version: nginx/1.22.1'
	assert_equal "$(head -c 2 nginx)" '#!'
	upgrade_to wrapper
	wait_until 10 new_ready
	same_file "/proc/$new/exe" "$(built 1.22.1)"
	[[ $(tr '\0' ' ' <"/proc/$new/cmdline") == "nginx: master process $(built 1.22.1) -p $dir "* ]]
	kill -QUIT "$old"
	wait_until 10 gone "$old"
	answered_by 1.22.1
}

@test "the faults come out in an upgraded master only: not in -V, -t, -s or when started by hand" {
	local kind
	for kind in $FAULTS; do
		broken "$kind"
		assert_equal "$(./nginx -V 2>&1)" "$("$(built 1.22.1 fault)" -V 2>&1)" "-V of $kind"
		write_conf
		NGINX='0;' run timeout 10 ./nginx -t -p "$dir" -c "$dir/nginx.conf"
		assert_status 0
		start
		assert_equal "$(count_workers "$old")" 2 "workers of $kind"
		answered_by 1.22.1
		NGINX='0;' run timeout 10 ./nginx -s quit -p "$dir" -c "$dir/nginx.conf"
		assert_status 0
		wait_until 10 gone "$old"
		run grep -E 'exited (on signal|with code [^0])' logs/error.log
		assert_equal "$output" '' "what became of $kind"
	done
}

@test "an unknown kind is refused, and nothing is written" {
	run broken worker-sulks
	assert_status 1
	assert_output 'no such kind: worker-sulks'
	assert_equal "$(ls)" logs
}

# --- the faults ------------------------------------------------------------------------------------

@test "none: an upgrade like any other" {
	upgrade_to none
	wait_until 10 new_ready
	assert_equal "$(count_workers "$new")" 2 'workers'
	kill -QUIT "$old"
	wait_until 10 gone "$old"
	answered_by 1.22.1
}

@test "exits-at-once: the new master exits with 1" {
	upgrade_to exits-at-once
	wait_until 10 logged 'new binary process [0-9]+ exited with code 1$'
	still_served_by_old
}

@test "dies-after-300ms: its master is aborted, and its workers go on without it" {
	local workers worker
	upgrade_to dies-after-300ms
	wait_until 10 logged 'new binary process [0-9]+ exited on signal 6'
	(($(took_ms) >= 300)) || fail "dead after $(took_ms) ms"
	still_served_by_old
	new=$(sed -n 's/.*new binary process \([0-9]*\) exited on signal 6.*/\1/p' logs/error.log)
	workers=$(sed -n "s/.* $new#.*: start worker process \([0-9]*\)$/\1/p" logs/error.log)
	assert_equal "$(wc -w <<<"$workers")" 2 'workers of the dead master'
	kill -QUIT "$old"
	wait_until 10 gone "$old"
	for worker in $workers; do
		alive "$worker"
	done
	answered_by 1.22.1
}

@test "hangs-before-pid: no pid file, and nothing but KILL ends it" {
	local pending
	upgrade_to hangs-before-pid
	wait_until 10 logged 'the fault of this binary: hangs-before-pid'
	new=$(sed -n 's/.* \([0-9]*\)#.*: the fault of this binary: .*/\1/p' logs/error.log)
	kill -QUIT "$new"
	kill -TERM "$new"
	pending=$(awk '/^ShdPnd/ { print $2 }' "/proc/$new/status")
	assert_equal $((0x$pending & 0x4004)) $((0x4004)) 'QUIT and TERM that wait to be seen'
	run wait_until 1 gone "$new"
	assert_status 1
	[[ ! -e logs/nginx.pid ]]
	assert_equal "$(cat logs/nginx.pid.oldbin)" "$old"
	kill -KILL "$new"
	wait_until 10 logged "new binary process $new exited on signal 9"
	still_served_by_old
}

@test "slow-start: 500 ms more, then an upgrade like any other" {
	upgrade_to slow-start
	wait_until 10 new_pid
	(($(took_ms) >= 500)) || fail "a pid file after $(took_ms) ms"
	wait_until 10 new_ready
	kill -QUIT "$old"
	wait_until 10 gone "$old"
	answered_by 1.22.1
}

@test "worker-crash-at-start: the workers abort and are started again, for ever" {
	upgrade_to worker-crash-at-start
	wait_until 10 new_pid
	wait_until 10 times_logged 8 "$new#.*: worker process [0-9]+ exited on signal 6"
	alive "$new"
	((8 <= $(sed -n "s/.* $new#.*: worker process \([0-9]*\) exited on signal 6.*/\1/p" logs/error.log | sort -u | wc -l)))
	run logged "$new#.*exited with"
	assert_status 1
}

@test "worker-crash-at-request: a request is lost and so is its worker; the next one is lost, too" {
	local before
	upgrade_to worker-crash-at-request
	wait_until 10 new_ready
	before=$(workers_of "$new" 'nginx: worker process')
	kill -WINCH "$old"
	wait_until 10 has_no_workers "$old"
	assert_equal "$(get)" '' 'the answer'
	wait_until 10 times_logged 1 "$new#.*: worker process (${before/$'\n'/|}) exited on signal 6"
	assert_equal "$(get)" '' 'the answer'
	wait_until 10 times_logged 2 "$new#.*: worker process [0-9]+ exited on signal 6"
	wait_until 10 has_two_workers
	alive "$new"
}

has_two_workers() { (($(count_workers "$new") == 2)); }

@test "worker-exit2: the master lives on without a worker" {
	upgrade_to worker-exit2
	wait_until 10 new_pid
	wait_until 10 times_logged 2 "$new#.*: worker process [0-9]+ exited with fatal code 2 and cannot be respawned"
	wait_until 10 has_no_child "$new"
	alive "$new"
	assert_equal "$(cat logs/nginx.pid.oldbin)" "$old"
	answered_by 1.18.0
}
