# A container with systemd, or another init system of tests/hosts/inits.bash, as pid 1, in which bats tests use the real
# systemctl, service, ... on a real nginx. Functions for only one of them are in host-NAME.bash, and in-NAME.bash.
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
# environment selects some of them. One boot serves all tests of the file; remaining processes end
# with the pid namespace of the file.
#
# In the container /opt/nh is the project, /opt/nginx the nginx builds and /opt/pristine the tree itself,
# all read-only.
# shellcheck shell=bash

# shellcheck source=tests/lib/common.bash
. "${BASH_SOURCE[0]%/*}/common.bash"
# shellcheck source=tests/hosts/inits.bash
. "${BASH_SOURCE[0]%/*}/../hosts/inits.bash"
for file in "${BASH_SOURCE[0]%/*}"/host-*.bash; do
	# shellcheck source=/dev/null
	. "$file"
done

HOST_BUILDS=${NH_CACHE:-/var/cache/nginx-handover-tests}/nginx
HOST_HANDOVER=${HOST_HANDOVER:-$TOP/$("$TOP/tests/lib/portable" --which)}
HOST_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOST_BOOT_SECONDS=60
HOST_OPTIONS=()

# --- the container -----------------------------------------------------------------------------------

# host_boot [SUITE v1|v2|sysv|...]: boots the container, and returns when its init has finished; the default is
# NH_HOST. The array HOST_OPTIONS has more options for nspawn.
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
	*)
		HOST_INIT=$2 HOST_INIT_NAME=${INIT_PROGRAM[$2]%% *} HOST_CGROUP=/sys/fs/cgroup
		HOST_INIT_NAME=${HOST_INIT_NAME##*/}
		;;
	esac
	tree=$1
	[[ $2 == v[12] ]] || tree+=-$2
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
	alive "$HOST_PID" || return 0 # the caller notices that
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
# The command moves into the cgroup from inside the container, and enters the cgroup namespace after that: the nsenter
# that waits outside would be a process without a pid in the container.
host_run() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	(exec -c nsenter --target "$HOST_LEADER" --mount --uts --ipc --net --pid --root --wd /bin/sh -c \
		'PATH=$1 && shift && export PATH TERM=dumb HOME=/root LANG=C.UTF-8 &&
			echo 0 >"$0/cgroup.procs" && exec nsenter --cgroup=/proc/1/ns/cgroup "$@"' \
		"$HOST_CGROUP" "$HOST_PATH" "$@" 3>&-)
}

# host_make TARGET [VARIABLE=VALUE...]: that "make install", without what no service needs (manuals, completions), which
# would take longer than most tests. tests/install_make.bats has all of it.
host_make() {
	local root=/proc/$HOST_LEADER/root word
	for word; do
		[[ $word != DESTDIR=* ]] || root=${word#*=}
	done
	mkdir -p "$root/usr/sbin"
	install -m 755 "$HOST_HANDOVER" "$root/usr/sbin/nginx-handover"
	make --no-print-directory -s -C "$TOP" -o all -o install "$1" "PROGRAM=$HOST_HANDOVER" "DESTDIR=$root" PREFIX=/usr "${@:2}"
}

# host_do FUNCTION [ARGUMENT...]: runs a function of common.bash or in-host in the container.
host_do() { host_run bash /opt/nh/tests/lib/in-host "$HOST_INIT" "$@"; }

# Runs in the background; "wait_for NAME" returns its exit code, the output is in $BATS_TEST_TMPDIR/NAME.
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

# Called by setup(): the state after the boot, and an nginx folder with only a configuration.
host_fresh() {
	[[ -z $HOST_SKIP ]] || skip "$HOST_SKIP"
	host_do fresh_host
	"${HOST_INIT}_log_mark"
}

# host_install_nginx VERSION [debian]: at /usr/local/nginx, or in place of the package's
host_install_nginx() { host_do install_nginx "$@"; }

# host_settings LINE...: writes the lines to the settings file
host_settings() { printf '%s\n' "$@" | host_write /etc/default/nginx; }

# host_write FILE: writes standard input to the file, and creates its folder
host_write() { host_run sh -c "mkdir -p '${1%/*}' && cat >'$1'"; }

# replaced_by VERSION: replaces the binary at the seed path, as a package manager would
replaced_by() { host_install_nginx "$1"; }

# A new binary at another path; sets NEW.
host_new_binary() {
	NEW=/usr/local/src/nginx-$1/objs/nginx
	host_run sh -c "mkdir -p '${NEW%/*}' && cp /opt/nginx/$1-seed/nginx '$NEW'"
}

# broken_by KIND: replaces the binary at the seed path with a broken one of that kind
broken_by() {
	"$TOP/tests/lib/make-broken" "$1" "$BATS_TEST_TMPDIR/broken" seed
	cp "$BATS_TEST_TMPDIR/broken" "/proc/$HOST_LEADER/root$TARGET.copy"
	[[ $1 == not-executable ]] || chmod 755 "/proc/$HOST_LEADER/root$TARGET.copy"
	host_run mv "$TARGET.copy" "$TARGET"
}

host_master() { host_run cat "${1:-$PID_FILE}"; }

# A process of the container, by its pid in the container.
host_gone() { ! host_run test -e "/proc/$1"; }

# Runs in the container's network, but is otherwise a process outside, which can be waited for.
in_host_net() { nsenter --net="/proc/$HOST_LEADER/ns/net" "$@"; }

# The load of common.bash, on the nginx in the container.
host_load_start() {
	local ROOT=/proc/$HOST_LEADER/root
	local LOAD=(nsenter "--net=/proc/$HOST_LEADER/ns/net" "$TOP/build/hosts/tests/load")
	load_start "$@"
}

host_load_stop() { load_stop; }

# host_slow_client [NAME]: a client that has begun a download, and does not read the rest until
# host_slow_finish [NAME], which fails if the body was not complete.
host_slow_client() {
	local dir=$BATS_TEST_TMPDIR/client-${1:-slow} big=/proc/$HOST_LEADER/root$PREFIX/html/big
	[[ -e $big ]] || head -c 8M /dev/urandom >"$big"
	mkdir "$dir"
	cksum <"$big" >"$dir/sum" # now, since the machine may be off later
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
