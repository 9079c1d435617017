#!/usr/bin/env bats
# "make install" and its variants: where they put files, which files of others they keep, and that "make uninstall"
# restores everything exactly. And "make dist", and what "make" says if it cannot compile.

load lib/common

setup() {
	D=$BATS_TEST_TMPDIR/root
	BEFORE=$BATS_TEST_TMPDIR/before
	mkdir "$D"
}

# makes ARGUMENT...: installs to $D, with the existing helper. The examples, which are as many as all other files, are
# left out where EXAMPLES does not say otherwise.
# shellcheck disable=SC2086 # it may be nothing
makes() { run_shown make --no-print-directory -s -C "$TOP" "PROGRAM=$HANDOVER" "DESTDIR=$D" "B=$BATS_TEST_TMPDIR/build" ${EXAMPLES-exampledir=} "$@"; }

# to_etc ARGUMENT...: only the units, in an administrator's folder
to_etc() { makes -o install systemdsystemunitdir=/etc/systemd/system "$@"; }

# tree [FOLDER]: prints its contents: names, kinds, modes, links, checksums
tree() {
	(cd "${1:-$D}" && find . -printf '%P %y %m %l\n' | sort && find . -type f -exec cksum {} + | sort -k 3)
}

# as_before: $D has the same contents as when BEFORE was written
as_before() { diff -u "$BEFORE" <(tree) || fail 'not as it was'; }

# put FILE [MODE]: writes standard input to it
put() {
	mkdir -p "$D${1%/*}"
	cat >"$D$1"
	chmod "${2:-644}" "$D$1"
}

admins_unit() { printf '%s\n' '[Service]' ExecStart=/opt/nginx/sbin/nginx LimitNOFILE=65535 PIDFile=/opt/nginx/pid; }

# kept_in FOLDER: prints the names of the kept files
kept_in() { (cd "$D$1" && compgen -G '*.orig' | sort | paste -sd' '); }

# --- where things go -----------------------------------------------------------------------------------

