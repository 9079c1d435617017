#!/usr/bin/env bats
# The main task: a running nginx is replaced with another build, under load, and no client notices.
# kernels: today all

load lib/common

setup() {
	requires_root
	fresh_prefix
}

teardown() {
	common_teardown
}

# upgrade_under_load FROM TO [VARIANT]: with the configuration of setup(). Sets $old and $output.
upgrade_under_load() {
	local from=$1 to=$2 variant=${3:-plain}
	old=$(master)
	old_inode=$(stat -c %i $TARGET)
	new_binary "$to" "$variant"
	load_start
	handover upgrade --binary "$NEW" --pid-file $PID_FILE
	assert_status 0
	load_stop
	gone "$old" || fail "the old master $old still lives"
	assert_equal "$(find $PREFIX/sbin -inum "$old_inode")" "$PREFIX/sbin/nginx.$from" 'the backup'
	cmp "$NEW" $TARGET
	answers "$to"
	# seen by the load, too
	[[ $from == "$to" ]] || grep -q "^server.*$to" "$BATS_TEST_TMPDIR/summary"
	[[ ! -e $PID_FILE.oldbin ]]
}

@test "1.18.0 to 1.22.1 to 1.26.3 and back to 1.18.0, 2 workers" {
	write_conf 2
	install_old 1.18.0
	start_nginx
	upgrade_under_load 1.18.0 1.22.1
	rm "$BATS_TEST_TMPDIR/ready"
	upgrade_under_load 1.22.1 1.26.3
	rm "$BATS_TEST_TMPDIR/ready"
	upgrade_under_load 1.26.3 1.18.0
	assert_equal "$(count_workers "$(master)")" 2 'number of workers'
}

@test "the same, 32 workers" {
	write_conf 32
	install_old 1.18.0
	start_nginx
	upgrade_under_load 1.18.0 1.22.1
	rm "$BATS_TEST_TMPDIR/ready"
	upgrade_under_load 1.22.1 1.26.3
	rm "$BATS_TEST_TMPDIR/ready"
	upgrade_under_load 1.26.3 1.18.0
	assert_equal "$(count_workers "$(master)")" 32 'number of workers'
}

@test "to the same version, built with other options" {
	write_conf 2
	install_old 1.18.0
	start_nginx
	upgrade_under_load 1.18.0 1.18.0 options
	[[ $("$TARGET" -V 2>&1) == *http_stub_status* ]]
	# and again: the backup of the same version is not overwritten
	cp "$(built 1.18.0)" "$NEW"
	handover upgrade --binary "$NEW"
	assert_status 0
	[[ -e $TARGET.1.18.0 && -e $TARGET.1.18.0-2 ]] || fail "$(ls -li $PREFIX/sbin)"
	[[ $("$TARGET.1.18.0-2" -V 2>&1) == *http_stub_status* ]]
}

@test "to the packaged nginx, whose arguments name configuration, prefix and pid file" {
	write_conf 2 "pid $PID_FILE; error_log $ERROR_LOG;" "access_log off;"
	install_old 1.18.0
	start_nginx -p $PREFIX/ -c $PREFIX/conf/nginx.conf
	mkdir -p /var/lib/nginx /var/log/nginx
	handover upgrade --binary /usr/sbin/nginx
	assert_status 0
	answers "$(/usr/sbin/nginx -v 2>&1 | sed 's|.*nginx/\([0-9.]*\).*|\1|')"
}

@test "without --binary: the file in place is handed over to, the running one is saved" {
	write_conf 2
	install_old 1.18.0
	start_nginx
	old=$(master)
	cp "$(built 1.22.1)" $TARGET.tmp
	mv $TARGET.tmp $TARGET # as a package manager does
	handover upgrade
	assert_status 0
	answers 1.22.1
	gone "$old"
	cmp "$(built 1.18.0)" "$RESCUED.1.18.0"
	assert_equal "$(find /var/lib/nginx-handover -type d -perm /077)" '' 'folders that others see'
	[[ ! -e $TARGET.1.18.0 ]] || fail 'the folder of the package has a file of ours'
}

# Replaces the binary as a package manager does, and hands over to it.
replaced_and_upgraded() {
	cp "$(built "$@")" $TARGET.tmp
	mv $TARGET.tmp $TARGET
	handover upgrade --settle 10ms
	assert_status 0
}

@test "rollback takes the newest rescued binary, and three of these are kept" {
	write_conf 2
	install_old 1.18.0
	start_nginx
	replaced_and_upgraded 1.18.0 options
	replaced_and_upgraded 1.22.1
	replaced_and_upgraded 1.26.3
	replaced_and_upgraded 1.22.1 options
	assert_equal "$(cd /var/lib/nginx-handover$PREFIX/sbin && echo *)" 'nginx.1.18.0-2 nginx.1.22.1 nginx.1.26.3'
	handover rollback --settle 10ms
	assert_status 0
	assert_output "$RESCUED.1.26.3"
	answers 1.26.3
	# again: one step further back, not to the one that was just replaced
	handover rollback --settle 10ms
	assert_status 0
	answers 1.22.1
	[[ $("$TARGET" -V 2>&1) != *http_stub_status* ]]
}

