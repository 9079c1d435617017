# What the tests of the load generator share: a real nginx in a folder of its own, and the load on it.
# shellcheck shell=bash disable=SC2154,SC2034 # setup() sets dir, load and tcp, and teardown() ends what is set here

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# A look interval: nothing ever comes through that pipe.
look() {
	read -rt 0.02 <> <(:) || :
}

wait_until() {
	local deadline=$((SECONDS + 15))
	until "$@"; do
		((SECONDS < deadline)) || fail "waited in vain: $*" || return
		look
	done
}

gone() {
	[[ ! -e /proc/$1/stat ]] || [[ $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) == [ZX]* ]]
}

workers() { # MASTER [PATTERN]
	pgrep -P "$1" -f "worker process${2-}" || :
}

has_workers() { # MASTER COUNT
	[[ $(workers "$1" '$' | wc -l) == "$2" ]]
}

another_worker() { # MASTER WORKER
	workers "$1" '$' | grep -qvx "$2"
}

no_new_work() {
	[[ -z $(workers "$1" '$') ]]
}

end_master() {
	local pid
	local -a pids
	mapfile -t pids < <(echo "$1" && workers "$1")
	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	for pid in "${pids[@]}"; do
		wait_until gone "$pid"
	done
}

start_nginx() { # WORKERS [DIRECTIVES OF THE SERVER]
	cat >"$dir/nginx.conf" <<-CONF
		user $(id -un);
		worker_processes $1;
		pid nginx.pid;
		error_log error.log notice;
		events { worker_connections 1024; }
		http {
			access_log off;
			client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
			uwsgi_temp_path temp; scgi_temp_path temp;
			server { listen $tcp; listen unix:$dir/sock; root html; ${2-} }
		}
	CONF
	"$dir/nginx" -p "$dir/" -c nginx.conf 3>&- 2>"$dir/start.log" ||
		fail "nginx does not start: $(<"$dir/start.log")"
	wait_until test -s "$dir/nginx.pid"
	master=$(<"$dir/nginx.pid")
	masters+=("$master")
	wait_until has_workers "$master" "$1"
}

begin_load() { # OPTIONS
	"$load" --seconds 30 --summary-file "$dir/summary" "$@" \
		>"$dir/load.out" 2>"$dir/load.err" 3>&- &
	load_pid=$!
}

begin_ready_load() { # OPTIONS
	local line=
	mkfifo "$dir/ready"
	begin_load "$@" --ready-file "$dir/ready"
	read -rt 15 line <>"$dir/ready" || :
	[[ $line == ready ]] || fail "the load is not ready: '$line'" "$(<"$dir/load.err")"
}

end_load() { # EXPECTED STATUS
	kill -TERM "$load_pid"
	await_load "$1"
}

await_load() { # EXPECTED STATUS
	local status=0
	wait "$load_pid" || status=$?
	load_pid=
	cat "$dir/load.out"
	head -n 5 "$dir/load.err"
	[[ $status == "$1" ]] || fail "exit status $status, not $1"
	accounts_balance
}

value() {
	local line
	line=$(grep -m 1 "^$1=" "$dir/summary") || fail "no $1 in the summary"
	printf '%s\n' "${line#*=}"
}

expect() { # KEY VALUE
	local got
	got=$(value "$1")
	[[ $got == "$2" ]] || fail "$1 is $got, not $2"
}

expect_some() { # KEY...
	local key sum=0
	for key in "$@"; do
		sum=$((sum + $(value "$key")))
	done
	((sum > 0)) || fail "none of $*"
}

# Whatever happened, no request may be lost from the books.
accounts_balance() {
	local class
	for class in new keepalive slow udp; do
		expect "${class}_started" $(($(value ${class}_ok) + $(value ${class}_failed)))
	done
}

nothing_failed() {
	expect new_failed 0
	expect keepalive_failed 0
	expect slow_failed 0
	expect udp_failed 0
	[[ ! -s $dir/load.err ]] || fail "$(<"$dir/load.err")"
}

# Where nginx itself closes idle connections, as it does at a reload and a handover, a request may be on its
# way there: each client may meet that once. That is counted as "cut".
end_load_but_for_cuts() { # CLIENTS
	local status=0 cut
	kill -TERM "$load_pid"
	wait "$load_pid" || status=$?
	load_pid=
	cut=$(value failed_cut)
	((status == (cut > 0) && cut <= $1)) || fail "exit status $status, $cut cut" "$(<"$dir/load.err")"
	accounts_balance
	expect new_failed 0
	expect keepalive_failed "$cut"
	expect slow_failed 0
	expect udp_failed 0
}

complained() { # PATTERN
	grep -Eq "^load: [0-9]+ ms: $1" "$dir/load.err" || fail "not said: $1"
}

start_answers() { # the port of $tcp, for datagrams
	local line=
	mkfifo "$dir/answers"
	"${load%/*}/answer_udp" "${tcp%:*}" "${tcp#*:}" >"$dir/answers" 3>&- &
	answers_pid=$!
	read -rt 15 line <"$dir/answers" || :
	[[ $line == ready ]] || fail "no server for datagrams"
}

requests_unread() {
	[[ -n $(ss -Htn state established src "$tcp" | awk '$1 > 0') ]]
}

requests_running() {
	[[ -n $(ss -Htn state established src "$tcp") ]]
}

signal_taken() { # a signal that is read through a signalfd is no longer pending
	grep -q '^ShdPnd:.*0000000000000000$' "/proc/$1/status"
}
