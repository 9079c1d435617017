# What the bats files share. Each file runs in mount, network and pid namespaces of its own (tests/run
# sees to that), so that the real paths and fixed ports can be used, and a process that is left over
# can be seen.
# shellcheck shell=bash

TOP=${TOP:-$(realpath "${BASH_SOURCE[0]%/*}/../..")}
HANDOVER=${HANDOVER:-$TOP/build/nginx-handover}
# On another kernel than the one that runs here: see tests/run and tests/old-kernel.
if [[ ${NH_KERNEL:-today} != today ]]; then
	export NH_HELPER=${NH_HELPER:-$HANDOVER} # bats reads this more than once
	HANDOVER=$TOP/tests/lib/under-old-kernel
fi
LOAD=("$TOP/build/tests/load")
# Where the root of nginx is, for what is not in it itself.
ROOT=
PREFIX=/usr/local/nginx
TARGET=$PREFIX/sbin/nginx
# shellcheck disable=SC2034 # used by tests
RESCUED=/var/lib/nginx-handover$TARGET # where a copy of what was replaced is kept
PID_FILE=$PREFIX/logs/nginx.pid
CONF_FILE=$PREFIX/conf/nginx.conf
ERROR_LOG=$PREFIX/logs/error.log
SOCKET=$PREFIX/logs/nginx.sock
SERVER=nginx # as it calls itself in its answers
PORT=8080
# How often a wait looks again, in seconds: there is no event to be had for most of /proc.
LOOK=0.02

requires_root() {
	((EUID == 0)) || skip 'needs root'
}

# For what a failed execve() of the helper's children must say: valgrind answers for that itself.
requires_own_execve() {
	[[ $HANDOVER != *under-valgrind ]] || skip 'cannot exist here: execve() fails in valgrind, not in the child'
}

# Waits without sleeping: nobody ever writes to this.
pause() {
	local fd
	exec {fd}<> <(:)
	read -rt "${1:-$LOOK}" -u "$fd" || :
	exec {fd}>&-
}

# wait_until SECONDS COMMAND...: until the command succeeds; fails at the deadline.
wait_until() {
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		if ((SECONDS > until)); then
			echo "gave up waiting until: $*" >&2
			return 1
		fi
		pause
	done
}

fail() {
	echo "$*" >&2
	return 1
}

# Assertions that say what they saw.
assert_status() {
	# shellcheck disable=SC2154
	[[ $status == "$1" ]] || fail "exit code $status where $1 was expected; output:"$'\n'"$output"
}

assert_output() {
	[[ $output == *"$1"* ]] || fail "output lacks \"$1\":"$'\n'"$output"
}

refute_output() {
	[[ $output != *"$1"* ]] || fail "output has \"$1\":"$'\n'"$output"
}

assert_equal() {
	[[ $1 == "$2" ]] || fail "${3:-value} is \"$1\" where \"$2\" was expected"
}

# The wrapped run: the command's output stands in the log of a failed test.
run_shown() {
	run "$@"
	echo "\$ $* -> $status"
	echo "$output"
}

handover() { run_shown "$HANDOVER" "$@"; }

# --- nginx at its seed paths -------------------------------------------------------------------------

# The cached build of VERSION VARIANT.
built() {
	"$TOP/tests/lib/build-nginx" "$1" "${2:-plain}"
}

