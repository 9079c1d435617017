#!/usr/bin/env bats
# The built-in probe: new binaries that start but do not accept are undone by default, and what cannot be checked is
# not a failure.

load lib/common

setup_file() {
	"$BATS_TEST_DIRNAME/lib/build-nginx" 1.22.1 plain >/dev/null
}

setup() {
	requires_root
	fresh_prefix
}

teardown() { common_teardown; }

runs() {
	install_old 1.22.1
	start_nginx
	old=$(master)
}

upgrade() {
	handover upgrade --settle 200ms --drain-timeout 1s --probe-timeout 1s -v "$@"
}

# undone KIND WORDS: within a second and a half; clients that come meanwhile are served by the old generation.
undone() {
	broken_binary "$1"
	(http >"$BATS_TEST_TMPDIR/answer") 3>&- &
	upgrade --binary "$NEW"
	wait $!
	assert_status 150
	assert_output 'the probe of the new generation failed'
	assert_output "$2"
	assert_output '--probe-accept no'
	assert_equal "$(master)" "$old"
	wait_until 10 is_alone
	grep -q 'Server: nginx/1.22.1' "$BATS_TEST_TMPDIR/answer"
	answers 1.22.1
}

is_alone() { [[ $(nginx_processes | wc -l) == 3 ]]; }

@test "new binaries that listen on nothing, miss one listener, do not read, do not accept: each is undone, and no request is lost" {
	write_conf 2 '' 'listen 127.0.0.1:8081;'
	runs
	load_start
	undone listens-nowhere "the new master does not listen on 127.0.0.1:$PORT"
	undone accepts-nothing 'a connection to '
	load_stop
	undone one-listener-missing 'no worker of the new generation has begun to read 127.0.0.1:8081'
	undone unix-listener-missing "no worker of the new generation has begun to read unix:$SOCKET"
	undone never-accepts "no worker of the new generation has begun to read 127.0.0.1:$PORT"
}

# One configuration with everything that must leave no trace or not fail: reuseport, deferred, an address of another
# machine, a removed address, stream (whose server behind would notice), UDP, all workers' connections in use.
various_conf() {
	cat >$CONF_FILE <<-CONF
		worker_processes 2;
		load_module_is_static;
		events { worker_connections 64; }
		stream {
			log_format line '\$protocol \$status';
			access_log $PREFIX/logs/stream.log line;
			server { listen 127.0.0.1:8085; proxy_pass 127.0.0.1:8086; }
			server { listen 127.0.0.1:8087 udp reuseport; proxy_pass 127.0.0.1:8086; }
		}
		http {
			access_log $PREFIX/logs/access.log;
			server {
				listen 127.0.0.1:$PORT reuseport;
				listen 127.0.0.1:8081 deferred;
				listen 10.99.99.1:8082;
				listen [::]:8083 ipv6only=on;
				listen unix:$SOCKET;
				${1:-}
				root $PREFIX/html;
			}
		}
	CONF
	sed -i '/load_module_is_static/d' $CONF_FILE
}

@test "reuseport, deferred, IPv6, unix, UDP; an address of another machine; one that goes; stream is not connected to, nothing stands in an access log" {
	echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind
	various_conf 'listen 127.0.0.1:8084;'
	install_old 1.22.1 stream
	start_nginx
	old=$(master)
	various_conf
	upgrade --force --probe-timeout 10s
	assert_status 0
	# all except that of the other machine; the deferred one after its second
	assert_output 'probe "accept" passed'
	assert_output '4 of 5 addresses of HTTP have accepted'
	assert_output 'who accepts on the others is not known'
	refute_output 'sockets the workers read is not known'
	assert_equal "$(stat -c %s $PREFIX/logs/stream.log $PREFIX/logs/access.log)" $'0\n0' 'what the logs hold'

	# finish has read no configuration. It checks which sockets are read, and connects to none.
	kill -USR2 "$(master)"
	wait_until 10 test -e $PID_FILE.oldbin
	wait_until 10 master_ready
	handover finish --settle 50ms -v
	assert_status 0
	assert_output '0 of 0 addresses of HTTP have accepted; which addresses are of HTTP is not known'
}

@test "PROBE_ACCEPT=no: hands over to a binary that does not accept" {
	write_conf 1
	runs
	broken_binary never-accepts
	upgrade --binary "$NEW" --probe-accept no
	assert_status 0
	refute_output 'probe "accept"'
}

@test "nginx in a network namespace of its own: its addresses are proven there, unix sockets too" {
	write_conf 2
	install_old 1.22.1
	unshare -n sh -c "ip link set lo up; exec $TARGET" 3>&-
	wait_until 10 master_ready
	upgrade --force
	assert_status 0
	assert_output '2 of 2 addresses of HTTP have accepted'
}
