#!/usr/bin/env bats
# A folder for each version, and a link that selects one: rollback moves the link back, and nothing is ever
# written into the folder of another version.

# shellcheck disable=SC2086 # paths without blanks
load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 1
	rmdir $PREFIX/sbin
	VERSIONS=$PREFIX/versions
	local version
	for version in 1.18.0 1.22.1 1.26.3; do
		mkdir -p $VERSIONS/nginx-$version/sbin
		cp "$(built $version)" $VERSIONS/nginx-$version/sbin/nginx
	done
}

teardown() {
	common_teardown
	umount -l $VERSIONS 2>/dev/null || :
}

# Not all of these paths are usual ones.
handover() { run_shown "$HANDOVER" "$@" --pid-file $PID_FILE; }

assert_untouched() {
	local version
	for version in 1.18.0 1.22.1 1.26.3; do
		cmp "$(built $version)" $VERSIONS/nginx-$version/sbin/nginx
		assert_equal "$(ls -A $VERSIONS/nginx-$version/sbin)" nginx "what is beside nginx $version"
	done
}

# Each way to select a version: TARGET is the path from which nginx is started, LINK the link, TEXT its
# target for a version.
layout() {
	rm -rf $PREFIX/sbin $PREFIX/current $PREFIX/stable
	TARGET=$PREFIX/sbin/nginx
	LINK=$TARGET
	case $1 in
	file) mkdir $PREFIX/sbin && TEXT=$VERSIONS/nginx-%/sbin/nginx ;;
	'relative file') mkdir $PREFIX/sbin && TEXT=../versions/nginx-%/sbin/nginx ;;
	folder) LINK=$PREFIX/current TEXT=$VERSIONS/nginx-% TARGET=$PREFIX/current/sbin/nginx ;;
	'relative folder') LINK=$VERSIONS/current TEXT=nginx-% TARGET=$VERSIONS/current/sbin/nginx ;;
	'two steps')
		mkdir $PREFIX/sbin && ln -s ../versions/current/sbin/nginx $TARGET
		LINK=$VERSIONS/current TEXT=nginx-%
		;;
	'folder of the binary') LINK=$PREFIX/sbin TEXT=versions/nginx-%/sbin ;;
	esac
}
LAYOUTS=(file 'relative file' folder 'relative folder' 'two steps' 'folder of the binary')

choose() {
	ln -sfn "${TEXT/\%/$1}" "$LINK"
}

assert_chosen() {
	assert_equal "$(readlink "$LINK")" "${TEXT/\%/$1}" "what $LINK says"
	answers "$1"
}

each_layout() {
	local which
	for which in "${LAYOUTS[@]}"; do
		echo "=== $which"
		kill_all_nginx
		rm -rf /var/lib/nginx-handover $VERSIONS/current $SOCKET
		layout "$which"
		choose 1.18.0
		start_nginx
		old=$(master)
		"$@"
		assert_untouched
	done
}

@test "the link is moved and handed over to; rollback moves it back, then further back, then forward" {
	each_layout moved_back
}

moved_back() {
	local version
	for version in 1.22.1 1.26.3; do
		choose $version
		handover upgrade --settle 10ms
		assert_status 0
	done
	handover backups
	assert_status 0
	handover rollback --dry-run
	assert_status 0
	assert_output "the link $LINK would say ${TEXT/\%/1.22.1} in place of ${TEXT/\%/1.26.3}"
	assert_chosen 1.26.3
	handover rollback --settle 10ms
	assert_status 0
	assert_output "the link $LINK goes back from ${TEXT/\%/1.26.3} to ${TEXT/\%/1.22.1}"
	assert_chosen 1.22.1
	handover rollback --settle 10ms
	assert_status 0
	assert_chosen 1.18.0
	handover rollback --to 1.26.3 --settle 10ms
	assert_status 0
	assert_chosen 1.26.3
	handover rollback --to $VERSIONS/nginx-1.22.1/sbin/nginx --settle 10ms
	assert_status 0
	assert_chosen 1.22.1
}

@test "the link is moved, but nothing was handed over yet: rollback moves it back, and nothing is signalled" {
	each_layout only_moved
}

