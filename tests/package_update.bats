#!/usr/bin/env bats
# package-update, which package hooks call, here without a package manager. (tests/packages has real ones.)

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
}

teardown() {
	[[ -z ${HOLDER-} ]] || kill -KILL "$HOLDER" 2>/dev/null || :
	umount /usr/local/src/root/proc 2>/dev/null || :
	common_teardown
}

# Replaces the binary as a package manager does.
replaced_by() {
	cp "$(built "$@")" $TARGET.tmp
	mv $TARGET.tmp $TARGET
}

package_update() { handover package-update --nginx $TARGET --settle 10ms "$@"; }

assert_silent() {
	assert_status 0
	assert_equal "$output" ''
}

@test "nginx was replaced: handed over, in one line" {
	start_nginx
	old=$(master)
	load_start
	replaced_by 1.22.1
	package_update
	assert_status 0
	load_stop
	gone "$old"
	assert_equal "$output" \
		"nginx-handover: nginx 1.18.0 -> 1.22.1: handed over without losing a connection; master $(master) serves"
	cmp "$(built 1.18.0)" "$RESCUED.1.18.0"
	package_update
	assert_silent
}

@test "nginx does not run, is not installed, or runs the installed files: no output, 0" {
	package_update
	assert_silent
	start_nginx
	package_update
	assert_silent
	handover package-update --nginx /no/such/nginx
	assert_silent
}

@test "ON_PACKAGE_UPDATE: no is silent, report says what is due and does nothing" {
	start_nginx
	old=$(master)
	replaced_by 1.22.1
	NGINX_HANDOVER_ON_PACKAGE_UPDATE=no package_update
	assert_silent
	NGINX_HANDOVER_ON_PACKAGE_UPDATE=report package_update
	assert_status 0
	assert_output "$TARGET is not the file that runs"
	assert_output 'nginx-handover upgrade'
	assert_equal "${#lines[@]}" 1 'number of lines'
	assert_equal "$(master)" "$old"
	NGINX_HANDOVER_ON_PACKAGE_UPDATE=sometimes package_update
	assert_status 2
}

@test "a library was replaced: reported; with ON_PACKAGE_UPDATE=upgrade handed over" {
	local library
	library=$(ldd $TARGET | awk '$1 ~ /^libz\.so/ { print $3 }')
	mkdir $PREFIX/lib
	cp "$library" $PREFIX/lib/libz.so.1
	LD_LIBRARY_PATH=$PREFIX/lib start_nginx
	old=$(master)
	cp "$library" $PREFIX/lib/new && mv $PREFIX/lib/new $PREFIX/lib/libz.so.1
	package_update
	assert_status 0
	assert_output "a library that nginx maps was replaced: $PREFIX/lib/libz.so.1"
	assert_equal "$(master)" "$old"
	NGINX_HANDOVER_ON_PACKAGE_UPDATE=upgrade package_update
	assert_status 0
	assert_output 'handed over'
	gone "$old"
}

@test "the new nginx is broken: undone, the state is reported, and rollback restores the running build" {
	start_nginx
	old=$(master)
	load_start
	broken_binary worker-crash-at-start
	mv "$NEW" $TARGET
	package_update
	((status != 0)) || fail 'exit code 0'
	load_stop
	assert_output 'nginx was not handed over to what has been installed'
	assert_equal "$(master)" "$old"
	handover rollback
	assert_status 0
	cmp "$(built 1.18.0)" $TARGET
	package_update
	assert_silent
}

@test "somebody has made the handover by hand, and the old master drains: said, and 0" {
	write_conf 1
	start_nginx
	old=$(master)
	slow_client
	replaced_by 1.22.1
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	kill -QUIT "$old"
	wait_until 10 has_no_listener "$old"
	package_update
	assert_status 0
	assert_output "old master $old still drains"
	alive "$old"
	exec {slow}>&-
}

has_no_listener() { ! ss -Hltnp "sport = :$PORT" | grep -q "pid=$1,"; }

