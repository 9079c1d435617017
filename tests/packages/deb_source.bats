#!/usr/bin/env bats
# How our packages for Debian are built, on this machine, and their contents.

load ../lib/common

PACKAGE=$TOP/build/hosts/packages/deb/nginx-handover.deb
HELPER=$("$TOP/tests/lib/portable" --which)
VERSION=$(sed -n 's/^VERSION *= *//p' "$TOP/Makefile")

setup_file() { [[ -e $PACKAGE ]] || make --no-print-directory -s -C "$TOP" hosts; }

# A tree like that of a tarball, in another folder.
copy_tree() {
	copy=$BATS_TEST_TMPDIR/elsewhere/of/another/name
	mkdir -p "$copy"
	"$TOP/packaging/files" | tar -c -C "$TOP" -T - | tar -x -C "$copy"
}

# built_in_copy TARGET VARIABLE=VALUE...: runs make there, with that environment
built_in_copy() {
	local target=$1
	shift
	run_shown env -u MAKEFLAGS "$@" make --no-print-directory -s -C "$copy" "$target"
	assert_status 0
}

@test "the same bytes in another folder, without .git, at another time, for another user's habits" {
	copy_tree
	mkdir -p "$copy/build/portable"
	cp "$TOP/$HELPER" "$copy/build/portable/"
	find "$copy" -exec touch -h -d '2001-02-03 04:05' {} +
	chmod -R go= "$copy"
	umask 077
	built_in_copy deb-build TZ=Asia/Kolkata LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS=parallel=1
	cmp "$copy"/build/deb/*.deb "$PACKAGE"
}

# Lists a package: type and mode, owner, name.
files() { dpkg-deb --contents "$1" | awk '{ print $1, $2, $6 }' | LC_ALL=C sort -k 3; }

manuals() {
	local page
	for page in "$TOP"/man/*; do
		echo "-rw-r--r-- root/root ./usr/share/man/man${page##*.}/${page##*/}.gz"
	done
}

examples() { (cd "$TOP/packaging/examples" && find . -type f -printf '-rw-r--r-- root/root ./usr/share/doc/nginx-handover/examples/%P\n'); }

@test "what is in it" {
	cat >"$BATS_TEST_TMPDIR/list" <<'LIST'
lrwxrwxrwx root/root ./etc/needrestart/restart.d/nginx
-rwxr-xr-x root/root ./etc/needrestart/restart.d/nginx.service
-rw-r--r-- root/root ./usr/lib/lsb/init-functions.d/50-nginx-handover
-rw-r--r-- root/root ./usr/lib/systemd/catalog/nginx-handover.catalog
-rwxr-xr-x root/root ./usr/lib/systemd/system-generators/nginx-handover
-rw-r--r-- root/root ./usr/lib/systemd/system/nginx-handover@.path
-rw-r--r-- root/root ./usr/lib/systemd/system/nginx-handover@.service
-rw-r--r-- root/root ./usr/lib/systemd/system/nginx.service.d/handover.conf
-rw-r--r-- root/root ./usr/lib/systemd/system/nginx@.service
-rwxr-xr-x root/root ./usr/libexec/nginx-handover/binary-changed
-rwxr-xr-x root/root ./usr/sbin/nginx-handover
-rw-r--r-- root/root ./usr/share/bash-completion/completions/nginx-handover
-rw-r--r-- root/root ./usr/share/fish/vendor_completions.d/nginx-handover.fish
-rw-r--r-- root/root ./usr/share/zsh/vendor-completions/_nginx-handover
-rw-r--r-- root/root ./usr/share/doc/nginx-handover/README.md.gz
-rw-r--r-- root/root ./usr/share/doc/nginx-handover/README.zh-CN.md.gz
-rw-r--r-- root/root ./usr/share/doc/nginx-handover/changelog.Debian.gz
-rw-r--r-- root/root ./usr/share/doc/nginx-handover/changelog.gz
-rw-r--r-- root/root ./usr/share/doc/nginx-handover/copyright
-rw-r--r-- root/root ./usr/share/lintian/overrides/nginx-handover
LIST
	run diff <(files "$PACKAGE" | grep -v '/$') <({
		manuals
		examples
	} | LC_ALL=C sort -k 3 - "$BATS_TEST_TMPDIR/list")
	assert_equal "$output" ''
	assert_equal "$(files "$PACKAGE" | grep '/$' | grep -v '^drwxr-xr-x root/root ')" \
		'drwx------ root/root ./var/lib/nginx-handover/' 'folders with other rights'
	assert_equal "$(dpkg-deb --ctrl-tarfile "$PACKAGE" | tar -xO ./conffiles)" /etc/needrestart/restart.d/nginx.service
	dpkg-deb --fsys-tarfile "$PACKAGE" | tar -xO ./usr/sbin/nginx-handover | cmp - "$TOP/$HELPER"
	# of any release
	assert_equal "$(dpkg-deb --field "$PACKAGE" Depends)" 'libc6 (>= 2.17)'
}

