#!/usr/bin/env bats
# Installing a binary under difficult conditions: full and read-only disks, attributes, other file
# systems, running builds, many runs at once. The simple cases are in unit/test_install.c and
# unit/test_backup.c; failures of each system call in install_killed.bats and install_refused.bats.
# shellcheck disable=SC2030,SC2031,SC2154

load lib/common
load lib/install

setup() { install_setup; }
teardown() { install_teardown; }

# mounted TYPE OPTIONS: a file system of its own, empty
mounted() {
	dir=$BATS_TEST_TMPDIR/$1-$RANDOM
	mkdir "$dir"
	mount -t "$1" -o "mode=755,$2" "$1" "$dir"
}

# ---- disks ------------------------------------------------------------------------------------------

@test "a full disk changes nothing, however little is missing" {
	local free need
	requires_root
	mounted tmpfs size=1m
	at "$dir"
	need=$((($(stat -c %s "$builds/b") + 4095) / 4096))
	free=$(df --output=avail -B4096 "$dir" | tail -n 1)
	head -c $((free * 4096)) /dev/zero >"$dir/filler"
	for ((free = 0; free < need; free += 5)); do
		truncate -s -$((free ? 5 * 4096 : 0)) "$dir/filler"
		refused "cannot write a copy in $dir: No space left on device" install
	done
	truncate -s -$((5 * 4096)) "$dir/filler"
	install
	is nginx b
	is nginx.1.18.0 a
}

@test "a disk without a free inode changes nothing" {
	local inodes refusals=0
	requires_root
	# Inodes for the folder, the target and those that the file system reserves; then for a copy; then for a backup.
	for inodes in 2 3 4 5 6; do
		mounted tmpfs "nr_inodes=$inodes"
		cp "$builds/a" "$dir/nginx" || continue
		at "$dir"
		run install 8<&8
		if [ "$status" = 0 ]; then
			holds nginx nginx.1.18.0
			break
		fi
		refused "cannot create a file in $dir: No space left on device" install
		holds nginx
		is nginx a
		refusals=$((refusals + 1))
	done
	echo "refused with $refusals numbers of inodes"
	[ "$refusals" = 2 ]
	is nginx b
}

@test "a restore on a full disk needs no space where the backup is" {
	requires_root
	mounted tmpfs size=1m
	at "$dir"
	install
	cat /dev/zero >"$dir/filler" 2>/dev/null || true
	restore
	is nginx a
	[ "$dir/nginx" -ef "$dir/nginx.1.18.0" ]
}

@test "a restore on a full disk without a backup changes nothing" {
	requires_root
	mounted tmpfs size=1m
	at "$dir"
	install
	rm "$dir/nginx.1.18.0"
	cat /dev/zero >"$dir/filler" 2>/dev/null || true
	refused "cannot write a copy in $dir: No space left on device" restore
	is nginx b
}

@test "a read-only disk is an error that says so" {
	requires_root
	at "$BATS_TEST_TMPDIR/d"
	printf x >"$dir/.nginx-handover.abc123"
	mount --bind "$dir" "$dir"
	mount -o remount,bind,ro "$dir"
	refused "cannot create a file in $dir: Read-only file system" install
	refused 'Read-only file system' "$driver" sweep "$dir/nginx"
	run restore 8<&8
	[ "$status" = 0 ] # it is there already
}

@test "a disk mounted noexec is an error that says so" {
	requires_root
	mounted tmpfs noexec
	at "$dir"
	refused "cannot have programs run (mounted noexec) in $dir: Permission denied" install
}

@test "a folder without write permission is an error that says so" {
	requires_root
	at "$BATS_TEST_TMPDIR/d"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.."
	as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$driver" "$@"; }
	refused "cannot create a file in $dir: Permission denied" \
		as_nobody install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0
	chown 65534 "$dir"
	refused "cannot give a copy the owner of $dir/nginx: Operation not permitted" \
		as_nobody install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0
	chown 65534:65534 "$dir/nginx"
	as_nobody install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0
	is nginx b
}

# ---- owner, mode, attributes ------------------------------------------------------------------------

@test "owner, mode and capabilities are the target's" {
	requires_root
	at "$BATS_TEST_TMPDIR/d"
	chown 0:44 "$dir/nginx"
	chmod 750 "$dir/nginx"
	setcap cap_net_bind_service=ep "$dir/nginx"
	install
	is nginx b
	[ "$(stat -c '%u:%g %a' "$dir/nginx")" = '0:44 750' ]
	[[ $(getcap "$dir/nginx") == *'cap_net_bind_service=ep' ]]
	rm "$dir/nginx.1.18.0"
	restore
	is nginx a
	[ "$(stat -c '%u:%g %a' "$dir/nginx")" = '0:44 750' ]
	[[ $(getcap "$dir/nginx") == *'cap_net_bind_service=ep' ]]
}

