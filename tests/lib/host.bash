# A container with systemd or sysvinit as pid 1, in which bats tests use the real systemctl, or service, on a
# real nginx. What only one of them has is in host-systemd.bash and host-sysv.bash.
#
#     # hosts: bullseye-v1 bookworm-v1 bookworm-v2 trixie-v2         (or: bookworm-sysv trixie-sysv, or, with
#     #                                                              rpm: bookworm-rpm-v2 bookworm-rpm-sysv)
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
# shellcheck source=tests/lib/host-systemd.bash
. "${BASH_SOURCE[0]%/*}/host-systemd.bash"
# shellcheck source=tests/lib/host-sysv.bash
. "${BASH_SOURCE[0]%/*}/host-sysv.bash"

HOST_BUILDS=${NH_CACHE:-/var/cache/nginx-handover-tests}/nginx
HOST_HANDOVER=${HOST_HANDOVER:-$TOP/$("$TOP/tests/lib/portable" --which)}
HOST_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOST_BOOT_SECONDS=60
HOST_OPTIONS=()

# --- the container -----------------------------------------------------------------------------------

# host_boot [SUITE v1|v2|sysv]: boots it and returns when its init has done so; without arguments what
# NH_HOST says. HOST_OPTIONS: what nspawn is told beside that, an array.
host_boot() {
	local host=${NH_HOST:-bookworm-v2} tree
	(($#)) || set -- "${host%-*}" "${host##*-}"
	export HOST_SKIP=''
	((EUID == 0)) || HOST_SKIP='needs root'
	[[ $2 != v1 || -d /sys/fs/cgroup/systemd ]] || HOST_SKIP='cannot exist here: this machine has no cgroup v1'
	[[ -z $HOST_SKIP ]] || return 0
	[[ -n ${NH_OWN_NAMESPACES:-} ]] || fail 'run this through tests/run, or tests/lib/own-namespaces'
	export HOST_SUITE=$1 HOST_KIND=$2 HOST_DIR=$BATS_FILE_TMPDIR HOST_LEADER='' HOST_PID
	export HOST_INIT=systemd HOST_INIT_NAME=systemd HOST_CGROUP
	case $2 in
	v1) HOST_CGROUP=/sys/fs/cgroup/systemd/init.scope ;;
	v2) HOST_CGROUP=/sys/fs/cgroup/init.scope ;;
	sysv) HOST_INIT=sysv HOST_INIT_NAME=init HOST_CGROUP=/sys/fs/cgroup ;;
	esac
	tree=$1
	[[ $2 != sysv ]] || tree+=-sysv
	tree=$("$TOP/tests/hosts/tree" "$tree")
	"$TOP/tests/hosts/boot" "$1" "$2" --bind-ro="$TOP:/opt/nh" --bind-ro="$HOST_BUILDS:/opt/nginx" \
		--bind-ro="$tree:/opt/pristine" "${HOST_OPTIONS[@]}" >"$HOST_DIR/console" 2>&1 </dev/null 3>&- &
	HOST_PID=$!
	host_wait_for_boot
}

host_wait_for_boot() {
	wait_until "$HOST_BOOT_SECONDS" find_leader && [[ -n $HOST_LEADER ]] || boot_failed || return
	wait_until "$HOST_BOOT_SECONDS" "${HOST_INIT}_is_up" || boot_failed
}

boot_failed() {
	cat "$HOST_DIR/console"
	[[ -z $HOST_LEADER ]] || "${HOST_INIT}_log" || :
	fail "no $HOST_SUITE with $HOST_KIND"
}

# Ends the container and waits until it is gone.
host_end() {
	[[ -n ${HOST_PID-} ]] || return 0
	kill -TERM "$HOST_PID"
	wait_until 20 gone "$HOST_PID"
} 2>/dev/null