@test "two generations that somebody holds: 153, and both are left alone" {
	start_nginx
	old=$(master)
	replaced_by 1.22.1
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	package_update
	assert_status 153
	assert_output 'finish'
	assert_equal "$(nginx_processes | wc -l)" 6 'number of processes'
}

@test "in a chroot it does nothing, also where its nginx runs" {
	# wrappers such as valgrind, and sanitizers, do not work there
	local root=/usr/local/src/root library helper=$TOP/build/nginx-handover
	start_nginx
	old=$(master)
	replaced_by 1.22.1
	mkdir -p "$root"/{proc,etc,run,var/lib,bin} "$root$PREFIX"
	cp -r $PREFIX/* "$root$PREFIX/"
	cp "$helper" "$root/bin/nginx-handover"
	for library in $(ldd "$helper" $TARGET | grep -o '/lib[^ :]*\|/usr/lib[^ :]*' | sort -u); do
		mkdir -p "$root${library%/*}"
		cp "$library" "$root$library"
	done
	mount -t proc proc "$root/proc"
	run_shown chroot "$root" /bin/nginx-handover package-update --nginx $TARGET
	assert_silent
	assert_equal "$(master)" "$old"
	umount "$root/proc"
	run_shown chroot "$root" /bin/nginx-handover package-update --nginx $TARGET
	assert_silent
	assert_equal "$(master)" "$old"
}

# --- in the middle of a transaction -----------------------------------------------------------------

# Holds a lock as rpm does, until end_transaction.
begin_transaction() {
	LOCK=$BATS_TEST_TMPDIR/.rpm.lock
	mkfifo "$BATS_TEST_TMPDIR/locked" "$BATS_TEST_TMPDIR/end"
	perl -MFcntl=:DEFAULT,F_SETLK,F_WRLCK -e 'sysopen my $f, $ARGV[0], O_RDWR | O_CREAT or die;
		my $whole = pack("ss x4 qq l x4", F_WRLCK, 0, 0, 0, 0);
		fcntl $f, F_SETLK, $whole or die "lock: $!";
		open my $l, ">", $ARGV[1] or die; print $l "locked\n"; close $l;
		open my $e, "<", $ARGV[2] or die; <$e>' "$LOCK" "$BATS_TEST_TMPDIR/locked" "$BATS_TEST_TMPDIR/end" 3>&- &
	HOLDER=$!
	read -rt 10 _ <>"$BATS_TEST_TMPDIR/locked"
}

end_transaction() { echo >"$BATS_TEST_TMPDIR/end"; }

waiting() { pgrep -fc -- "package-update .*--after-lock"; }

@test "--after-lock: returns at once, waits for the end of the transaction, one handover for several calls" {
	start_nginx
	old=$(master)
	begin_transaction
	replaced_by 1.22.1
	package_update --after-lock "$LOCK"
	assert_silent
	wait_until 10 test -e /run/nginx-handover
	# a pipe that is read until all writers have closed it, as rpm and yum do
	output=$("$HANDOVER" package-update --nginx $TARGET --settle 10ms --after-lock "$LOCK" 2>&1 3>&-)
	assert_equal "$output" ''
	wait_until 10 only_one_waits
	assert_equal "$(master)" "$old"
	replaced_by 1.26.3
	end_transaction
	wait_until 20 gone "$old"
	wait_until 20 nobody_waits
	answers 1.26.3
	assert_equal "$(cd "${RESCUED%/*}" && echo *)" nginx.1.18.0
}

only_one_waits() { [[ $(waiting) == 1 ]]; }
nobody_waits() { [[ $(waiting) == 0 ]]; }

@test "--after-lock with no such file: at once, in the background" {
	start_nginx
	old=$(master)
	replaced_by 1.22.1
	package_update --after-lock "$BATS_TEST_TMPDIR/none"
	assert_silent
	wait_until 20 gone "$old"
	wait_until 20 nobody_waits
	answers 1.22.1
}