@test "capabilities that cannot be given to the copy are an error" {
	requires_root
	at "$BATS_TEST_TMPDIR/d"
	setcap cap_net_bind_service=ep "$dir/nginx"
	refused "cannot give a copy the capabilities of $dir/nginx: Operation not permitted" \
		setpriv --bounding-set -setfcap --inh-caps -setfcap "$driver" install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0
}

@test "attributes that sign the old content are not copied, others are" {
	requires_root
	at "$BATS_TEST_TMPDIR/d"
	"$driver" setxattr "$dir/nginx" security.ima signed && "$driver" setxattr "$dir/nginx" security.evm signed ||
		skip 'cannot exist here: the kernel keeps signatures to itself'
	"$driver" setxattr "$dir/nginx" security.other kept
	"$driver" setxattr "$dir/nginx" user.note kept
	install
	is nginx b
	assert_equal "$("$driver" getxattr "$dir/nginx" security.other)" kept
	assert_equal "$("$driver" getxattr "$dir/nginx" user.note)" kept
	assert_equal "$("$driver" getxattr "$dir/nginx" security.ima)" 'No data available'
	assert_equal "$("$driver" getxattr "$dir/nginx" security.evm)" 'No data available'
}

# An install in which no attribute can be set, as the error given.
without_attributes() {
	strace -qq -o "$BATS_TEST_TMPDIR/trace" -e "inject=fsetxattr:error=$1" \
		"$driver" install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0 8<&8
}

# The same with SELinux apparently enabled: a file of the kernel tells that.
without_attributes_selinux() {
	# shellcheck disable=SC2016
	unshare -m bash -c '
		mount -t tmpfs tmpfs /sys/fs && mkdir /sys/fs/selinux && : >/sys/fs/selinux/enforce &&
			exec strace -qq -o "$1" -e "inject=fsetxattr:error=$2" "${@:3}"' - "$BATS_TEST_TMPDIR/trace" "$1" \
		"$driver" install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0 8<&8
}

@test "a SELinux label is copied; without it there is no install where SELinux is on" {
	local label=system_u:object_r:httpd_exec_t:s0
	requires_root
	[ ! -e /sys/fs/selinux/enforce ] || skip 'cannot exist here: SELinux is on and knows its labels'
	at "$BATS_TEST_TMPDIR/d"
	"$driver" setxattr "$dir/nginx" security.selinux $label
	refused "cannot give a copy the SELinux label of $dir/nginx: Operation not permitted" without_attributes_selinux EPERM
	refused "cannot give a copy the SELinux label of $dir/nginx: Operation not supported" without_attributes_selinux EOPNOTSUPP
	refused "cannot give a copy the SELinux label of $dir/nginx: No space left on device" without_attributes ENOSPC
	without_attributes EPERM
	is nginx b
	restore
	install
	is nginx b
	assert_equal "$("$driver" getxattr "$dir/nginx" security.selinux)" $label
}

@test "user attributes that the file system does not support are dropped, but not because of a full disk" {
	at "$BATS_TEST_TMPDIR/d"
	"$driver" setxattr "$dir/nginx" user.note kept
	refused "cannot give a copy the extended attributes of $dir/nginx: No space left on device" without_attributes ENOSPC
	without_attributes EOPNOTSUPP
	is nginx b
}

@test "an access list of the folder is not given to the copy" {
	requires_root
	at "$BATS_TEST_TMPDIR/d"
	"$driver" setacl "$dir" || skip 'cannot exist here: the file system has no access lists'
	install
	run "$driver" getxattr "$dir/nginx" system.posix_acl_access
	assert_equal "$output" 'No data available'
	is nginx b
}

# ---- file systems -----------------------------------------------------------------------------------

@test "a file system without extended attributes" {
	requires_root
	mounted ramfs rw
	at "$dir"
	install
	is nginx b
	is nginx.1.18.0 a
	restore
	is nginx a
}

@test "an overlay, where a link may be a file of its own" {
	local layers=$BATS_TEST_TMPDIR/layers
	requires_root
	mkdir "$layers" "$layers/lower" "$layers/upper"
	mount -t tmpfs tmpfs "$layers/lower"
	mount -t tmpfs tmpfs "$layers/upper"
	mkdir "$layers/upper/up" "$layers/upper/work"
	cp "$builds/a" "$layers/lower/nginx"
	dir=$BATS_TEST_TMPDIR/d
	mkdir "$dir"
	mount -t overlay -o "lowerdir=$layers/lower,upperdir=$layers/upper/up,workdir=$layers/upper/work" overlay "$dir"
	exec 8<"$dir/nginx"
	install
	is nginx b
	is nginx.1.18.0 a
	restore
	is nginx a
	restore
	install
	is nginx b
	is nginx.1.18.0 a
	holds nginx nginx.1.18.0
}

