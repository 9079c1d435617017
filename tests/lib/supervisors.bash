# Debian's supervisors, unpacked for one test file, with nginx under "nginx-handover run" and our example as
# configuration. supervisors/KIND.bash has these functions for each of them:
#
#     begin           starts the supervisor, with the service down
#     up, down        starts or stops the service; up returns when the supervisor regards it as ready
#     is_down         whether the service is down, according to the supervisor
#     run_pid         the pid of "run", according to the supervisor
#     signal NAME     sends HUP, USR1 or USR2 through the supervisor
#     logged          the file with the output of "run" and nginx
#     quit            tells the supervisor itself to end
#
# /usr and /etc have an overlay in this namespace, so that the paths in the examples exist and need no change.
# shellcheck shell=bash

# shellcheck source=tests/lib/common.bash
. "${BASH_SOURCE[0]%/*}/common.bash"

LAYERS=/run/supervisors
EXAMPLES=$TOP/packaging/examples
# shellcheck disable=SC2034 # used by tests
LOGGED=$PREFIX/logs/access.log
SERVED=/var/lib/nginx-handover # the builds that have served

# Of the packages' dependencies, only python is that of this machine.
UNPACKED='runit s6 libs6-2.11 libskarnet2.13 libexecline2.9 supervisor python3-pkg-resources monit'

# Called by setup_file.
supervisors_unpack() {
	local debs name dir
	requires_root
	[[ -n ${NH_OWN_NAMESPACES:-} ]] || fail 'run this through tests/run, or tests/lib/own-namespaces'
	debs=$("$TOP/tests/packages/debs" bookworm runit s6 supervisor monit) || return
	mkdir -p $LAYERS/new
	for name in $UNPACKED; do
		dpkg-deb -x "$debs/$name"_*.deb $LAYERS/new
	done
	rm -rf $LAYERS/new/usr/share $LAYERS/new/etc/init.d
	for dir in usr etc; do
		mkdir -p $LAYERS/$dir.own $LAYERS/$dir.work
		mount -t overlay -o "lowerdir=$LAYERS/new/$dir:/$dir,upperdir=$LAYERS/$dir.own,workdir=$LAYERS/$dir.work" overlay /$dir
	done
	cp "${NH_STANDIN:-$HANDOVER}" /usr/sbin/nginx-handover
}

# Called by setup(): nginx 1.18.0 at its path, which does not run; it logs to the supervisor.
supervised_nginx() {
	requires_root
	fresh_prefix
	rm -rf $SERVED /var/log/nginx-run /run/service
	mkdir -p /run/service
	write_conf 2 'error_log stderr notice;' 'location /said { access_log /dev/stdout; return 204; }'
	install_old 1.18.0
	printf '%s\n' "NGINX=$TARGET" "PID_FILE=$PID_FILE" SETTLE=100ms DRAIN_TIMEOUT=10s >/etc/default/nginx
}

# example FILE TO [MODE]: copies the example unchanged
example() { install -D -m "${3:-644}" "$EXAMPLES/$1" "$2"; }

# Runs in the background, without bats' descriptors.
daemon() {
	setsid "$@" >"$BATS_TEST_TMPDIR/daemon.log" 2>&1 </dev/null 3>&- &
	DAEMON=$!
}

# Replaces the binary at the path, as a package does.
put_binary() {
	cp "$1" "$TARGET.new"
	mv "$TARGET.new" "$TARGET"
}

answers_soon() { wait_until 20 answers "$1"; } 2>/dev/null

# Waits for the end of a handover: no process of the old generation is left.
one_generation() {
	[[ ! -e $PID_FILE.oldbin ]] && master_ready && (($(count_masters) == 1)) && [[ -z $(shutting_down) ]]
}

count_masters() { nginx_processes | grep -c 'master process'; }
shutting_down() { nginx_processes | grep 'shutting down' || :; }

# zombies: pids of the processes that their parent has not reaped
zombies() { awk '$1 == "State:" && $2 == "Z" { print FILENAME }' /proc/[0-9]*/status 2>/dev/null; }
no_zombie() { [[ -z $(zombies) ]]; }

# line_arrives WORD: a request gets into the supervisor's log through access_log /dev/stdout
line_arrives() {
	http "/said-$1" >/dev/null || return
	wait_until 5 grep -qs "GET /said-$1 " "$(logged)"
}

other_run() {
	local now
	now=$(run_pid) && [[ -n $now && $now != "$1" ]] && alive "$now"
} 2>/dev/null

supervised_teardown() {
	[[ ! ${BATS_ERROR_STATUS:-0} =~ [^0] ]] || {
		tail -n 40 "$BATS_TEST_TMPDIR/daemon.log" "$(logged)" || :
		ps -eo pid,ppid,sid,stat,args --forest || :
	} 2>/dev/null
	down >/dev/null 2>&1 || :
	[[ -z ${DAEMON-} ]] || end_daemon
	common_teardown
}

end_daemon() {
	quit
	wait_until 10 gone "$DAEMON" || kill -KILL "$DAEMON"
} 2>/dev/null
