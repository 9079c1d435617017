#!/usr/bin/env bats
# The containers themselves: the properties on which the other tests rely.
#
# hosts: bookworm-sysv (trixie-sysv)

load ../lib/sysv

setup() { host_fresh; }

@test "its pid 1 is sysvinit, and nothing of systemd or D-Bus is there to be opened" {
	assert_equal "$(host_run readlink /proc/1/exe | sed 's|^/usr||')" /sbin/init
	run host_run /sbin/init --version
	assert_output 'SysV init'
	host_run test ! -e /run/systemd/system
	run host_run find / -xdev '(' -name 'libsystemd.so*' -o -name 'libdbus-1.so*' ')'
	assert_equal "$output" ''
}

@test "the command that is run there is in a cgroup and in namespaces of the container" {
	host_run cat /proc/self/cgroup
	assert_equal "$(host_run sed -n 's/^0:://p' /proc/self/cgroup)" /
	assert_equal "$(host_run readlink /proc/self/ns/pid)" "$(host_run readlink /proc/1/ns/pid)"
	run host_run bash -c 'echo out; echo err >&2; exit 7'
	assert_status 7
	assert_output out
	assert_output err
}

@test "syslog can be read" {
	host_run busybox logger -t tests -p daemon.err 'a line of this test'
	assert_logged 'daemon.err tests: a line of this test'
	sysv_log_mark
	refute_logged 'a line of this test'
}

@test "the packaged nginx by its own script and the real service command" {
	host_do packaged_site
	host_service nginx start
	assert_status 0
	host_do answers
	host_service nginx status
	assert_status 0
	host_load_start
	host_slow_client
	host_load_stop
	host_slow_finish
}

@test "nothing is left for the next test" {
	host_do no_nginx
	run host_run ls -A $PREFIX/sbin /run/nginx.pid
	assert_status 2
}