# Once in this namespace; /run is of it alone. Where /run/fresh-prefix is, nothing has to be mounted.
fresh_mount() {
	local mark=/run/fresh${1//\//-}
	[[ ! -e $mark && ! -e /run/fresh-prefix ]] || return 0
	mount -t tmpfs -o mode=755 tmpfs "$1"
	: >"$mark"
}

# A fresh, empty nginx folder on a tmpfs; called by setup().
fresh_prefix() {
	# Elsewhere it would be another's nginx that is replaced, and killed in the end.
	[[ -n ${NH_OWN_NAMESPACES:-} ]] || fail 'run this through tests/run, or tests/lib/own-namespaces'
	mkdir -p $PREFIX /usr/local/src
	fresh_mount $PREFIX
	fresh_mount /usr/local/src
	rm -rf ${PREFIX:?}/* ${PREFIX:?}/.[!.]* /usr/local/src/* /var/lib/nginx-handover
	mkdir -p $PREFIX/sbin $PREFIX/conf $PREFIX/logs $PREFIX/html
	echo 'it works' >$PREFIX/html/index.html
}

# write_conf [WORKERS [MAIN-LINES [SERVER-LINES]]]
write_conf() {
	cat >"$CONF_FILE" <<-CONF
		worker_processes ${1:-2};
		${2:-}
		events { worker_connections 1024; }
		http {
			access_log off;
			keepalive_requests 100000;
			server {
				listen 127.0.0.1:$PORT;
				listen unix:$SOCKET;
				root $PREFIX/html;
				${3:-}
			}
		}
	CONF
}

# install_old VERSION [VARIANT]: what runs at first.
install_old() {
	cp "$(built "$@")" $TARGET
}

# new_binary VERSION [VARIANT]: sets NEW to the freshly built one at its place of building.
new_binary() {
	NEW=/usr/local/src/nginx-$1/objs/nginx
	mkdir -p "${NEW%/*}"
	cp "$(built "$@")" "$NEW"
}

# What many a setup() begins with: nginx 1.18.0 runs from its path, with two workers; sets old.
setup_running() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	start_nginx
	# shellcheck disable=SC2034 # the tests use it
	old=$(master)
}

# broken_binary KIND: the same, broken.
broken_binary() {
	NEW=/usr/local/src/nginx-broken/objs/nginx
	mkdir -p "${NEW%/*}"
	"$TOP/tests/lib/make-broken" "$1" "$NEW"
}

master_ready() {
	local pid
	pid=$(cat "${1:-$PID_FILE}" 2>/dev/null) && [[ -n $pid ]] &&
		[[ $(awk '/^SigBlk/ { print $2 }' "/proc/$pid/status" 2>/dev/null) == 0000000000000000 ]] &&
		workers_of "$pid" 'nginx: worker process' >/dev/null
}

# Starts nginx by hand, not through the helper, with the arguments given.
start_nginx() {
	"$TARGET" "$@" 3>&- || return
	wait_until 10 master_ready
}

master() {
	cat $PID_FILE
}

# The first string of a process's command line: for nginx, its title.
title_of() {
	local title=
	{ read -rd '' title <"/proc/$1/cmdline"; } 2>/dev/null || :
	echo "$title"
}

# workers_of MASTER TITLE: pids of its children with that title, one a line; fails when there is none. Angie's count
# as what they would be called in nginx: "angie: worker process #3" as "nginx: worker process".
workers_of() {
	local child title found=1
	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		title=$(title_of "$child")
		[[ $title != 'angie: '* ]] || title="nginx: $(sed 's/^angie: //; s/ #[0-9]*$//' <<<"$title")"
		[[ $title == "$2" ]] && echo "$child" && found=0
	done
	return $found
}

count_workers() {
	workers_of "$1" 'nginx: worker process' | wc -l
}

# For a moment a process that ends is no zombie yet, but has no executable any more: the helper calls that
# gone, too.
alive() {
	local state # none when it goes in this moment
	readlink "/proc/$1/exe" >/dev/null 2>&1 &&
		state=$(awk '/^State/ { print $2 }' "/proc/$1/status" 2>/dev/null) && [[ -n $state && $state != [ZX] ]]
}

gone() {
	! alive "$1"
}

# All processes with an nginx title or the target as executable; zombies do not count.
nginx_processes() {
	local dir title
	for dir in /proc/[0-9]*; do
		title=$(title_of "${dir#/proc/}")
		[[ $title == 'nginx: '* || $title == 'angie: '* || $(readlink "$dir/exe" 2>/dev/null) == "$TARGET"* ]] &&
			alive "${dir#/proc/}" && echo "${dir#/proc/} $title"
	done
	return 0
}

kill_all_nginx() {
	wait_until 10 kill_round
}

# A master may replace a worker before it is killed itself: round and round until nobody is left.
kill_round() {
	local line
	while read -r line; do
		kill -KILL "${line%% *}" 2>/dev/null || :
	done < <(nginx_processes)
	no_nginx
}

no_nginx() {
	[[ -z $(nginx_processes) ]]
}

# http [PATH]: status line and headers of a GET over TCP.
http() {
	local fd
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT" || return
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${1:-/}" >&"$fd"
	timeout 10 cat <&"$fd"
	exec {fd}>&-
}

answers() {
	[[ $(http) == *"Server: $SERVER/$1"* ]] || fail "$SERVER/$1 does not answer, but: $(http | head -5)"
}

# A client that has begun a download and reads no more of it, on descriptor $slow.
slow_client() {
	head -c 8M /dev/zero >$PREFIX/html/big
	exec {slow}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$slow"
	read -ru "$slow" _
}

same_file() {
	[[ $(stat -Lc %d:%i "$1") == "$(stat -Lc %d:%i "$2")" ]]
}

# --- load ------------------------------------------------------------------------------------------

# Starts the load in the background and returns when all its classes have had a first success.
load_start() {
	if [[ ! -e $ROOT$PREFIX/html/big ]]; then
		head -c 8M /dev/urandom >"$ROOT$PREFIX/html/big"
	fi
	mkfifo "$BATS_TEST_TMPDIR/ready"
	"${LOAD[@]}" --seconds 120 --tcp 127.0.0.1:$PORT --unix "$ROOT$SOCKET" --new-rate "${NEW_RATE:-200}" \
		--keepalive 8 --slow 4 --slow-path /big --slow-file "$ROOT$PREFIX/html/big" \
		--slow-rate "${SLOW_RATE:-4000000}" --ready-file "$BATS_TEST_TMPDIR/ready" \
		--summary-file "$BATS_TEST_TMPDIR/summary" "$@" \
		>"$BATS_TEST_TMPDIR/load.log" 2>&1 3>&- &
	LOAD_PID=$!
	# opened for both, so that no writer is waited for that has failed to start
	read -rt 20 _ <>"$BATS_TEST_TMPDIR/ready" || {
		cat "$BATS_TEST_TMPDIR/load.log"
		fail 'the load did not get under way'
	}
}

# Ends the load; no request may have failed, and every class must have been there. What nginx does whoever sends
# the signals is not held against the helper: a worker that drains closes an idle connection, and now and then a
# request is on its way there (keepalive_min_timeout, from 1.27.4, is against that). Half of the kept-alive
# connections would be no accident any more.
load_stop() {
	local rc=0 class cut
	kill -TERM "$LOAD_PID"
	wait "$LOAD_PID" || rc=$?
	unset LOAD_PID
	cat "$BATS_TEST_TMPDIR/load.log" "$BATS_TEST_TMPDIR/summary"
	cut=$(summary failed_cut)
	((rc == 0 || (rc == 1 && cut <= 4 && cut == $(failed_requests)))) || fail "the load saw failures ($rc)"
	for class in new_ok keepalive_ok slow_ok; do
		(($(summary $class) > 0)) || fail "the load has no $class"
	done
}

summary() {
	sed -n "s/^$1=//p" "$BATS_TEST_TMPDIR/summary"
}

failed_requests() {
	awk -F= '/^[a-z]*_failed=/ { sum += $2 } END { print sum + 0 }' "$BATS_TEST_TMPDIR/summary"
}

common_teardown() {
	[[ -z ${LOAD_PID:-} ]] || kill -KILL "$LOAD_PID" 2>/dev/null || :
	if [[ -n ${BATS_ERROR_STATUS:-} && $BATS_ERROR_STATUS != 0 ]]; then
		tail -n 30 $ERROR_LOG 2>/dev/null || :
	fi
	kill_all_nginx
}