# ---- builds that run, and runs at the same time -----------------------------------------------------

@test "the running build is replaced, and the same file is put back" {
	local pid
	at "$BATS_TEST_TMPDIR/d"
	cp /bin/cat "$dir/x"
	mv "$dir/x" "$dir/nginx"
	mkfifo "$BATS_TEST_TMPDIR/input"
	"$dir/nginx" <>"$BATS_TEST_TMPDIR/input" >"$BATS_TEST_TMPDIR/output" 3>&- 8<&- &
	pid=$!
	wait_until 10 test "/proc/$pid/exe" -ef "$dir/nginx"
	exec 8<"/proc/$pid/exe"
	install
	is nginx b
	"$dir/nginx"
	kill -0 $pid
	restore
	[ "/proc/$pid/exe" -ef "$dir/nginx" ]
	rm "$dir/nginx" "$dir/nginx.1.18.0"
	cp "$builds/c" "$dir/nginx"
	"$driver" save "$dir/nginx" "/proc/$pid/exe" 1.18.0
	kill $pid
	cmp /bin/cat "$dir/nginx.1.18.0"
	is nginx c
}

# Prints each step of the trace with the kind of its file.
steps() {
	strace -qq -y -o "$BATS_TEST_TMPDIR/trace" -e trace=write,fsync,linkat,renameat "$driver" "$@" 8<&8 >/dev/null
	sed -nE -e "s|^(write\|fsync)\([0-9]+<.*/\.nginx-handover\..*|\1 copy|p" -e "s|^fsync\([0-9]+<$dir>.*|fsync folder|p" \
		-e 's/^(linkat|renameat)\(.*/\1/p' "$BATS_TEST_TMPDIR/trace" | uniq | paste -sd,
}

@test "a file is synced before its rename, and the folder after it" {
	at "$(realpath "$BATS_TEST_TMPDIR")/d"
	assert_equal "$(steps install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0)" \
		'write copy,fsync copy,linkat,fsync folder,renameat,fsync folder'
	assert_equal "$(steps restore "$dir/nginx" /proc/self/fd/8)" 'linkat,renameat,fsync folder'
	install
	rm "$dir/nginx.1.18.0"
	assert_equal "$(steps save "$dir/nginx" /proc/self/fd/8 1.18.0)" 'write copy,fsync copy,linkat,fsync folder'
	rm "$dir/nginx.1.18.0"
	assert_equal "$(steps restore "$dir/nginx" /proc/self/fd/8)" 'write copy,fsync copy,renameat,fsync folder'
}

# Until the file `stop` exists, checks that the target can be executed.
always_whole() {
	local count=0
	while [ ! -e "$BATS_TEST_TMPDIR/stop" ]; do
		"$dir/nginx" || return
		count=$((count + 1))
	done
	echo $count >"$BATS_TEST_TMPDIR/looks"
}

sweeps() {
	while [ ! -e "$BATS_TEST_TMPDIR/stop" ]; do
		"$driver" sweep "$dir/nginx" || return
	done
}

changes() {
	local i
	for ((i = 0; i < 25; i++)); do
		"$driver" install "$builds/$1" "$dir/nginx" /proc/self/fd/8 1.18.0 || return
		"$driver" restore "$dir/nginx" /proc/self/fd/8 || return
	done
}

@test "many runs at once, and one that sweeps: the path always has a complete file" {
	local pids=() pid others=()
	at "$BATS_TEST_TMPDIR/d"
	always_whole >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
	others+=($!)
	sweeps >/dev/null 3>&- &
	others+=($!)
	for letter in b c b c; do
		changes $letter >"$BATS_TEST_TMPDIR/changes.$letter" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || fail "a run failed: $(tail -n 2 "$BATS_TEST_TMPDIR"/changes.*)"
	done
	touch "$BATS_TEST_TMPDIR/stop"
	for pid in "${others[@]}"; do
		wait "$pid" || fail "not whole: $(cat "$BATS_TEST_TMPDIR/log")"
	done
	echo "# executed $(<"$BATS_TEST_TMPDIR/looks") times during 100 installs and 100 restores" >&3
	[ "$(<"$BATS_TEST_TMPDIR/looks")" -gt 10 ]
	restore
	holds nginx nginx.1.18.0
	is nginx a
	[ "$dir/nginx" -ef "$dir/nginx.1.18.0" ]
}
