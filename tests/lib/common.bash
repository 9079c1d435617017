# Shared by the bats files. tests/run starts each file in mount, network and pid namespaces of its own, so that
# it can use the real paths and fixed ports, and can notice processes that are left over.
# shellcheck shell=bash
#
# To fork costs up to 10 ms on a virtual machine, and these functions run thousands of times: they start no program where
# bash has a way without one.

TOP=${TOP:-$(realpath "${BASH_SOURCE[0]%/*}/../..")}
HANDOVER=${HANDOVER:-$TOP/build/nginx-handover}
# To simulate another kernel; see tests/run and tests/old-kernel.
if [[ ${NH_KERNEL:-today} != today ]]; then
	export NH_HELPER=${NH_HELPER:-$HANDOVER} # bats reads this more than once
	HANDOVER=$TOP/tests/lib/under-old-kernel
fi
LOAD=("$TOP/build/tests/load")
# The path of nginx's root directory, for tests that run outside of it.
ROOT=
PREFIX=/usr/local/nginx
TARGET=$PREFIX/sbin/nginx
# shellcheck disable=SC2034 # used by tests
RESCUED=/var/lib/nginx-handover$TARGET # where copies of replaced binaries are kept
PID_FILE=$PREFIX/logs/nginx.pid
CONF_FILE=$PREFIX/conf/nginx.conf
ERROR_LOG=$PREFIX/logs/error.log
SOCKET=$PREFIX/logs/nginx.sock
SERVER=nginx # its name in the Server header
PORT=8080
# The interval of a wait: most of /proc has no events.
LOOK=0.02 LOOK_US=20000 LOOK_MOST_US=200000

# bats records the line of each command, also in functions, for its message when one fails. That costs 0.2 ms a
# command, so that a loop over /proc cost more than a handover. So only the lines of the test, of setup() and of
# teardown() are recorded; in functions that they call, only the line of the call.
if declare -F bats_test_begin >/dev/null && ! declare -F bats_begins_test >/dev/null; then
	bats_own=$(declare -f bats_test_begin)
	eval "bats_begins_test${bats_own#bats_test_begin}"
	unset bats_own
	bats_test_begin() {
		local traced
		set +T
		# including the functions of bats that end the tracing when a command has failed
		for traced in bats_begins_test setup teardown bats_error_trap bats_check_status_from_trap bats_teardown_trap bats_exit_trap; do
			! declare -F $traced >/dev/null || declare -ft $traced
		done
		bats_begins_test "$@"
	}
fi

requires_root() {
	((EUID == 0)) || skip 'needs root'
}

# For tests of messages about a failed execve() in the helper's children: under valgrind, they are valgrind's.
requires_own_execve() {
	[[ $HANDOVER != *under-valgrind ]] || skip 'cannot exist here: execve() fails in valgrind, not in the child'
}

# pause [SECONDS]: by read with a timeout, from a FIFO that nobody ever writes to; or, for a user who can make none there,
# from a pipe.
pause() {
	local fifo=${BATS_RUN_TMPDIR:-/run}/pause fd
	if [[ -p $fifo && -w $fifo ]] || mkfifo "$fifo" 2>/dev/null; then
		read -rt "${1:-$LOOK}" <>"$fifo" || :
		return
	fi
	exec {fd}<> <(:)
	read -rt "${1:-$LOOK}" -u "$fd" || :
	exec {fd}>&-
}

# wait_until SECONDS COMMAND...: waits until the command succeeds; fails at the deadline. The seconds are meant for a quiet
# machine; a busy one gets three times as many, which costs nothing where the command succeeds. The longer the command
# takes, the longer are the pauses: those who wait must not keep the machine busy.
wait_until() {
	local until=$((SECONDS + 3 * $1)) began took text
	shift
	while began=${EPOCHREALTIME/[^0-9]/} && ! "$@"; do
		if ((SECONDS > until)); then
			echo "gave up waiting until: $*" >&2
			return 1
		fi
		took=$((2 * (${EPOCHREALTIME/[^0-9]/} - began)))
		((took < LOOK_MOST_US)) || took=$LOOK_MOST_US
		((took > LOOK_US)) || took=$LOOK_US
		printf -v text '0.%06d' "$took"
		pause "$text"
	done
}

