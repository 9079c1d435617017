#!/usr/bin/env bats
# Binary and modules are kept as one set, and are put back together: an old binary does not load new modules.
# shellcheck disable=SC2086 # paths without blanks

load lib/common
load lib/builds
load lib/modules

setup() {
	modules_setup
}

teardown() {
	common_teardown
	umount -l /var/lib/nginx-handover /var/lib/dpkg/info 2>/dev/null || :
}

started_by_package() {
	package "$1"
	start_nginx
}

# started_broken KIND: works, until a handover goes back to it
started_broken() {
	started_by_package 1.22.1
	kill_all_nginx
	rm -f $SOCKET
	broken_binary "$1"
	replaced $TARGET "$NEW"
	start_nginx
}

@test "package update, rollback, and forward again: both go together, and are copied once" {
	local copy
	started_by_package 1.18.0
	chmod 640 $MODULE
	load_start
	upgraded 1.22.1
	assert_equal "$(cd "${KEPT%/*}" && stat -c '%n %a %u' -- *)" 'ngx_mail_module.so.1.18.0 640 0' 'what is kept'
	copy=$(stat -c %i "$KEPT.1.18.0")
	rolled_back
	assert_output '1 of its modules is back in place'
	serves 1.18.0
	assert_equal "$(stat -c %a $MODULE)" 640 'the mode'
	load_stop
	rolled_back --to 1.22.1
	serves 1.22.1
	rolled_back
	serves 1.18.0
	not_due
	assert_equal "$(stat -c %i "$KEPT.1.18.0")" "$copy" 'the copy'
	assert_equal "$(ls "${KEPT%/*}")" $'ngx_mail_module.so.1.18.0\nngx_mail_module.so.1.22.1' 'what is kept'
	no_temporary
}

@test "replaced, but not handed over: rollback puts both back, and --to goes forward to both" {
	local binary
	started_by_package 1.18.0
	package 1.22.1
	handover rollback --dry-run
	assert_status 0
	assert_output '1 module that master'
	stands 1.22.1
	handover rollback
	assert_status 0
	assert_output "the binary that master $(master) runs is back at $TARGET"
	assert_output "1 module that master $(master) has mapped is back in place ($MODULE)"
	serves 1.18.0
	not_due
	# only the module
	binary=$(stat -c %i $TARGET)
	replaced $MODULE "$(built 1.22.1 module)"
	handover rollback
	assert_status 0
	refute_output 'the binary that'
	serves 1.18.0
	assert_equal "$(stat -c %i $TARGET)" "$binary" 'the binary was not to be touched'
	# nginx's "make install" renames the files that it replaces
	mv $MODULE $MODULE.old && mv $TARGET $TARGET.old
	package 1.22.1
	handover rollback
	assert_status 0
	serves 1.18.0
	rolled_back --to 1.22.1
	serves 1.22.1
}

@test "the same binary with another module: rollback goes back to the module, and then further" {
	started_by_package 1.18.0
	upgraded 1.22.1
	{ cat "$(built 1.22.1 module)" && echo another; } >$PREFIX/another.so
	replaced $MODULE $PREFIX/another.so
	handover upgrade --settle 10ms
	assert_status 0
	rolled_back
	assert_output 'the same nginx 1.22.1 with other modules'
	serves 1.22.1
	rolled_back
	serves 1.18.0
}

@test "dry-run says what would go back, and changes nothing" {
	local before
	started_by_package 1.18.0
	upgraded 1.22.1
	before=$(find $PREFIX /var/lib/nginx-handover -type f -printf '%p %i %T@\n' | grep -v /logs/ | sort)
	handover rollback --dry-run
	assert_status 0
	assert_output "1 of its modules would go back with it ($MODULE)"
	assert_equal "$(find $PREFIX /var/lib/nginx-handover -type f -printf '%p %i %T@\n' | grep -v /logs/ | sort)" "$before" files
	handover backups
	assert_output "$KEPT.1.18.0"
	serves 1.22.1
}

@test "undone, since the workers of the old build crash: its modules are removed completely" {
	local module
	started_broken worker-crash-at-start
	upgraded 1.26.3
	module=$(stat -c %i $MODULE)
	handover rollback --settle 200ms
	assert_status 150
	assert_output 'the modules are as they were before'
	serves 1.26.3
	assert_equal "$(stat -c %i $MODULE)" "$module" 'the very file'
	no_temporary
	# a configuration that cannot be read is refused before any signal
	sed -i '/worker_processes/a thread_pool none threads=2;quic_nonsense on;' $CONF_FILE
	handover rollback
	assert_status 6
	assert_output 'refused before any signal'
	stands 1.26.3
	no_temporary
}

@test "killed while the old build is tested, and killed in the handover: the next rollback corrects both" {
	local pid
	started_broken slow-start
	upgraded 1.26.3
	mkfifo $PREFIX/conf/pipe.conf
	echo "include $PREFIX/conf/pipe.conf;" >>$CONF_FILE
	# with the pid file named, the configuration is not read before the test
	"$HANDOVER" rollback --pid-file $PID_FILE >$BATS_TEST_TMPDIR/out 2>&1 3>&- &
	pid=$!
	wait_until 10 cmp -s "$(built 1.22.1 module)" $MODULE
	kill -KILL $pid
	wait $pid || :
	sed -i '$d' $CONF_FILE
	timeout 1 bash -c ": >$PREFIX/conf/pipe.conf" || :
	handover rollback
	assert_status 0
	serves 1.26.3
	no_temporary
	"$HANDOVER" rollback >$BATS_TEST_TMPDIR/out 2>&1 3>&- &
	pid=$!
	wait_until 10 test -e $PID_FILE.oldbin
	kill -KILL $pid
	wait $pid || :
	handover rollback
	assert_status 0
	serves 1.26.3
	no_temporary
}

@test "a handover that is under way is undone: both files are those of the old master" {
	started_by_package 1.18.0
	package 1.22.1
	kill -USR2 "$(master)"
	wait_until 10 test -e $PID_FILE.oldbin
	wait_until 10 master_ready
	handover rollback
	assert_status 0
	serves 1.18.0
}

@test "a full disk stops no handover and is said; a rollback that lacks a copy changes nothing" {
	mkdir -p /var/lib/nginx-handover
	mount -t tmpfs -o size=6m,mode=700 tmpfs /var/lib/nginx-handover
	started_by_package 1.18.0
	upgraded 1.22.1
	assert_output "warning: the module $MODULE is not kept: could not write a copy in"
	assert_output 'No space left on device'
	serves 1.22.1
	handover rollback --settle 10ms
	assert_status 154
	assert_output 'install the package of that version'
	serves 1.22.1
	# a module whose file is missing may not be wanted any more
	sed -i 1d $CONF_FILE
	handover reload
	rm $MODULE
	rolled_back
	runs 1.18.0
	no_temporary
}

@test "a copy that was changed, or that others can write, is not put back; a module that others can write is not kept" {
	started_by_package 1.18.0
	chmod 666 $MODULE
	upgraded 1.22.1
	assert_output "the module $MODULE is not kept"
	[[ ! -e $KEPT.1.18.0 ]] || fail 'it is kept'
	upgraded 1.26.3
	chmod 666 "$KEPT.1.22.1"
	handover rollback --settle 10ms
	assert_status 154
	assert_output "$KEPT.1.22.1"
	chmod 644 "$KEPT.1.22.1"
	echo more >>"$KEPT.1.22.1"
	handover rollback --settle 10ms
	assert_status 154
	assert_output 'not what was kept'
	serves 1.26.3
	no_temporary
}

@test "a module by another name, the last three sets, and the package manager's check is named" {
	local tail
	mkdir $PREFIX/other
	MODULE=$PREFIX/other/mail.so KEPT=/var/lib/nginx-handover$PREFIX/other/mail.so
	sed -i "1s|.*|load_module $MODULE;|" $CONF_FILE
	started_by_package 1.22.1
	for tail in one two three four five; do
		{ cat "$(built 1.22.1 module)" && echo $tail; } >$PREFIX/another.so
		replaced $MODULE $PREFIX/another.so
		handover upgrade --settle 10ms
		assert_status 0
	done
	assert_equal "$(cd "${KEPT%/*}" && grep -aohE '(one|two|three|four|five)$' -- * | sort | paste -sd' ')" 'four three two' 'what is kept'
	refute_output dpkg
	mount -t tmpfs tmpfs /var/lib/dpkg/info
	printf '/.\n/usr\n%s\n' $TARGET >/var/lib/dpkg/info/nginx.list
	printf '%s\n' $MODULE >/var/lib/dpkg/info/libnginx-mod-mail:amd64.list
	printf '%s.other\n/x%s\n' $MODULE $TARGET >/var/lib/dpkg/info/other.list
	rolled_back
	assert_output '"dpkg --verify nginx libnginx-mod-mail" shows'
}

@test "rollback --restart: a master that cannot be upgraded is stopped, and started with both" {
	started_by_package 1.18.0
	upgraded 1.22.1
	kill_all_nginx
	rm -f $SOCKET $PID_FILE
	(cd $PREFIX && PATH=$PREFIX/sbin:$PATH nginx 3>&-)
	wait_until 10 master_ready
	handover rollback
	assert_status 154
	assert_output 'a restart would do it'
	assert_output 'the modules are as they were before'
	serves 1.22.1
	handover rollback --restart --dry-run
	assert_status 0
	serves 1.22.1
	handover rollback --restart
	assert_status 0
	serves 1.18.0
	no_temporary
}

@test "ON_PACKAGE_FAILURE: restore puts both back if the new workers crash; leave keeps the files of the package" {
	local binary
	started_by_package 1.18.0
	broken_binary worker-crash-at-start
	replaced $TARGET "$NEW"
	replaced $MODULE "$(built 1.22.1 module)"
	handover package-update --nginx $TARGET --settle 200ms
	assert_status 150
	cmp "$NEW" $TARGET
	cmp "$(built 1.22.1 module)" $MODULE
	# the same file is not tried twice
	broken_binary worker-exit2
	replaced $TARGET "$NEW"
	NGINX_HANDOVER_ON_PACKAGE_FAILURE=restore handover package-update --nginx $TARGET --settle 200ms
	assert_status 150
	serves 1.18.0
	not_due
	# a module that does not fit is refused before any signal; the binary, which is in place, is not touched
	binary=$(stat -c %i $TARGET)
	replaced $MODULE "$(built 1.22.1 module)"
	NGINX_HANDOVER_ON_PACKAGE_FAILURE=restore handover package-update --nginx $TARGET --settle 10ms
	assert_output "restore"
	serves 1.18.0
	assert_equal "$(stat -c %i $TARGET)" "$binary" 'the binary'
	no_temporary
}
