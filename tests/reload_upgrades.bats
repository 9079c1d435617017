#!/usr/bin/env bats
# reload where an upgrade is due, and during a handover.
# kernels: today all

load lib/common
load lib/reload

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.22.1
}

teardown() {
	common_teardown
}

assert_upgraded() {
	assert_status 0
	gone "$old" || fail "the old master $old still lives"
	answers "$1"
	serves two
}

# A module that is loaded, and can be replaced.
serving_with_module() {
	serving "$1"
	sed -i "1i load_module $PREFIX/modules/ngx_mail_module.so;" $PREFIX/conf/nginx.conf
}

# nginx with a copy of a library, which can be replaced; only the first start finds it.
start_with_own_library() {
	local library
	serving one
	library=$(ldd $TARGET | sed -n 's/.*libz.* => \([^ ]*\) .*/\1/p')
	mkdir $PREFIX/lib
	cp "$library" $PREFIX/lib/libz.so.1
	LD_LIBRARY_PATH=$PREFIX/lib start_nginx
	old=$(master)
	grep -q "$PREFIX/lib/libz.so.1" "/proc/$old/maps"
	replace_file "$library" $PREFIX/lib/libz.so.1
}

# --- an upgrade is due -----------------------------------------------------------------------------

@test "the binary was replaced: upgraded, under load" {
	start_serving
	load_start
	replace_file "$(built 1.26.3)" $TARGET
	serving two
	handover reload
	assert_output "$TARGET is not the file that runs. An upgrade is due"
	assert_upgraded 1.26.3
	load_stop
	cmp "$(built 1.22.1)" "$RESCUED.1.22.1"
}

@test "the binary was replaced by one that refuses the configuration: 6, nothing signalled" {
	start_serving
	replace_file "$(built 1.26.3)" $TARGET
	serving two 2 'no_such_directive on;'
	handover reload
	assert_status 6
	assert_output no_such_directive
	assert_kept
}

# certbot's hook: "systemctl reload nginx", when a package has installed a binary that does not work.
@test "the upgrade fails: its exit code, and the new configuration is served all the same, by what runs" {
	local kind
	local -A code=([truncated]=154 ['exits-at-once']=150)
	start_serving
	for kind in truncated exits-at-once; do
		broken_binary $kind
		replace_file "$NEW" $TARGET
		serving one
		handover reload --reload-upgrades no
		serving two
		handover reload
		assert_status "${code[$kind]}"
		assert_output 'reads the configuration again, without the upgrade'
		assert_output "master $old serves with 2 workers and the new configuration"
		serves two
		assert_equal "$(master)" "$old" 'the master'
	done
}

@test "an upgrade that is refused (daemon off): 154, and how the configuration goes alone" {
	serving one 2 'daemon off;'
	"$TARGET" 3>&- &
	wait_until 10 master_ready
	old=$(master)
	replace_file "$(built 1.26.3)" $TARGET
	serving two 2 'daemon off;'
	handover reload
	assert_status 154
	assert_output 'daemon off'
	assert_output '--reload-upgrades no'
	assert_kept
	handover reload --reload-upgrades no
	assert_status 0
	serves two
}

@test "a module was replaced: upgraded" {
	mkdir $PREFIX/modules
	cp "$(built 1.22.1 module)" $PREFIX/modules/ngx_mail_module.so
	serving_with_module one
	start_nginx
	old=$(master)
	# a file with the same bytes is the same module
	{ cat "$(built 1.22.1 module)" && echo another; } >$PREFIX/another.so
	replace_file $PREFIX/another.so $PREFIX/modules/ngx_mail_module.so
	serving_with_module two
	handover status
	assert_output 'an upgrade is due: a module of nginx was replaced'
	handover reload
	assert_output "$PREFIX/modules/ngx_mail_module.so"
	assert_upgraded 1.22.1
	handover reload
	assert_status 0
	refute_output 'replaced'
}