fail() {
	echo "$*" >&2
	return 1
}

# Assertions that print the actual value.
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

# A wrapper of run: the log of a failed test has the output of the command.
run_shown() {
	run "$@"
	echo "\$ $* -> $status"
	echo "$output"
}

handover() { run_shown "$HANDOVER" "$@"; }

# --- nginx at its seed paths -------------------------------------------------------------------------

# Prints the path of the cached build of VERSION VARIANT. In one run of bats build-nginx looks at each of them once.
built() {
	local cache=${NH_CACHE-} known path
	known=${BATS_RUN_TMPDIR:-/nowhere}/built-${cache//\//_}-$1-${2:-plain}
	if { read -r path <"$known"; } 2>/dev/null; then
		echo "$path"
		return
	fi
	path=$("$TOP/tests/lib/build-nginx" "$1" "${2:-plain}") || return
	echo "$path"
	{ echo "$path" >"$known"; } 2>/dev/null || :
}

# Done once in this namespace, which has its own /run. If /run/fresh-prefix exists, nothing has to be mounted.
fresh_mount() {
	local mark=/run/fresh${1//\//-}
	[[ ! -e $mark && ! -e /run/fresh-prefix ]] || return 0
	mount -t tmpfs -o mode=755 tmpfs "$1"
	: >"$mark"
}

# A fresh, empty nginx folder on a tmpfs; called by setup().
fresh_prefix() {
	# Outside of the namespaces it would replace, and finally kill, a real nginx.
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

# install_old VERSION [VARIANT]: installs the build that runs at first.
install_old() {
	cp "$(built "$@")" $TARGET
}

# new_binary VERSION [VARIANT]: sets NEW to the path of the new build, outside of the nginx folder.
new_binary() {
	NEW=/usr/local/src/nginx-$1/objs/nginx
	mkdir -p "${NEW%/*}"
	cp "$(built "$@")" "$NEW"
}

# For setup(): nginx 1.18.0 runs from its path, with two workers; sets old.
setup_running() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	start_nginx
	# shellcheck disable=SC2034 # the tests use it
	old=$(master)
}

# broken_binary KIND: like new_binary, but broken.
broken_binary() {
	NEW=/usr/local/src/nginx-broken/objs/nginx
	mkdir -p "${NEW%/*}"
	"$TOP/tests/lib/make-broken" "$1" "$NEW"
}

master_ready() {
	local pid='' value
	{ read -r pid <"${1:-$PID_FILE}"; } 2>/dev/null || :
	[[ -n $pid ]] && read_status "$pid" SigBlk && [[ $value == 0000000000000000 ]] &&
		workers_of "$pid" 'nginx: worker process' >/dev/null
}

# --- processes: read so often that the functions must not start programs -------------------------------

# read_status PID NAME: sets `value` to the value of that name; fails if there is no such process.
# (The file is read to its end. Otherwise bash, which reads ahead, would seek back; if the process has ended
# meanwhile, that fails, and the next read of any other file would get the rest of this one.)
read_status() {
	local text=
	value=
	{ read -rd '' text <"/proc/$1/status"; } 2>/dev/null || :
	[[ $text == *$'\n'"$2:"* ]] || return 1
	value=${text#*$'\n'"$2:"}
	value=${value%%$'\n'*}
	read -r value _ <<<"$value"
}

# read_title PID: sets `title` to the first string of its command line
read_title() {
	title=
	{ read -rd '' title <"/proc/$1/cmdline"; } 2>/dev/null || :
}

# read_children PID: sets the list `children`
read_children() {
	children=()
	{ read -ra children <"/proc/$1/task/$1/children"; } 2>/dev/null || :
}

# Starts nginx by hand, not through the helper, with the arguments given.
start_nginx() {
	"$TARGET" "$@" 3>&- || return
	wait_until 10 master_ready
}

master() {
	local pid
	read -r pid <$PID_FILE && echo "$pid"
}

# The first string of a process's command line: for nginx, its title.
title_of() {
	local title
	read_title "$1"
	echo "$title"
}

# workers_of MASTER TITLE: pids of its children with that title, one a line; fails if there is none. Angie's titles are
# converted to nginx's: "angie: worker process #3" counts as "nginx: worker process".
workers_of() {
	local child title found=1 children
	read_children "$1"
	for child in "${children[@]}"; do
		read_title "$child"
		if [[ $title == 'angie: '* ]]; then
			title=nginx${title#angie}
			[[ ${title##* } != '#'* ]] || title=${title% #*}
		fi
		[[ $title == "$2" ]] && echo "$child" && found=0
	done
	return $found
}

count_workers() {
	local counted
	mapfile -t counted < <(workers_of "$1" 'nginx: worker process')
	echo ${#counted[@]}
}

# For a moment a process that ends is not yet a zombie, but has no executable any more: the helper also treats it as
# ended.
alive() {
	local value # empty if the process ends at this moment
	[[ -e /proc/$1/exe ]] && read_status "$1" State && [[ $value != [ZX] ]]
}

gone() {
	! alive "$1"
}

# All processes with an nginx title or with the target as executable, without zombies.
nginx_processes() {
	local dir executes title
	while read -r dir executes; do
		read_title "${dir#/proc/}"
		[[ $title == 'nginx: '* || $title == 'angie: '* || $executes == "$TARGET"* ]] &&
			alive "${dir#/proc/}" && echo "${dir#/proc/} $title"
	done < <(find /proc/[0-9]*/exe -maxdepth 0 -printf '%h %l\n' 2>/dev/null)
	return 0
}

kill_all_nginx() {
	wait_until 10 kill_round
}

# A master may replace a worker before it is killed itself, so repeat until there is none to kill.
kill_round() {
	local line none=0
	while read -r line; do
		kill -KILL "${line%% *}" 2>/dev/null || :
		none=1
	done < <(nginx_processes)
	return $none
}

no_nginx() {
	[[ -z $(nginx_processes) ]]
}

# http [PATH]: prints the status line and the headers of a GET over TCP.
http() {
	local fd answer
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT" || return
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${1:-/}" >&"$fd"
	read -rd '' -t 10 -u "$fd" answer || :
	exec {fd}>&-
	printf '%s\n' "$answer"
}

answers() {
	[[ $(http) == *"Server: $SERVER/$1"* ]] || fail "$SERVER/$1 does not answer, but: $(http | head -5)"
}

# A client on descriptor $slow that has begun a download and does not read the rest yet.
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
	"${LOAD[@]}" --seconds 900 --tcp 127.0.0.1:$PORT --unix "$ROOT$SOCKET" --new-rate "${NEW_RATE:-200}" \
		--keepalive 8 --slow 4 --slow-path /big --slow-file "$ROOT$PREFIX/html/big" \
		--slow-rate "${SLOW_RATE:-4000000}" --ready-file "$BATS_TEST_TMPDIR/ready" \
		--summary-file "$BATS_TEST_TMPDIR/summary" "$@" \
		>"$BATS_TEST_TMPDIR/load.log" 2>&1 3>&- &
	LOAD_PID=$!
	# opened for both, so that it does not wait for a writer that failed to start
	read -rt 20 _ <>"$BATS_TEST_TMPDIR/ready" || {
		cat "$BATS_TEST_TMPDIR/load.log"
		fail 'the load did not get under way'
	}
}

# Ends the load. No request may have failed, and every class must have had answers. One effect of nginx itself is
# accepted: a draining worker closes an idle connection while a request is on its way there (keepalive_min_timeout,
# from 1.27.4 on, avoids that). On a saturated machine that hits nearly each of the eight clients, also with signals
# by hand (tests/bench/loss keepalive), so once for each client is no fault.
load_stop() {
	local rc=0 class cut
	kill -TERM "$LOAD_PID"
	wait "$LOAD_PID" || rc=$?
	unset LOAD_PID
	cat "$BATS_TEST_TMPDIR/load.log" "$BATS_TEST_TMPDIR/summary"
	cut=$(summary failed_cut)
	((rc == 0 || (rc == 1 && cut <= 8 && cut == $(failed_requests)))) || fail "the load saw failures ($rc)"
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