@test "GNU's variables say where each file goes, installed files contain these paths, and uninstall leaves nothing" {
	local EXAMPLES='' script=$D/e/init.d/nginx unit=$D/u/nginx.service gnu=(prefix=/p exec_prefix=/x sbindir=/s libexecdir=/l mandir=/m
		sysconfdir=/e systemdsystemunitdir=/u VERSION=7.8.9)
	tree >"$BEFORE"
	makes install-systemd install-sysv "${gnu[@]}"
	assert_status 0
	run bash -c "cd '$D' && find . -type f | sort | paste -sd' '"
	assert_equal "$output" "./e/default/nginx ./e/init.d/nginx ./l/nginx-handover/binary-changed\
 $(cd "$TOP/man" && for page in *; do echo "./m/man${page##*.}/$page"; done | sort | paste -sd' ') ./p/lib/systemd/catalog/nginx-handover.catalog\
 ./p/share/bash-completion/completions/nginx-handover\
 $(cd "$TOP/packaging/examples" && find . -type f -printf './p/share/doc/nginx-handover/examples/%P\n' | sort | paste -sd' ')\
 ./p/share/fish/vendor_completions.d/nginx-handover.fish ./p/share/zsh/site-functions/_nginx-handover ./s/nginx-handover\
 ./u/nginx-handover@.path ./u/nginx-handover@.service ./u/nginx.service ./u/nginx@.service"
	cmp "$HANDOVER" "$D/s/nginx-handover"
	run grep -rhoE '[^[:blank:]="]*/(nginx-handover|binary-changed)\b' "$D/e/init.d" "$D/u" "$D/l"
	assert_equal "$(sort -u <<<"$output" | paste -sd' ')" '/l/nginx-handover/binary-changed /s/nginx-handover'
	grep -qx 'ExecStart=/s/nginx-handover start --settings /e/default/nginx' "$unit"
	grep -qx 'ExecStart=/s/nginx-handover start --settings /e/default/nginx-%i' "$D/u/nginx@.service"
	# shellcheck disable=SC2016 # in the script
	grep -qxF 'exec "$helper" "$verb" --service "$name" --settings "/e/default/$name" "$@"' "$script"
	grep -q '^\.TH .* "nginx\\-handover 7.8.9"' "$D/m/man8/nginx-handover.8"
	makes uninstall "${gnu[@]}"
	assert_status 0
	as_before
}

@test "the names that the variables had before, and an installation without a DESTDIR" {
	local at=$BATS_TEST_TMPDIR/live
	makes install-systemd install-sysv PREFIX=/p UNITDIR=/u LIBEXECDIR=/l INITDIR=/i SETTINGS_DIR=/etc/sysconfig PID_FILE=/run/my.pid
	assert_status 0
	grep -qx 'ExecStart=/p/sbin/nginx-handover start' "$D/u/nginx.service"
	grep -qx PIDFile=/run/my.pid "$D/u/nginx.service"
	grep -qx '# pidfile:     /run/my.pid' "$D/i/nginx"
	grep -q '/etc/sysconfig/nginx-%i' "$D/u/nginx@.service"
	test -x "$D/l/binary-changed" -a -e "$D/etc/sysconfig/nginx"
	# The list of the installed files is in the installation itself, so "uninstall" works from any tree.
	D=
	makes install prefix="$at"
	assert_status 0
	"$at/sbin/nginx-handover" --version
	grep -q "/sbin/nginx-handover$" "$at/share/nginx-handover/installed"
	makes uninstall prefix="$at" "B=$BATS_TEST_TMPDIR/another"
	assert_status 0
	[[ ! -e $at ]]
}

@test "what an earlier version has installed, without a list, is uninstalled, too" {
	local all=(prefix=/usr systemdsystemunitdir=/etc/systemd/system)
	put /usr/share/man/man8/others.8 <<<others
	tree >"$BEFORE"
	makes install-systemd "${all[@]}"
	rm -r "$BATS_TEST_TMPDIR/build"
	makes uninstall "${all[@]}"
	assert_status 0
	run find "$D" -type f
	assert_equal "$output" "$D/usr/share/man/man8/others.8"
	run find "$D" -name '*nginx*'
	assert_equal "$output" ''
}

@test "on a running machine: systemd is reloaded, and a path unit is disabled before its file is removed" {
	local at=$BATS_TEST_TMPDIR/live calls=$BATS_TEST_TMPDIR/calls
	requires_root
	mkdir -p "$BATS_TEST_TMPDIR/bin" /run/systemd/system
	# shellcheck disable=SC2016 # expanded in there
	printf '#!/bin/sh\n[ "$1" != --version ] || { echo systemd 252; exit; }\necho "$*" "$([ -e "%s" ] && echo there)" >>%s\n' \
		"$at/u/nginx-handover@.path" "$calls" >"$BATS_TEST_TMPDIR/bin/systemctl"
	chmod +x "$BATS_TEST_TMPDIR/bin/systemctl"
	D=
	PATH=$BATS_TEST_TMPDIR/bin:$PATH makes install-systemd prefix="$at" UNITDIR="$at/u" UNIT=service LEGACY_ACTIONS=
	assert_status 0
	grep -qx "ExecStart=$at/sbin/nginx-handover start" "$at/u/nginx.service"
	assert_equal "$(<"$calls")" 'daemon-reload there'
	PATH=$BATS_TEST_TMPDIR/bin:$PATH makes uninstall prefix="$at"
	assert_status 0
	[[ ! -e $at ]]
	grep -qx -e '--no-reload disable nginx-handover@.path there' "$calls"
	grep -qx -e 'stop nginx-handover@\*.path there' "$calls"
	grep -qx -e '--no-reload disable nginx@.service there' "$calls"
	assert_equal "$(tail -n 1 "$calls")" 'daemon-reload '
	rmdir /run/systemd/system
}

# --- what was there ------------------------------------------------------------------------------------

@test "a unit of nginx that is not ours, in any folder, gets the drop-in and is not changed" {
	local folder
	for folder in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system /usr/local/lib/systemd/system /run/systemd/system; do
		rm -r "$D" && mkdir "$D"
		admins_unit | put $folder/nginx.service
		printf 'its own\n' | put /etc/systemd/system/nginx.service.d/limits.conf
		tree >"$BEFORE"
		to_etc install-systemd
		assert_status 0
		assert_output "not ours, and given a drop-in: $D$folder/nginx.service"
		admins_unit | cmp - "$D$folder/nginx.service"
		run bash -c "cd '$D' && find . -name nginx.service -o -name handover.conf | sort | paste -sd' '"
		assert_equal "$output" "$(printf '%s\n' ./etc/systemd/system/nginx.service.d/handover.conf ".$folder/nginx.service" | sort | paste -sd' ')"
		makes uninstall
		as_before
	done
}

@test "a unit that is a link gets the drop-in; a masked one is not changed" {
	local way
	admins_unit | put /opt/nginx.service
	mkdir -p "$D/etc/systemd/system"
	for way in link inside mask empty; do
		rm -f "$D/etc/systemd/system/nginx.service"
		case $way in
		link) ln -s /opt/nginx.service "$D/etc/systemd/system/nginx.service" ;;
		inside) ln -s ../../../opt/nginx.service "$D/etc/systemd/system/nginx.service" ;;
		mask) ln -s /dev/null "$D/etc/systemd/system/nginx.service" ;;
		empty) : >"$D/etc/systemd/system/nginx.service" ;;
		esac
		tree >"$BEFORE"
		to_etc install-systemd
		assert_status 0
		case $way in
		mask | empty)
			assert_output "since it is masked: $D/etc/systemd/system/nginx.service"
			[[ ! -e $D/etc/systemd/system/nginx.service.d ]]
			to_etc install-systemd UNIT=service
			assert_output "since it is masked: $D/etc/systemd/system/nginx.service"
			;;
		*) test -e "$D/etc/systemd/system/nginx.service.d/handover.conf" ;;
		esac
		[[ $way == empty ]] || test -L "$D/etc/systemd/system/nginx.service"
		makes uninstall
		as_before
	done
}