only_moved() {
	choose 1.22.1
	handover rollback --dry-run
	assert_status 0
	assert_output "$LINK would lead to ${TEXT/\%/1.18.0} again"
	assert_equal "$(readlink "$LINK")" "${TEXT/\%/1.22.1}"
	handover rollback
	assert_status 0
	assert_output 'Nothing was signalled'
	assert_equal "$(master)" "$old"
	assert_chosen 1.18.0
}

@test "a handover that was interrupted: rollback moves the link back with the old generation" {
	each_layout interrupted
}

interrupted() {
	choose 1.22.1
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	handover rollback
	assert_status 0
	assert_equal "$(master)" "$old"
	assert_chosen 1.18.0
}

@test "a rollback by link that fails is undone: the link leads where it did" {
	each_layout undone
}

undone() {
	choose 1.22.1
	handover upgrade --settle 10ms
	assert_status 0
	old=$(master)
	# the build that served before has become one whose workers crash
	broken_binary worker-crash-at-start
	mv $VERSIONS/nginx-1.18.0/sbin/nginx "$BATS_TEST_TMPDIR/whole"
	cp "$NEW" $VERSIONS/nginx-1.18.0/sbin/nginx
	sed -i "s/ $(sha256sum <"$BATS_TEST_TMPDIR/whole" | cut -d' ' -f1) / $(sha256sum <"$NEW" | cut -d' ' -f1) /" \
		/var/lib/nginx-handover"${TARGET%/*}"/.nginx.served
	handover rollback --settle 500ms
	assert_status 150
	assert_equal "$(master)" "$old"
	assert_chosen 1.22.1
	mv "$BATS_TEST_TMPDIR/whole" $VERSIONS/nginx-1.18.0/sbin/nginx
}

@test "upgrade --binary through such a link is refused, with the advice that helps" {
	each_layout refused_through
}

refused_through() {
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 154
	assert_output "leads through the link $LINK"
	assert_output 'the file there is not overwritten with another version'
	assert_output "point the link $LINK to it"
	answers 1.18.0
	choose 1.22.1
	handover upgrade --settle 10ms
	assert_status 0
	answers 1.22.1
}

@test "the former build is kept only in root's folder: rollback does not write it through the link" {
	each_layout not_through
}

not_through() {
	choose 1.22.1
	handover upgrade --settle 10ms
	assert_status 0
	mv $VERSIONS/nginx-1.18.0 $PREFIX/away
	handover rollback
	assert_status 154
	assert_output 'the file there is not overwritten with another version'
	assert_chosen 1.22.1
	mv $PREFIX/away $VERSIONS/nginx-1.18.0
	handover rollback --settle 10ms
	assert_status 0
	assert_chosen 1.18.0
	# nor when there was no handover yet, and the running binary has no file any more
	choose 1.22.1
	cp -r $VERSIONS/nginx-1.18.0 $PREFIX/away
	rm -r $VERSIONS/nginx-1.18.0
	handover rollback
	assert_status 154
	assert_output "which is another version's"
	mv $PREFIX/away $VERSIONS/nginx-1.18.0
}

@test "versions without numbers in their names are recognized by the same file beside them" {
	mkdir -p $PREFIX/blue $PREFIX/green $PREFIX/sbin
	cp "$(built 1.18.0)" $PREFIX/blue/nginx
	cp "$(built 1.22.1)" $PREFIX/green/nginx
	ln -s ../blue/nginx $TARGET
	start_nginx
	NEW=$(built 1.26.3)
	handover upgrade --binary "$NEW"
	assert_status 154
	ln -sfn ../green/nginx $TARGET
	handover upgrade --settle 10ms
	assert_status 0
	handover rollback --settle 10ms
	assert_status 0
	answers 1.18.0
	assert_equal "$(readlink $TARGET)" ../blue/nginx
	cmp "$(built 1.22.1)" $PREFIX/green/nginx
}

@test "a link whose folder others can change is not moved" {
	layout file
	choose 1.18.0
	start_nginx
	choose 1.22.1
	handover upgrade --settle 10ms
	assert_status 0
	chown 33 $PREFIX/sbin
	handover rollback
	assert_status 154
	assert_equal "$(readlink "$LINK")" "${TEXT/\%/1.22.1}"
	answers 1.22.1
	chown 0 $PREFIX/sbin
}
