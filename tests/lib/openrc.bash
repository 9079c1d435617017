# Shared by the tests with OpenRC; they run in the container of host.bash.
# shellcheck shell=bash

# shellcheck source=tests/lib/sysv.bash
. "${BASH_SOURCE[0]%/*}/sysv.bash"

# own_script VERSION [LINE...]: our script, with these settings, for the nginx at its seed path, which does not run
own_script() {
	host_install_nginx "$1"
	printf '%s\n' "NGINX=$TARGET" SETTLE=200ms "${@:2}" | host_write /etc/conf.d/nginx
	host_install_openrc >/dev/null
	openrc_reads_scripts
}

# Updates OpenRC's dependency list; otherwise the next verb would do so, and print a line.
openrc_reads_scripts() { host_run rc-update --update >/dev/null; }

# Starts it; sets old.
started() {
	host_rc nginx start
	assert_status 0
	# shellcheck disable=SC2034 # the tests use it
	old=$(host_master)
}

# assert_said LINE...: the standard output has exactly these lines
assert_said() {
	local expected
	printf -v expected '%s\n' "$@"
	assert_equal "$output" "${expected%$'\n'}" 'standard output'
}

# assert_believed STATE [NAME]: the state in OpenRC's own records: started, crashed (started, as far as it knows) or stopped
assert_believed() {
	local state=stopped
	! host_run test -L "/run/openrc/started/${2-nginx}" || state=started
	assert_equal "$state" "$1" 'what OpenRC believes'
}

# assert_state CODE WORDS: the exit code and the answer of the script's status
assert_state() {
	host_rc nginx status
	assert_status "$1"
	[[ $'\n'$output$'\n'$errors$'\n' == *$'\n'" * status: $2"$'\n'* ]] || fail "no \"status: $2\""
}