@test "replaced files are kept, once for each content, and never overwritten; uninstall puts them back" {
	admins_unit | put /etc/systemd/system/nginx.service 600
	printf 'of somebody\n' | put /etc/systemd/system/nginx.service.orig
	printf 'his own\n' | put /etc/systemd/system/nginx.service.d/handover.conf
	tree >"$BEFORE"
	to_etc install-systemd UNIT=service
	assert_status 0
	assert_output "kept $D/etc/systemd/system/nginx.service.2.orig"
	admins_unit | cmp - "$D/etc/systemd/system/nginx.service.2.orig"
	to_etc install-systemd UNIT=service
	refute_output kept
	assert_equal "$(kept_in /etc/systemd/system)" 'nginx.service.2.orig nginx.service.orig' 'the kept ones'
	makes uninstall
	assert_output "put back $D/etc/systemd/system/nginx.service"
	as_before
}

@test "an edited unit of ours is kept and named; an unedited one is replaced silently" {
	local folder=/etc/systemd/system unit=$D/etc/systemd/system/nginx.service
	to_etc install-systemd
	to_etc install-systemd prefix=/usr
	assert_equal "$(kept_in $folder)" '' 'what is kept of our own'
	grep -qx 'ExecStart=/usr/sbin/nginx-handover start' "$unit"
	sed -i '/^Type=/a LimitNOFILE=65535' "$unit"
	cp "$unit" "$BATS_TEST_TMPDIR/edited"
	to_etc install-systemd prefix=/usr
	assert_output "kept $unit.orig"
	cmp "$unit.orig" "$BATS_TEST_TMPDIR/edited"
	cp "$BATS_TEST_TMPDIR/edited" "$unit"
	to_etc install-systemd prefix=/usr
	assert_output "kept before: $unit.orig"
	assert_equal "$(kept_in $folder)" nginx.service.orig 'what is kept'
	# Edited again, and then uninstalled: no version is lost, and no remaining unit calls the removed program.
	echo '# again' >>"$unit"
	makes uninstall prefix=/usr
	assert_output "not put back, since it calls nginx-handover: $unit.orig"
	assert_output "which was changed since it was installed: see $unit.2.orig"
	[[ ! -e $unit ]]
	cmp "$unit.orig" "$BATS_TEST_TMPDIR/edited"
	tail -n 1 "$unit.2.orig" | grep -qx '# again'
}

@test "an older unit of ours is found in its folder, and keeps its pid file" {
	local unit=$D/etc/systemd/system/nginx.service
	to_etc install-systemd prefix=/usr PID_FILE=/opt/my.pid
	# An install without a folder: in another folder, the old units would hide the new ones.
	makes install-systemd
	assert_output "PIDFile= stays /opt/my.pid"
	grep -qx PIDFile=/opt/my.pid "$unit"
	grep -qx 'ExecStart=/usr/local/sbin/nginx-handover start' "$unit"
	run find "$D" -name 'nginx*.service' ! -path '*/doc/*'
	assert_equal "$(grep -cv "^$D/etc/systemd/system/" <<<"$output")" 0 'units elsewhere'
	makes install-systemd PID_FILE=/run/other.pid
	grep -qx PIDFile=/run/other.pid "$unit"
}

