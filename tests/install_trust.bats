#!/usr/bin/env bats
# Installing where another user could change files that root would install, keep, put back or execute. For the checks of
# a path see unit/test_path.c.
# shellcheck disable=SC2030,SC2031,SC2154

load lib/common
load lib/install

setup() { install_setup; }
teardown() { install_teardown; }

# Another user can change the folder, the target or the running file; then that is corrected as advised.
@test "what another user can change is neither installed over nor put back, and the reason names him" {
	local why
	requires_root
	at "$BATS_TEST_TMPDIR/d"
	chown 33 "$dir"
	why="cannot trust the folder $dir: the folder $dir belongs to uid 33 (www-data) and has mode 0755, so that uid 33 can change what is in it"
	refused "$why" install
	refused "$why" restore
	refused "$why" "$driver" save "$dir/nginx" /proc/self/fd/8 1.18.0
	chown root "$dir"
	chmod 775 "$dir"
	why="cannot trust the folder $dir: the folder $dir belongs to uid 0 (root), group 0 (root), and has mode 0775, so that the members of group 0 (root), or whom an access list names, can change what is in it"
	refused "$why" install
	chmod g-w "$dir"
	chmod 777 "$BATS_TEST_TMPDIR"
	why="cannot trust the folder $dir: the folder $BATS_TEST_TMPDIR belongs to uid 0 (root), group 0 (root), and has mode 0777, so that everybody can change what is in it"
	refused "$why" install
	refused "Operation not permitted" "$driver" sweep "$dir/nginx"
	chmod 755 "$BATS_TEST_TMPDIR"

	chown 33 "$dir/nginx"
	theirs() { echo "cannot trust the running binary $dir/$1: the file $dir/$1 belongs to uid 33 (www-data) and has mode 0755, so that uid 33 can change it"; }
	refused "$(theirs nginx)" install
	mv "$dir/nginx" "$dir/moved"
	cp "$builds/c" "$dir/nginx"
	refused "$(theirs moved)" restore
	refused "$(theirs moved)" "$driver" save "$dir/nginx" /proc/self/fd/8 1.18.0
	chown root "$dir/moved"
	for mode in 0775 0757 4755 2755; do
		chmod $mode "$dir/nginx"
		run install 8<&8
		assert_status 1
		[[ $output == "cannot replace $dir/nginx: the file $dir/nginx belongs to uid 0 (root), group 0 (root), and has mode $mode, so that "* ]]
		is nginx c
		holds moved nginx
	done
	chmod ug-s "$dir/nginx"
	install
	is nginx b
}

@test "a backup that another user owns or can write is ignored and named, and never put back or removed" {
	requires_root
	at "$BATS_TEST_TMPDIR/d"
	cp "$builds/b" "$dir/nginx.1.16.1"
	cp "$builds/c" "$dir/nginx.1.18.0"
	chown 33:33 "$dir/nginx.1.18.0"
	run "$driver" kept "$dir/nginx"
	assert_status 0
	assert_equal "$output" "passed over: the file $dir/nginx.1.18.0 belongs to uid 33 (www-data) and has mode 0755, so that uid 33 can change it
$dir/nginx.1.16.1"
	rm "$dir/nginx.1.16.1"
	run "$driver" kept "$dir/nginx"
	assert_status 1
	assert_equal "$output" "passed over: the file $dir/nginx.1.18.0 belongs to uid 33 (www-data) and has mode 0755, so that uid 33 can change it
No such file or directory"
	chown root:33 "$dir/nginx.1.18.0"
	chmod 775 "$dir/nginx.1.18.0"
	run "$driver" kept "$dir/nginx"
	assert_status 1
	[[ $output == *'so that the members of group 33 (www-data), or whom an access list names, can change it'* ]]
	assert_equal "$("$driver" prune "$dir/nginx" 0)" 0

	# the same bytes, but owned by others: the running file is saved under another name, and restored from there
	cp "$builds/a" "$dir/nginx.1.18.0"
	chown 33:33 "$dir/nginx.1.18.0"
	install
	holds nginx nginx.1.18.0 nginx.1.18.0-2
	is nginx.1.18.0-2 a
	restore
	[ "$dir/nginx" -ef "$dir/nginx.1.18.0-2" ]
	[ "$(stat -c %U "$dir/nginx")" = root ]
}
