# Shared by the tests of trust in containers: a foreign nginx beside that of the service.
# shellcheck shell=bash

# shellcheck disable=SC2034 # used by tests
PACKAGED=/run/nginx.pid
# shellcheck disable=SC2034
ATTACK=/opt/nh/build/tests/attack

fresh_witness() {
	host_run sh -c 'rm -rf /run/witness /run/other /run/home && mkdir -p /run/witness /run/other /run/home &&
		: >/run/witness/log && chmod 666 /run/witness/log && chown nobody /run/home'
}

# other_nginx BINARY [COMMAND]: a foreign nginx, started by hand (by host_run, or that command), on port 8085.
# Sets OTHER.
other_nginx() {
	printf '%s\n' 'pid /run/other/nginx.pid; error_log /run/other/error.log notice; worker_processes 1;' \
		'events {} http { access_log off; server { listen 127.0.0.1:8085; } }' | host_write /run/other/nginx.conf
	"${2:-host_run}" "$1" -c /run/other/nginx.conf
	wait_until 10 host_run test -s /run/other/nginx.pid
	OTHER=$(host_master /run/other/nginx.pid)
}

# The foreign nginx still runs, and has got no signal from us.
assert_other_lives() {
	host_run test -e "/proc/$OTHER" || fail "the other nginx ($OTHER) was stopped"
	! host_run grep 'signal [0-9]* (SIG[^)]*) received' /run/other/error.log || fail "the other nginx ($OTHER) was signalled"
}