@test "install-openrc: Gentoo's script comes back, its conf.d stays; elsewhere than in /etc the script says where its settings are" {
	printf '#!/sbin/openrc-run\nextra_commands="configtest"\n' | put /etc/init.d/nginx 755
	printf '#NGINX_CONFIGFILE=x\n' | put /etc/conf.d/nginx
	tree >"$BEFORE"
	makes install-openrc
	assert_status 0
	assert_output "kept $D/etc/init.d/nginx.orig"
	[[ -x $D/etc/init.d/nginx && ! -x $D/etc/init.d/nginx.orig ]]
	grep -qx helper=/usr/local/sbin/nginx-handover "$D/etc/init.d/nginx"
	makes uninstall
	as_before
	rm -r "$D" && mkdir "$D"
	makes install-openrc sysconfdir=/e
	assert_status 0
	# shellcheck disable=SC2016 # in the script
	assert_equal "$(grep -c -e '--settings "\?/e/conf.d/$RC_SVCNAME' "$D/e/init.d/nginx")" 2
	sh -n "$D/e/init.d/nginx"
	grep -qx '#SETTLE=1s' "$D/e/conf.d/nginx"
	grep -qx '#supervisor=supervise-daemon' "$D/e/conf.d/nginx"
	makes uninstall sysconfdir=/e
	run find "$D" -type f
	assert_equal "$output" ''
}

@test "install-sysv: a vendor's script comes back with its mode, settings stay, and so does somebody's nginx.orig" {
	local script=/etc/init.d/nginx
	printf '#!/bin/sh\necho vendor\n' | put $script 755
	printf 'of somebody\n' | put $script.orig 755
	printf 'SETTLE=5s\n' | put /etc/default/nginx 640
	tree >"$BEFORE"
	makes install-sysv
	assert_status 0
	assert_output "kept $D$script.2.orig"
	assert_output "left as it is: $D/etc/default/nginx"
	[[ ! -x $D$script.2.orig && -x $D$script ]]
	makes install-sysv
	refute_output kept
	makes uninstall
	as_before
	# Kept by a version that had no list.
	mv "$D$script" "$D$script.orig"
	chmod -x "$D$script.orig"
	printf '#!/bin/sh\n# older\nexec /usr/sbin/nginx-handover "$@"\n' | put $script 755
	makes install-sysv
	makes uninstall
	assert_output "put back $D$script"
	tail -n 1 "$D$script" | grep -qx 'echo vendor'
	# Ours, with a line that the administrator has added.
	rm -r "$D" && mkdir "$D"
	makes install-sysv
	echo '# mine' >>"$D$script"
	echo SETTLE=9s >>"$D/etc/default/nginx"
	makes install-sysv
	assert_output "kept $D$script.orig"
	makes uninstall
	tail -n 1 "$D$script.orig" | grep -qx '# mine'
	tail -n 1 "$D/etc/default/nginx" | grep -qx SETTLE=9s
	[[ ! -e $D$script ]]
}

@test "legacy actions: those of another package are not replaced, an edited one of ours is kept" {
	local actions=/usr/libexec/initscripts/legacy-actions/nginx
	printf '#!/bin/sh\nexec nginx-upgrade\n' | put $actions/upgrade 755
	tree >"$BEFORE"
	to_etc install-systemd
	assert_output "not ours: $D$actions/upgrade"
	grep -q '^exec /usr/local/sbin/nginx-handover' "$D$actions/rollback"
	[[ -x $D$actions/heal ]]
	echo '# mine' >>"$D$actions/finish"
	to_etc install-systemd
	assert_output "kept $D$actions/finish.orig"
	rm "$D$actions/finish.orig"
	makes uninstall
	as_before
}

@test "a full disk: the former files are still complete" {
	requires_root
	admins_unit | put /etc/systemd/system/nginx.service
	mkdir -p "$D/usr/local/sbin"
	mount -t tmpfs -o size=64k tmpfs "$D/usr/local/sbin"
	echo old >"$D/usr/local/sbin/nginx-handover"
	makes install-systemd
	[[ $status != 0 ]]
	assert_output 'could not be written'
	assert_equal "$(ls "$D/usr/local/sbin")" nginx-handover 'what is there'
	assert_equal "$(<"$D/usr/local/sbin/nginx-handover")" old 'the helper that was there'
	umount "$D/usr/local/sbin"
}

# --- a program that is given ---------------------------------------------------------------------------

# A PATH with only the programs that an installation needs.
bare_path() {
	local tool
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in make sh sed awk grep cat chmod cp cmp cksum tr ln mv rm rmdir mkdir mktemp stat readlink sort head tail ls dirname; do
		ln -s "$(command -v $tool)" "$BATS_TEST_TMPDIR/bin/$tool"
	done
}

