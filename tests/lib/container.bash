# A container of packaging/examples/container, built without Docker: the steps of its Dockerfile are executed in a copy of
# the tree of tests/hosts, which replaces the base image. It runs as under Docker: pid 1 of its own pid
# namespace, a read-only root, /run and /tmp on a tmpfs, a volume at /srv/nginx, the user of the image with
# only CAP_NET_BIND_SERVICE, and pipes of that user as standard output and error.
# shellcheck shell=bash disable=SC2034

# shellcheck source=tests/lib/common.bash
. "${BASH_SOURCE[0]%/*}/common.bash"

IMAGE=/run/image # tree/: what the steps see; upper/: what they have written
VOLUME=/run/volume
PORT=80
SOCKET=/run/nginx.sock
PREFIX=/var/www
PID_FILE=/run/nginx.pid
CAPABILITIES=-all,+net_bind_service

# Called by setup_file. It sets no variables; the properties of the image are in files beside it.
container_build() {
	local tree line step rest
	requires_root
	[[ -n ${NH_OWN_NAMESPACES:-} ]] || fail 'run this through tests/run, or tests/lib/own-namespaces'
	tree=$("$TOP/tests/hosts/tree" bookworm) || return
	mkdir -p $IMAGE
	echo "$tree" >$IMAGE/from
	mount -t tmpfs tmpfs $IMAGE
	mkdir $IMAGE/{upper,work,tree}
	echo "$tree" >$IMAGE/from
	mount -t overlay -o "lowerdir=$tree,upperdir=$IMAGE/upper,workdir=$IMAGE/work" overlay $IMAGE/tree
	while IFS= read -r line; do
		read -r step rest <<<"$line"
		"step_$step" "$rest" || fail "the Dockerfile: $line"
	done < <(sed -e '/^#/d' -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$TOP/packaging/examples/container/Dockerfile")
	# the page that is served, and a file for the load
	head -c 8M /dev/urandom >$IMAGE/tree/var/www/html/big
	echo "it works" >$IMAGE/tree/var/www/html/index.html
	sed -i "s|listen 80;|& listen unix:$SOCKET; keepalive_requests 100000;|" $IMAGE/tree/etc/nginx/nginx.conf
	printf '%s\n' SETTLE=100ms DRAIN_TIMEOUT=10s >>$IMAGE/tree/etc/default/nginx
}

step_FROM() { [[ $1 == debian:bookworm-slim ]]; }
step_RUN() { chroot $IMAGE/tree sh -c "$1" >"$IMAGE/log" 2>&1 || { cat $IMAGE/log && return 1; }; }
step_USER() { echo "$1" >$IMAGE/user; }
step_ENTRYPOINT() { jq -r '.[]' <<<"$1" >$IMAGE/entrypoint; }
step_HEALTHCHECK() { jq -r '.[]' <<<"${1#CMD }" >$IMAGE/healthcheck; }
step_STOPSIGNAL() { echo "${1#SIG}" >$IMAGE/stopsignal; }

step_COPY() {
	local from to
	read -r from to <<<"$1"
	[[ $from != build/portable/nginx-handover ]] || from=$("$TOP/tests/lib/portable" --which)
	cp "$TOP/$from" "$IMAGE/tree$to"
}

# Sets as_user: the prefix that runs a command as the user of the image.
as_user() {
	local user
	user=$(<$IMAGE/user)
	as_user=(setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps "$CAPABILITIES"
		--ambient-caps "$CAPABILITIES" --bounding-set "$CAPABILITIES" --no-new-privs)
}

# Sets CONTAINER, the process whose only child is pid 1 of the container, and ROOT.
container_run() {
	local out=$BATS_TEST_TMPDIR/out
	: >"$BATS_TEST_TMPDIR/log"
	mkfifo "$out"
	chown "$(<$IMAGE/user)" "$out"
	cat <"$out" >"$BATS_TEST_TMPDIR/log" 3>&- &
	unshare --mount --pid --fork --kill-child --propagation private \
		bash -c ". '$TOP/tests/lib/container.bash'; container_enter" >"$out" 2>&1 </dev/null 3>&- &
	CONTAINER=$!
	wait_until 20 container_is_ready
	ROOT=/proc/$(container_pid)/root
}

# Runs in the namespaces of the container: becomes pid 1.
container_enter() {
	local root=/run/root
	mkdir -p $root
	mount -t overlay -o "ro,lowerdir=$IMAGE/upper:$(<$IMAGE/from)" overlay $root
	mount -t proc proc $root/proc
	mount -t tmpfs -o mode=755 tmpfs $root/dev
	mknod -m 666 $root/dev/null c 1 3
	mknod -m 666 $root/dev/urandom c 1 9
	ln -s /proc/self/fd/1 $root/dev/stdout
	ln -s /proc/self/fd/2 $root/dev/stderr
	ln -s /proc/self/fd $root/dev/fd
	mount -t tmpfs -o "mode=755,uid=33,gid=33" tmpfs $root/run
	mount -t tmpfs -o mode=1777 tmpfs $root/tmp
	mount --bind $VOLUME $root/srv/nginx
	mapfile -t entrypoint <$IMAGE/entrypoint
	as_user
	cd $root || exit
	pivot_root . mnt
	# shellcheck disable=SC2016 # expanded by the shell inside
	exec chroot . sh -c 'umount -l /mnt; exec "$@"' sh "${as_user[@]}" "${entrypoint[@]}"
}

container_pid() { tr -d ' ' <"/proc/$CONTAINER/task/$CONTAINER/children"; }
container_is_ready() { [[ $(http) == 'HTTP/1.1 200 '* ]]; } 2>/dev/null

# container_exec COMMAND...: like "docker exec"
container_exec() {
	as_user
	nsenter --target "$(container_pid)" --mount --pid --root --wd "${as_user[@]}" "$@"
}

container_handover() { run_shown container_exec nginx-handover "$@"; }
container_signal() { kill -s "$1" "$(container_pid)"; }

container_master() { cat "$ROOT$PID_FILE"; }

# container_put VERSION FILE: copies that nginx to the volume
container_put() {
	cp "$(built "$1" debian)" "$VOLUME/$2.copy"
	chown "$(<$IMAGE/user):" "$VOLUME/$2.copy"
	mv "$VOLUME/$2.copy" "$VOLUME/$2"
}
