# Helpers for the tests of installing a binary: builds that are named by a letter, and the folder
# in which one of them is replaced. Needs lib/common.
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

# build LETTER: a program that runs, and prints its letter
build() {
	cat /bin/true
	printf '%0150000d' 0 | tr 0 "$1"
}

# at DIR: makes DIR the folder of a target nginx (build a); descriptor 8 is the running executable
at() {
	dir=$1
	mkdir -p "$dir"
	cp "$builds/a" "$dir/nginx"
	exec 8<"$dir/nginx"
}

install() { "$driver" install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0; }
restore() { "$driver" restore "$dir/nginx" /proc/self/fd/8; }

# is NAME LETTER...: the file in the folder is one of these builds, complete
is() {
	local name=$1 letter
	shift
	for letter; do
		cmp -s "$dir/$name" "$builds/$letter" && return
	done
	fail "$name is not $*: $(ls -la "$dir")"
}

# holds NAME...: the folder has these names and no others
holds() {
	local have
	have=$(cd "$dir" && printf '%s\n' .[!.]* * | grep -vFx '.[!.]*' | sort | paste -sd' ')
	assert_equal "$have" "$*" 'what the folder holds'
}

# snapshot [NAME]: the state of the folder: names, files, sizes, modes, owners, content; of NAME only the content
snapshot() {
	(cd "$dir" && find . -mindepth 1 ! -name "${1:-}" -printf '%P %i %s %m %U:%G\n' | sort && find . -type f -exec cksum {} + | sort)
}

# refused MESSAGE COMMAND...: the command fails with exactly this message and changes nothing
refused() {
	local message=$1 before
	shift
	before=$(snapshot "")
	run "$@" 8<&8
	assert_status 1
	assert_equal "$output" "$message" 'the message'
	[ "$(snapshot "")" = "$before" ] || fail "before: $before now: $(snapshot "")"
}