@test "the source package: what dpkg-buildpackage makes of it has Debian's flags and needs, and the same files" {
	local built
	copy_tree
	# in half the time
	built_in_copy deb-source-build DEB_BUILD_OPTIONS=nocheck 'DEB_CFLAGS_APPEND=-O1 -g0'
	assert_output "/nginx-handover_$VERSION-"
	built=$(echo "$copy"/build/deb/source/nginx-handover_*.deb)
	run diff <(files "$built") <(files "$PACKAGE")
	assert_equal "$output" ''
	assert_equal "$(tar -tf "$copy"/build/deb/source/*.orig.tar.gz "nginx-handover-$VERSION/debian" 2>&1 | grep -c changelog)" 0
	run dpkg-deb --field "$built" Depends
	assert_output 'libc6 (>= '
	dpkg-deb --fsys-tarfile "$built" | tar -xO ./usr/sbin/nginx-handover >"$BATS_TEST_TMPDIR/program"
	run readelf -Wlds "$BATS_TEST_TMPDIR/program"
	assert_output 'BIND_NOW'
	assert_output 'PIE'
	assert_output '__fprintf_chk'
}

@test "a version that debian/changelog does not have is no package" {
	copy_tree
	run_shown make --no-print-directory -s -C "$copy" deb-build VERSION=9.9.9
	((status != 0)) || fail 'it was built'
	assert_output 'debian/changelog has another version'
	sed -i 's/^VERSION *=.*/VERSION = 9.9.9/' "$copy/Makefile"
	run_shown "$copy/debian/rules" -C "$copy" -f debian/rules override_dh_auto_configure
	((status != 0)) || fail 'it was built'
	assert_output 'debian/changelog has another version'
}

# --- on other releases than that of the other tests --------------------------------------------------------

in_tree() {
	requires_root
	run_shown "$TOP/tests/hosts/enter" --bind "$TOP" "$1" bash -ec "PROJECT='$TOP' PACKAGE='$PACKAGE' HOOK=lsb/init-functions.d/50-nginx-handover
		GENERATOR=systemd/system-generators/nginx-handover; $2"
	assert_status 0
}

@test "it is installed on the newest release, and is gone after a purge" {
	# shellcheck disable=SC2016 # expanded by the shell inside
	in_tree trixie 'dpkg -i "$PACKAGE" && nginx-handover --version && test -e /lib/$HOOK -a ! -L /lib/$HOOK &&
		dpkg --verify nginx-handover && dpkg --purge nginx-handover && test ! -e /lib/$HOOK -a ! -e /var/lib/nginx-handover'
	assert_output "nginx-handover $VERSION"
	refute_output warning
}

# /lib becomes a folder of links, except for two folders in it.
UNMERGED='mkdir /lib.own && ln -s /usr/lib/* /lib.own/ && rm /lib.own/lsb /lib.own/systemd && mv /usr/lib/lsb /lib.own/ &&
	mkdir /lib.own/systemd && ln -s /usr/lib/systemd/* /lib.own/systemd/ && rm /lib.own/systemd/system-generators &&
	mkdir /lib.own/systemd/system-generators && perl -e "unlink q(/lib) and rename q(/lib.own), q(/lib)"'

@test "and on the oldest, where /lib may be another folder than /usr/lib: init scripts and systemd look in /lib" {
	# shellcheck disable=SC2016 # likewise
	in_tree bullseye "$UNMERGED"'; dpkg -i "$PACKAGE" && nginx-handover --version &&
		cmp /lib/$HOOK /usr/lib/$HOOK && cmp /lib/$GENERATOR /usr/lib/$GENERATOR &&
		dpkg --remove nginx-handover && test ! -L /lib/$HOOK -a ! -L /lib/$GENERATOR -a ! -e /lib/$HOOK -a ! -e /lib/$GENERATOR &&
		dpkg -i "$PACKAGE" && dpkg --purge nginx-handover && echo gone &&
		find / -xdev \( -path /var/log -o -path "$PROJECT" \) -prune -o -name "*nginx-handover*" -print'
	assert_equal "${output##*$'\n'}" gone 'what is left'
}