@test "PROGRAM= is installed unchanged, from a copy of the tree on a machine with no compiler, package manager or network" {
	local copy=$BATS_TEST_TMPDIR/copy
	bare_path
	mkdir -p "$copy/build/portable"
	(cd "$TOP" && packaging/files | tar -cf - -T -) | tar -xf - -C "$copy"
	# The files of a build: here older than the sources, with lists of headers that this machine does not have.
	cp "$HANDOVER" "$copy/build/portable/nginx-handover"
	mkdir -p "$copy/build/portable/systemd-helper"
	printf '%s\n' 'build/portable/systemd-helper/main.o: systemd-helper/main.c /no/such/cache/stdio.h' '/no/such/cache/stdio.h:' \
		>"$copy/build/portable/systemd-helper/main.d"
	touch -d 2001-01-01 "$copy/build/portable/nginx-handover"
	run_shown env -i "PATH=$BATS_TEST_TMPDIR/bin" make -C "$copy" install install-systemd install-sysv \
		PROGRAM=build/portable/nginx-handover "DESTDIR=$D" prefix=/usr
	assert_status 0
	cmp "$HANDOVER" "$D/usr/sbin/nginx-handover"
	run find "$copy/build" -name '*.o' -o -name zig
	assert_equal "$output" ''
	run_shown env -i "PATH=$BATS_TEST_TMPDIR/bin" make -C "$copy" install PROGRAM=build/no-such "DESTDIR=$D"
	assert_status 2
	assert_output 'there is no build/no-such'
	# A program for another machine is not installed.
	printf '\177ELF nothing\n' >"$copy/build/strange"
	chmod 755 "$copy/build/strange"
	run_shown env -i "PATH=$BATS_TEST_TMPDIR/bin" make -C "$copy" install PROGRAM=build/strange "prefix=$D/live"
	assert_status 2
	assert_output 'build/strange does not run on this machine'
	[[ ! -e $D/live ]]
}

# --- a build -------------------------------------------------------------------------------------------

@test "what a build lacks is said in one line, with the command that installs it" {
	printf '#!/bin/sh\nfor last; do :; done\n! grep -q dbus && exec %s "$@"\nexit 1\n' "$(command -v cc)" >"$BATS_TEST_TMPDIR/cc"
	chmod +x "$BATS_TEST_TMPDIR/cc"
	run_shown make --no-print-directory -C "$TOP" -j2 "B=$BATS_TEST_TMPDIR/b" CC=/no/such/cc
	assert_status 2
	assert_equal "${#lines[@]}" 1 lines
	assert_output 'a C compiler (/no/such/cc)'
	run_shown make --no-print-directory -C "$TOP" -j2 "B=$BATS_TEST_TMPDIR/b" "CC=$BATS_TEST_TMPDIR/cc"
	assert_status 2
	assert_equal "${#lines[@]}" 1 lines
	assert_output 'without the headers of libdbus-1 (dbus/dbus.h): "make deps" installs what is missing'
	[[ ! -d /var/lib/dpkg ]] || assert_output 'apt-get install -y --no-install-recommends gcc libc6-dev make pkg-config libdbus-1-dev'
	# and if nothing is missing, it installs nothing
	run_shown make --no-print-directory -s -C "$TOP" deps
	assert_status 0
	assert_equal "$output" ''
}

@test "make dist: the same bytes each time, also from its own complete tree" {
	local tree=$BATS_TEST_TMPDIR/nginx-handover-7.8.9 tar=$BATS_TEST_TMPDIR/b/nginx-handover-7.8.9.tar.gz dist=(dist VERSION=7.8.9 B="$BATS_TEST_TMPDIR/b")
	make -s -C "$TOP" "${dist[@]}"
	cp "$tar" "$BATS_TEST_TMPDIR/first"
	(umask 077 && TZ=Asia/Tokyo make -s -C "$TOP" "${dist[@]}")
	cmp "$tar" "$BATS_TEST_TMPDIR/first"
	(umask 077 && tar -xzf "$tar" -C "$BATS_TEST_TMPDIR")
	diff <("$TOP/packaging/files") <(cd "$tree" && find . -type f -o -type l | sed 's|^\./||' | LC_ALL=C sort)
	touch "$tree/README.md"
	mkdir "$tree/build"
	make -s -C "$tree" "${dist[@]}"
	cmp "$tar" "$BATS_TEST_TMPDIR/first"
	# the path of a test must not matter
	sed 's/^%/@/' >"$tree/tests/systemd/where.bats" <<-'BATS'
		load ../lib/common
		%test "where" { [ "$TOP" = "$WHERE" ]; }
	BATS
	WHERE=$(realpath "$tree") PATH=${PATH//"${BATS_LIBEXEC:-/nowhere}:"/} env -u TOP bats "$tree/tests/systemd/where.bats"
}
