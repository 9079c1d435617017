#!/usr/bin/env bats
# The containers themselves: the properties on which the other tests rely.
#
# hosts: bullseye-v1 (bookworm-v1) (bookworm-v2) trixie-v2

load ../lib/host

setup_file() { host_boot; }
teardown_file() { host_end; }
setup() { host_fresh; }
teardown() { host_teardown; }

declare -gA SYSTEMD=([bullseye]=247 [bookworm]=252 [trixie]=257)

@test "it runs the systemd of its release, on the cgroup hierarchy that was asked for" {
	local -A filesystem=([v1]=tmpfs [v2]=cgroup2fs)
	run host_run systemctl --version
	assert_output "systemd ${SYSTEMD[$HOST_SUITE]} "
	assert_equal "$(host_run stat -fc %T /sys/fs/cgroup)" "${filesystem[$HOST_KIND]}"
}

@test "the command that is run there is in a cgroup and in namespaces of the container" {
	host_run cat /proc/self/cgroup
	host_run cat /proc/self/cgroup | grep -q '^[0-9]*:.*:/init.scope$'
	host_shell grep -q '/user.slice/user-0.slice/session-.*\.scope$' /proc/self/cgroup
	assert_equal "$(host_run readlink /proc/self/ns/pid)" "$(host_run readlink /proc/1/ns/pid)"
	run host_run bash -c 'echo out; echo err >&2; exit 7'
	assert_status 7
	assert_output out
	assert_output err
	run host_shell bash -c 'exit 8'
	assert_status 8
}

no_session() { [[ -z $(host_run systemctl list-units --plain --no-legend 'session-*.scope') ]]; }

@test "systemd sees that a cgroup has become empty, whose process was not its child" {
	host_shell true
	wait_until 5 no_session
}

@test "the packaged nginx under its own unit" {
	host_do packaged_site
	host_systemctl start nginx
	assert_status 0
	host_do answers
	assert_equal "$(host_show ActiveState)" active
	assert_equal "$(host_main_pid)" "$(host_run cat /run/nginx.pid)"
	host_load_start
	host_load_stop
}

@test "each nginx that is built for it, at its seed path and with the paths of the package" {
	local version
	host_do packaged_site
	for version in 1.18.0 1.22.1 1.26.3; do
		host_install_nginx $version
		host_do start_nginx
		host_do answers $version
		host_do kill_all_nginx
		host_run rm $SOCKET
		host_install_nginx $version debian
		host_systemctl start nginx
		assert_status 0
		host_do answers $version
		host_systemctl stop nginx
		assert_status 0
		host_run rm -f $SOCKET # nginx up to 1.19.0 leaves it behind at QUIT
	done
}

@test "nothing is left for the next test" {
	host_do no_nginx
	run host_run ls -A $PREFIX/sbin /run/nginx.pid
	assert_status 2
	assert_equal "$(host_show ActiveState)" inactive
}

@test "nginx 1.18.0 at its seed path passes a load and serves a slow client to its end" {
	host_install_nginx 1.18.0
	host_do start_nginx
	host_load_start
	host_slow_client
	host_load_stop
	host_slow_finish
}
