# A container with systemd as pid 1, in which bats tests use the real systemctl on a real nginx.
#
#     # hosts: bullseye-v1 bookworm-v1 bookworm-v2 trixie-v2
#     load ../lib/host
#     setup_file() { host_boot; }
#     teardown_file() { host_end; }
#     setup() { host_fresh; }
#     teardown() { host_teardown; }
#
# tests/run runs such a file once for each of its hosts, with NH_HOST=SUITE-CGROUPKIND; NH_HOSTS in the
# environment leaves only some of them. One boot serves all tests of the file, and what is left of it ends
# with the pid namespace that the file runs in.
#
# In the container /opt/nh is the project, /opt/nginx the nginx builds and /opt/pristine the tree itself,
# all read-only.
# shellcheck shell=bash

# shellcheck source=tests/lib/common.bash
. "${BASH_SOURCE[0]%/*}/common.bash"

HOST_BUILDS=${NH_CACHE:-/var/cache/nginx-handover-tests}/nginx
HOST_HANDOVER=${HOST_HANDOVER:-$TOP/build/portable/nginx-handover}
HOST_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOST_BOOT_SECONDS=60

# --- the container -----------------------------------------------------------------------------------

# host_boot [SUITE v1|v2]: boots it and returns when systemd has done so and D-Bus answers; without
# arguments what NH_HOST says.
host_boot() {
	local host=${NH_HOST:-bookworm-v2} tree
	(($#)) || set -- "${host%-*}" "${host#*-}"
	export HOST_SKIP=''
	((EUID == 0)) || HOST_SKIP='needs root'
	[[ $2 == v2 || -d /sys/fs/cgroup/systemd ]] || HOST_SKIP='cannot exist here: this machine has no cgroup v1'
	[[ -z $HOST_SKIP ]] || return 0
	[[ -n ${NH_OWN_NAMESPACES:-} ]] || fail 'run this through tests/run, or tests/lib/own-namespaces'
	export HOST_SUITE=$1 HOST_KIND=$2 HOST_DIR=$BATS_FILE_TMPDIR HOST_LEADER='' HOST_PID HOST_CGROUP=/sys/fs/cgroup/init.scope
	[[ $2 == v2 ]] || HOST_CGROUP=/sys/fs/cgroup/systemd/init.scope
	tree=$("$TOP/tests/hosts/tree" "$1")
	"$TOP/tests/hosts/boot" "$1" "$2" --bind-ro="$TOP:/opt/nh" --bind-ro="$HOST_BUILDS:/opt/nginx" \
		--bind-ro="$tree:/opt/pristine" >"$HOST_DIR/console" 2>&1 </dev/null 3>&- &
	HOST_PID=$!
	wait_until "$HOST_BOOT_SECONDS" find_leader && [[ -n $HOST_LEADER ]] || boot_failed || return
	wait_until "$HOST_BOOT_SECONDS" host_is_up || boot_failed
}

boot_failed() {
	cat "$HOST_DIR/console"
	[[ -z $HOST_LEADER ]] || host_journal -n 50 || :
	fail "no $HOST_SUITE with cgroup $HOST_KIND"
}

# Ends the container and waits until it is gone.
host_end() {
	[[ -n ${HOST_PID-} ]] || return 0
	kill -TERM "$HOST_PID"
	wait_until 20 gone "$HOST_PID"
} 2>/dev/null

# Sets HOST_LEADER to the container's pid 1, once it is systemd.
find_leader() {
	local -a todo=("$HOST_PID")
	alive "$HOST_PID" || return 0 # what comes next finds that out
	while ((${#todo[@]})); do
		if [[ $(awk '/^NSpid/ { print $NF }' "/proc/${todo[0]}/status") == 1 ]] &&
			[[ $(cat "/proc/${todo[0]}/comm") == systemd ]]; then
			HOST_LEADER=${todo[0]}
			return
		fi
		# shellcheck disable=SC2207 # pids
		todo=("${todo[@]:1}" $(cat "/proc/${todo[0]}/task/${todo[0]}/children"))
	done
	return 1
} 2>/dev/null

host_is_up() {
	[[ $(host_run timeout "$HOST_BOOT_SECONDS" systemctl is-system-running --wait) =~ ^(running|degraded)$ ]] &&
		host_run busctl get-property org.freedesktop.systemd1 /org/freedesktop/systemd1 \
			org.freedesktop.systemd1.Manager Version >/dev/null
} 2>/dev/null

# --- commands in it ----------------------------------------------------------------------------------

# host_run COMMAND...: as root, with a clean environment, in the cgroup of the container's pid 1.
# It goes there from inside, and into the cgroup namespace after that: the nsenter that waits on this side
# would be a process without a pid in there.
host_run() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	env -i "PATH=$HOST_PATH" TERM=dumb HOME=/root LANG=C.UTF-8 nsenter --target "$HOST_LEADER" \
		--mount --uts --ipc --net --pid --root --wd sh -c \
		'echo 0 >"$0/cgroup.procs" && exec nsenter --cgroup=/proc/1/ns/cgroup "$@"' "$HOST_CGROUP" "$@" 3>&-
}

# host_shell COMMAND...: as from the shell of somebody who has logged in: in a session's scope.
host_shell() {
	host_run systemd-run --scope --quiet --collect --slice=user-0.slice --unit="session-t$BASHPID-$RANDOM" -- "$@"
}

# host_do FUNCTION [ARGUMENT...]: a function of common.bash or in-host, inside.
host_do() { host_run bash /opt/nh/tests/lib/in-host "$@"; }

# bats' run, which shows what ran.
host_handover() { run_shown host_shell /usr/sbin/nginx-handover "$@"; }
host_systemctl() { run_shown host_run systemctl "$@"; }

# host_show PROPERTY [UNIT]
host_show() {
	local line
	line=$(host_run systemctl show -p "$1" "${2:-nginx.service}")
	echo "${line#*=}"
}

host_main_pid() { host_show MainPID "$@"; }

# host_journal [ARGUMENT...]: what the journal has had since host_fresh.
host_journal() {
	local cursor=()
	[[ -z ${HOST_CURSOR-} ]] || cursor=(--after-cursor="$HOST_CURSOR")
	host_run journalctl --sync
	host_run journalctl --no-pager --quiet -o short-monotonic "${cursor[@]}" "$@"
}

# --- nginx in it -------------------------------------------------------------------------------------

# Called by setup(): everything as after the boot, and an empty nginx folder with a configuration.
host_fresh() {
	[[ -z $HOST_SKIP ]] || skip "$HOST_SKIP"
	host_do fresh_host
	HOST_CURSOR=$(host_run journalctl --quiet -n 1 -o export | sed -n 's/^__CURSOR=//p')
}

# host_install_nginx VERSION [debian]: at /usr/local/nginx, or in place of the package's
host_install_nginx() { host_do install_nginx "$@"; }

# host_install_unit [VARIABLE=VALUE...]: the helper and its units, for the nginx at its seed path unless the
# variables of "make install-systemd" say something else.
# Made by "make hosts", nothing is built here.
host_install_unit() {
	local root=/proc/$HOST_LEADER/root
	make --no-print-directory -s -C "$TOP" -o all install-systemd "PROGRAM=$HOST_HANDOVER" "DESTDIR=$root" \
		PREFIX=/usr SETTINGS_DIR=/etc/default PID_FILE=$PID_FILE UNIT=service "$@"
	host_run systemctl daemon-reload
}

# In the container's network, but otherwise a process of this side, which can be waited for.
in_host_net() { nsenter --net="/proc/$HOST_LEADER/ns/net" "$@"; }

# The load of common.bash, on the nginx in the container.
host_load_start() {
	local ROOT=/proc/$HOST_LEADER/root
	local LOAD=(nsenter "--net=/proc/$HOST_LEADER/ns/net" "$TOP/build/hosts/tests/load")
	load_start "$@"
}

host_load_stop() { load_stop; }

# host_slow_client [NAME]: a client that has begun a download and reads no more of it, until
# host_slow_finish [NAME], which fails when it did not get its body whole.
host_slow_client() {
	local dir=$BATS_TEST_TMPDIR/client-${1:-slow} big=/proc/$HOST_LEADER/root$PREFIX/html/big
	[[ -e $big ]] || head -c 8M /dev/urandom >"$big"
	mkdir "$dir"
	mkfifo "$dir/begun" "$dir/go"
	in_host_net bash -c "$(declare -f slow_download); slow_download '$dir' $PORT" >"$dir/log" 2>&1 </dev/null 3>&- &
	echo $! >"$dir/pid"
	read -rt 20 _ <>"$dir/begun" || fail "the slow client did not get under way: $(cat "$dir/log")"
}

slow_download() {
	local fd line
	exec {fd}<>"/dev/tcp/127.0.0.1/$2" || return
	printf 'GET /big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&"$fd"
	read -ru "$fd" line
	echo begun >"$1/begun"
	read -r _ <"$1/go"
	while [[ $line != $'\r' ]]; do
		read -ru "$fd" line || return
	done
	cat <&"$fd" >"$1/body"
}

host_slow_finish() {
	local dir=$BATS_TEST_TMPDIR/client-${1:-slow} rc=0
	# shellcheck disable=SC2016 # expanded by the shell that timeout can end when nobody reads
	timeout 10 bash -c 'echo >"$0"' "$dir/go" || fail "the slow client is gone: $(cat "$dir/log")"
	wait "$(<"$dir/pid")" || rc=$?
	((rc == 0)) || fail "the slow client did not get to its end ($rc): $(cat "$dir/log")"
	cmp "$dir/body" "/proc/$HOST_LEADER/root$PREFIX/html/big"
}

# Called by teardown().
host_teardown() {
	local pid
	[[ -z ${LOAD_PID:-} ]] || kill -KILL "$LOAD_PID" 2>/dev/null || :
	for pid in "$BATS_TEST_TMPDIR"/client-*/pid; do
		[[ ! -e $pid ]] || kill -KILL "$(<"$pid")" 2>/dev/null || :
	done
	if [[ -n ${BATS_ERROR_STATUS:-} && $BATS_ERROR_STATUS != 0 ]]; then
		echo '--- units, processes, error logs, journal:'
		host_do show_state || :
		host_journal -n 60 || :
	fi
}