@test "a folder for rescued binaries that others can write is not used" {
	write_conf 2
	install_old 1.18.0
	start_nginx
	mkdir -m 777 /var/lib/nginx-handover
	chmod 777 /var/lib/nginx-handover
	replaced_and_upgraded 1.22.1
	cmp "$(built 1.18.0)" $TARGET.1.18.0
	assert_equal "$(ls -A /var/lib/nginx-handover)" ''
}

@test "a slow client of the old generation is served to its end, then the old master leaves" {
	write_conf 1
	install_old 1.18.0
	start_nginx
	old=$(master)
	SLOW_RATE=3000000 load_start
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	gone "$old"
	load_stop
	(($(summary slow_failed) == 0))
}

@test "a client that never ends: left to drain with 151, and the message says so" {
	write_conf 1
	install_old 1.18.0
	start_nginx
	old=$(master)
	slow_client
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --drain-timeout 1
	assert_status 151
	assert_output "of the old generation (master $old) 1 workers still finish their clients (1 connection)."
	alive "$old"
	answers 1.22.1
	# A second upgrade in that state is refused, not ignored.
	handover upgrade --binary "$NEW"
	assert_status 153
	handover status
	assert_status 0
	assert_output 'leave'
	refute_output 'is due'
	# "due" is about the generation that serves.
	handover upgrade --if-needed
	assert_status 0
	assert_output "runs what is installed: master $(master) serves, and old master $old still drains"
	handover upgrade
	assert_status 153
	assert_output "old master $old still drains"
	cp "$(built 1.18.0)" $TARGET.tmp
	mv $TARGET.tmp $TARGET
	handover upgrade --if-needed
	assert_status 153
	assert_output "$TARGET is not the file that runs; but old master $old still drains"
	handover status
	assert_output "is due, and possible when the old master has ended: $TARGET"
	# The client is served to its end, and then the old master exits.
	timeout 20 head -c 8000000 <&"$slow" >/dev/null
	exec {slow}>&-
	wait_until 10 gone "$old"
}

@test "--drain-expired term ends the old generation" {
	write_conf 1
	install_old 1.18.0
	start_nginx
	old=$(master)
	slow_client
	new_binary 1.22.1
	handover upgrade --binary "$NEW" --drain-timeout 1 --drain-expired term
	assert_status 0
	gone "$old"
	answers 1.22.1
	[[ -S $SOCKET ]]
	exec {slow}>&-
}

@test "--if-needed does nothing when what is installed runs, and hands over when it does not" {
	write_conf 2
	install_old 1.22.1
	start_nginx
	old=$(master)
	handover upgrade --if-needed
	assert_status 0
	assert_output 'nothing to do'
	assert_equal "$(master)" "$old" 'the master'
	new_binary 1.22.1
	handover upgrade --if-needed --binary "$NEW"
	assert_status 0
	assert_equal "$(master)" "$old" 'the master'
	cp "$NEW" $TARGET.tmp
	mv $TARGET.tmp $TARGET # the same bytes
	handover upgrade --if-needed
	assert_status 0
	assert_equal "$(master)" "$old" 'the master'
	handover status
	assert_output 'installed again with the same bytes'
	cp "$(built 1.26.3)" $TARGET.tmp
	mv $TARGET.tmp $TARGET
	handover upgrade --if-needed
	assert_status 0
	gone "$old"
	answers 1.26.3
}

@test "--json: one object a line, each of them valid, the last with the outcome" {
	write_conf 2
	install_old 1.18.0
	start_nginx
	new_binary 1.22.1
	handover upgrade --json --binary "$NEW"
	assert_status 0
	while read -r line; do
		[[ $line == '{"level":"'*'"}' ]] || fail "no object: $line"
	done <<<"$output"
	assert_output '"phase":"shifted"'
	assert_output '"new_pid":'"$(master)"
}

@test "nothing but time is spent: no temporary file is left, three backups are kept" {
	local version
	write_conf 1
	install_old 1.18.0
	start_nginx
	for version in 1.22.1 1.26.3 1.18.0 1.22.1 1.26.3; do
		new_binary $version
		handover upgrade --binary "$NEW" --settle 0
		assert_status 0
	done
	run ls -A $PREFIX/sbin
	refute_output '.nginx-handover'
	assert_equal "$(find $PREFIX/sbin -name 'nginx.*' | wc -l)" 3 'number of backups'
}

@test "a new pid file path in the configuration is followed" {
	write_conf 2
	install_old 1.18.0
	start_nginx
	old=$(master)
	write_conf 2 "pid logs/other.pid;"
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	gone "$old"
	answers 1.22.1
	master_ready $PREFIX/logs/other.pid
}

@test "a symbolic link as argv[0] stays one; the file behind it is replaced" {
	write_conf 2
	mkdir -p $PREFIX/versions
	cp "$(built 1.18.0)" $PREFIX/versions/nginx
	ln -s ../versions/nginx $TARGET
	start_nginx
	new_binary 1.22.1
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
	[[ -L $TARGET ]]
	cmp "$NEW" $PREFIX/versions/nginx
}

@test "an unchanged wrapper script as the new binary is handed over to" {
	write_conf 2
	install_old 1.18.0
	start_nginx
	broken_binary wrapper
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
}
