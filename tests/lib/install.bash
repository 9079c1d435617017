# Helpers for the tests of what installs a binary: builds that are told apart by a letter, and the folder
# that one of them is replaced in. Needs lib/common.
# shellcheck shell=bash disable=SC2030,SC2031,SC2154

install_setup() {
	driver=${NH_INSTALL_DRIVER:-$TOP/build/tests/install_driver}
	[ -x "$driver" ] || fail "missing: $driver"
	builds=$BATS_TEST_TMPDIR/builds
	mkdir "$builds"
	for letter in a b c; do
		build $letter >"$builds/$letter"
	done
	chmod 755 "$builds"/*
}

install_teardown() {
	local at
	while read -r at; do
		umount -l "$at"
	done < <(awk -v dir="$BATS_TEST_TMPDIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac)
}

# build LETTER: a program that runs, and is known by its letter
build() {
	cat /bin/true
	printf '%0150000d' 0 | tr 0 "$1"
}

# at DIR: makes it the folder of a target nginx (a); descriptor 8 is the running image
at() {
	dir=$1
	mkdir -p "$dir"
	cp "$builds/a" "$dir/nginx"
	exec 8<"$dir/nginx"
}

install() { "$driver" install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0; }
restore() { "$driver" restore "$dir/nginx" /proc/self/fd/8; }

# is NAME LETTER...: the file in the folder is one of these builds, whole
is() {
	local name=$1 letter
	shift
	for letter; do
		cmp -s "$dir/$name" "$builds/$letter" && return
	done
	fail "$name is not $*: $(ls -la "$dir")"
}

# holds NAME...: these names and no other are in the folder
holds() {
	local have
	have=$(cd "$dir" && printf '%s\n' .[!.]* * | grep -vFx '.[!.]*' | sort | paste -sd' ')
	assert_equal "$have" "$*" 'what the folder holds'
}

# snapshot [NAME]: what counts of the folder: names, files, sizes, modes, owners, content; but of NAME only
# the content
snapshot() {
	(cd "$dir" && find . -mindepth 1 ! -name "${1:-}" -printf '%P %i %s %m %U:%G\n' | sort && find . -type f -exec cksum {} + | sort)
}

# refused MESSAGE COMMAND...: it fails with just this message and changes nothing
refused() {
	local message=$1 before
	shift
	before=$(snapshot "")
	run "$@" 8<&8
	assert_status 1
	assert_equal "$output" "$message" 'the message'
	[ "$(snapshot "")" = "$before" ] || fail "before: $before now: $(snapshot "")"
}
