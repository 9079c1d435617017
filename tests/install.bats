#!/usr/bin/env bats
# Installing a binary where the system gets in the way: full and read-only disks, attributes, other file
# systems, builds that run, many runs at once. The plain cases are in unit/test_install.c and
# unit/test_backup.c; every system call failing in install_killed.bats.

load lib/install

setup() { install_setup; }
teardown() { install_teardown; }

# mounted TYPE OPTIONS: a file system of its own, empty
mounted() {
	dir=$BATS_TEST_TMPDIR/$1-$RANDOM
	mkdir "$dir"
	mount -t "$1" -o "$2" "$1" "$dir"
}

# ---- disks ------------------------------------------------------------------------------------------

@test "a full disk changes nothing, however little is missing" {
	local free need
	needs_root
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
	needs_root
	# The folder, the target and what the file system keeps to itself; then a copy; then a backup.
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
	needs_root
	mounted tmpfs size=1m
	at "$dir"
	install
	cat /dev/zero >"$dir/filler" 2>/dev/null || true
	restore
	is nginx a
	[ "$dir/nginx" -ef "$dir/nginx.1.18.0" ]
}

@test "a restore on a full disk without a backup changes nothing" {
	needs_root
	mounted tmpfs size=1m
	at "$dir"
	install
	rm "$dir/nginx.1.18.0"
	cat /dev/zero >"$dir/filler" 2>/dev/null || true
	refused "cannot write a copy in $dir: No space left on device" restore
	is nginx b
}

@test "a read-only disk is an error that says so" {
	needs_root
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
	needs_root
	mounted tmpfs noexec
	at "$dir"
	refused "cannot have programs run (mounted noexec) in $dir: Permission denied" install
}

@test "a folder that is not ours to write is an error that says so" {
	needs_root
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
	needs_root
	at "$BATS_TEST_TMPDIR/d"
	chown 33:44 "$dir/nginx"
	chmod 6750 "$dir/nginx"
	setcap cap_net_bind_service=ep "$dir/nginx"
	install
	is nginx b
	[ "$(stat -c '%u:%g %a' "$dir/nginx")" = '33:44 6750' ]
	[[ $(getcap "$dir/nginx") == *'cap_net_bind_service=ep' ]]
	rm "$dir/nginx.1.18.0"
	restore
	is nginx a
	[ "$(stat -c '%u:%g %a' "$dir/nginx")" = '33:44 6750' ]
	[[ $(getcap "$dir/nginx") == *'cap_net_bind_service=ep' ]]
}

@test "capabilities that cannot be given to the copy are an error" {
	needs_root
	at "$BATS_TEST_TMPDIR/d"
	setcap cap_net_bind_service=ep "$dir/nginx"
	refused "cannot give a copy the capabilities of $dir/nginx: Operation not permitted" \
		capsh --drop=cap_setfcap -- -c '"$0" "$@"' \
		"$driver" install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0
}

@test "what signs the old content is not given to the new one" {
	needs_root
	at "$BATS_TEST_TMPDIR/d"
	"$driver" setxattr "$dir/nginx" user.note kept
	"$driver" setxattr "$dir/nginx" security.other kept
	strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=fsetxattr \
		-e inject=flistxattr:retval=0 "$driver" install "$builds/b" "$dir/nginx" /proc/self/fd/8 1 8<&8
	! grep fsetxattr "$BATS_TEST_TMPDIR/trace"
	restore
	install
	[ "$("$driver" getxattr "$dir/nginx" user.note)" = kept ]
	[ "$("$driver" getxattr "$dir/nginx" security.other)" = kept ]
}

# with_label ERROR: an install in which the SELinux label cannot be set
with_label() {
	strace -qq -o "$BATS_TEST_TMPDIR/trace" -P "$dir/nginx" -e "inject=fsetxattr:error=$1" \
		"$driver" install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0 8<&8
}