# Sets HOST_LEADER to the container's pid 1, once it is its init.
find_leader() {
	local -a todo=("$HOST_PID")
	alive "$HOST_PID" || return 0 # what comes next finds that out
	while ((${#todo[@]})); do
		if [[ $(awk '/^NSpid/ { print $NF }' "/proc/${todo[0]}/status") == 1 ]] &&
			[[ $(cat "/proc/${todo[0]}/comm") == "$HOST_INIT_NAME" ]]; then
			HOST_LEADER=${todo[0]}
			return
		fi
		# shellcheck disable=SC2207 # pids
		todo=("${todo[@]:1}" $(cat "/proc/${todo[0]}/task/${todo[0]}/children"))
	done
	return 1
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

# host_do FUNCTION [ARGUMENT...]: a function of common.bash or in-host, inside.
host_do() { host_run bash /opt/nh/tests/lib/in-host "$@"; }

# In the background; its exit code is what "wait_for NAME" then returns, its output in $BATS_TEST_TMPDIR/NAME.
background() {
	local name=$1
	shift
	"$@" >"$BATS_TEST_TMPDIR/$name" 2>&1 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/$name.pid"
}

wait_for() {
	status=0
	wait "$(<"$BATS_TEST_TMPDIR/$1.pid")" || status=$?
	output=$(<"$BATS_TEST_TMPDIR/$1")
	echo "$1 -> $status"
	echo "$output"
}

# --- nginx in it -------------------------------------------------------------------------------------

# Called by setup(): everything as after the boot, and an empty nginx folder with a configuration.
host_fresh() {
	[[ -z $HOST_SKIP ]] || skip "$HOST_SKIP"
	host_do fresh_host
	"${HOST_INIT}_log_mark"
}

# host_install_nginx VERSION [debian]: at /usr/local/nginx, or in place of the package's
host_install_nginx() { host_do install_nginx "$@"; }

# host_settings LINE...: what stands in the settings file from now on
host_settings() { printf '%s\n' "$@" | host_write /etc/default/nginx; }

# host_write FILE: what comes in; its folder is made
host_write() { host_run sh -c "mkdir -p '${1%/*}' && cat >'$1'"; }

# replaced_by VERSION: the binary at the seed path is another one, as a package manager would have it
replaced_by() { host_install_nginx "$1"; }

# A new binary, elsewhere; sets NEW.
host_new_binary() {
	NEW=/usr/local/src/nginx-$1/objs/nginx
	host_run sh -c "mkdir -p '${NEW%/*}' && cp /opt/nginx/$1-seed/nginx '$NEW'"
}

# broken_by KIND: the binary at the seed path is broken like that
broken_by() {
	"$TOP/tests/lib/make-broken" "$1" "$BATS_TEST_TMPDIR/broken" seed
	cp "$BATS_TEST_TMPDIR/broken" "/proc/$HOST_LEADER/root$TARGET.copy"
	[[ $1 == not-executable ]] || chmod 755 "/proc/$HOST_LEADER/root$TARGET.copy"
	host_run mv "$TARGET.copy" "$TARGET"
}

host_master() { host_run cat "${1:-$PID_FILE}"; }

# A process of the container, by the container's number.
host_gone() { ! host_run test -e "/proc/$1"; }

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
	cksum <"$big" >"$dir/sum" # the machine may be off before the client is looked at
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
	cksum <"$dir/body" | cmp - "$dir/sum"
}

# Called by teardown().
host_teardown() {
	local pid
	[[ -z ${LOAD_PID:-} ]] || kill -KILL "$LOAD_PID" 2>/dev/null || :
	for pid in "$BATS_TEST_TMPDIR"/client-*/pid; do
		[[ ! -e $pid ]] || kill -KILL "$(<"$pid")" 2>/dev/null || :
	done
	if [[ -n ${BATS_ERROR_STATUS:-} && $BATS_ERROR_STATUS != 0 ]]; then
		echo '--- processes, error logs, log of the machine:'
		host_do show_state || :
		"${HOST_INIT}_log" || :
	fi
}
