# Shared by the tests with needrestart, in addition to systemd.bash or sysv.bash.
# shellcheck shell=bash disable=SC2034

PACKAGED=/run/nginx.pid
DEBS=/run/debs
LIBRARY=/usr/lib/x86_64-linux-gnu/libssl.so.3
UPDATES=4

# Called by setup_file: boots, and installs needrestart and its dependencies. libssl3 from the archive is provided with
# higher version numbers.
setup_needrestart() {
	local root debs
	host_boot
	[[ -z $HOST_SKIP ]] || return 0
	debs=$("$TOP/tests/packages/debs" bookworm"$([[ $HOST_KIND != sysv ]] || echo -sysv)" needrestart libssl3)
	root=/proc/$HOST_LEADER/root
	mkdir -p "$root$DEBS/needrestart"
	cp "$debs"/*.deb "$root$DEBS/needrestart/"
	cp "$TOP/build/hosts/packages/deb/nginx-handover.deb" "$root$DEBS/"
	host_run sh -ec "cd $DEBS && mv needrestart/libssl3_*.deb library.deb && dpkg --force-unsafe-io -i needrestart/*.deb
		dpkg-deb -R library.deb library; cp library/DEBIAN/control control
		for n in $(seq -s ' ' $UPDATES); do
			sed \"s/^Version: .*/&+nh\$n/\" control >library/DEBIAN/control; dpkg-deb -Znone -b library libssl3-\$n.deb
		done" >"$BATS_FILE_TMPDIR/installed" 2>&1 || fail "$(cat "$BATS_FILE_TMPDIR/installed")"
	echo 0 >"$BATS_FILE_TMPDIR/update"
}

dpkg_does() {
	run_shown host_run dpkg "$@"
	assert_status 0
}

# Prints the path of a package of libssl3 with a higher version than the previous one.
next_library() {
	local next
	next=$(($(<"$BATS_FILE_TMPDIR/update") + 1))
	((next <= UPDATES)) || fail 'no more updates: see UPDATES' || return
	echo $next >"$BATS_FILE_TMPDIR/update"
	echo "$DEBS/libssl3-$next.deb"
}

# maps_library PID: whether it maps the installed file
maps_library() { host_run grep -q " $(host_run stat -c %i $LIBRARY) *$LIBRARY\$" "/proc/$1/maps"; }

needrestart_names() { host_run needrestart -b -l | sed -n 's/^NEEDRESTART-SVC: //p' | grep nginx || :; }