@test "a library was replaced: only said; with all, and RELOAD_UPGRADES=all, upgraded" {
	start_with_own_library
	serving two
	handover reload
	assert_status 0
	assert_output "a library that nginx maps was replaced: $PREFIX/lib/libz.so.1"
	assert_output 'RELOAD_UPGRADES=all'
	assert_equal "$(master)" "$old" 'the master'
	serves two
	NGINX_HANDOVER_RELOAD_UPGRADES=all handover reload
	assert_upgraded 1.22.1
}

@test "a library was replaced: upgrade --if-needed and status know it" {
	start_with_own_library
	handover status
	assert_output 'an upgrade is due: a library'
	serving two
	handover upgrade --if-needed
	assert_upgraded 1.22.1
}

@test "RELOAD_UPGRADES=no: HUP, but it is said that an upgrade is due" {
	start_serving
	replace_file "$(built 1.26.3)" $TARGET
	serving two
	handover reload --reload-upgrades no
	assert_status 0
	assert_output "$TARGET is not the file that runs. An upgrade is due"
	assert_equal "$(master)" "$old" 'the master'
	answers 1.22.1
	serves two
	# The configuration is tested with the running binary, not with the one at its path.
	replace_file "/bin/false" $TARGET
	serving three
	handover reload --reload-upgrades no
	assert_status 0
	serves three
}

# --- during a handover -----------------------------------------------------------------------------

# The old generation drains on; $new serves.
left_to_drain() {
	start_serving
	slow_client
	replace_file "$(built 1.26.3)" $TARGET
	handover upgrade --drain-timeout 1 --settle 0
	assert_status 151
	new=$(master)
	alive "$old"
}

@test "an old master that drains: the new one gets the HUP" {
	left_to_drain
	serving two
	handover reload
	assert_status 0
	assert_output "master $new serves with 2 workers and the new configuration"
	serves two
	assert_equal "$(master)" "$new" 'the master'
	alive "$old"
	run grep " $old#.*SIGHUP" $ERROR_LOG
	assert_equal "$output" '' 'HUP to the old master'
	serving three 2 'no_such_directive on;'
	handover reload
	assert_status 6
	serves two
	timeout 20 head -c 8000000 <&"$slow" >/dev/null
	exec {slow}>&-
	wait_until 10 gone "$old"
	serving four
	handover reload
	assert_status 0
	serves four
}

@test "an old master that drains, and an upgrade is due: 153, and why" {
	left_to_drain
	serving two
	replace_file "$(built 1.22.1)" $TARGET
	handover reload
	assert_status 153
	assert_output "ignores the USR2"
	assert_output "old master $old still drains"
	serves one
	handover reload --reload-upgrades no
	assert_status 0
	serves two
	answers 1.26.3
	exec {slow}>&-
	wait_until 10 gone "$old"
	handover reload
	assert_status 0
	answers 1.22.1
}

no_old_workers() {
	! workers_of "$old" 'nginx: worker process'
}

@test "an unfinished handover: 153, nothing is signalled" {
	start_serving
	replace_file "$(built 1.26.3)" $TARGET
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	serving two
	handover reload
	assert_status 153
	assert_output 'an earlier handover is unfinished'
	kill -WINCH "$old"
	wait_until 10 no_old_workers
	handover reload
	assert_status 153
	run grep SIGHUP $ERROR_LOG
	assert_equal "$output" '' 'HUP to anybody'
	handover rollback
	assert_status 0
}

@test "another run at work: 152" {
	start_serving
	new_binary 1.26.3
	"$HANDOVER" upgrade --binary "$NEW" --settle 1min >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	upgrade=$!
	wait_until 10 grep -q 'shifted\|both' "$BATS_TEST_TMPDIR/out"
	handover reload
	assert_status 152
	kill -TERM "$upgrade"
	wait "$upgrade" || :
	handover reload
	assert_status 0
}
