#!/usr/bin/env bats
# What each kind of client notices of an upgrade with the default settings: sessions of every protocol of nginx
# go through one upgrade, all at once, and each has its own test. nginx is Debian's package, with its
# modules for streams and mail.

load lib/common

WORK=$PREFIX/logs
CLIENTS=(websocket events upload tcp udp grpc http2 smtp tls zones)
PYTHON=(/usr/bin/python3 -B)
PROTOCOLS=$BATS_TEST_DIRNAME/lib/protocols
FEW=5 # exchanges that show that a session goes on

write_protocols_conf() {
	cat >$CONF_FILE <<-CONF
		load_module /usr/lib/nginx/modules/ngx_stream_module.so;
		load_module /usr/lib/nginx/modules/ngx_mail_module.so;
		worker_processes 2;
		pid $PID_FILE;
		error_log $ERROR_LOG;
		events { worker_connections 1024; }
		http {
			access_log off;
			client_body_temp_path $WORK/body;
			proxy_temp_path $WORK/proxy;
			fastcgi_temp_path $WORK/fastcgi;
			uwsgi_temp_path $WORK/uwsgi;
			scgi_temp_path $WORK/scgi;
			client_max_body_size 0;
			limit_req_zone \$server_port zone=few:1m rate=1r/m;
			ssl_certificate $WORK/cert.pem;
			ssl_certificate_key $WORK/key.pem;
			server {
				listen 127.0.0.1:8080;
				listen 127.0.0.1:8443 ssl http2;
				listen 127.0.0.1:8090 http2;
				root $PREFIX/html;
				location /limited { limit_req zone=few; try_files /index.html =404; }
				location /websocket {
					proxy_pass http://127.0.0.1:9001;
					proxy_http_version 1.1;
					proxy_set_header Upgrade websocket;
					proxy_set_header Connection upgrade;
				}
				location ~ ^/(events|end|upload) {
					proxy_pass http://127.0.0.1:9001;
					proxy_http_version 1.1;
					proxy_buffering off;
				}
				location /test.Echo { grpc_pass grpc://127.0.0.1:9004; }
			}
			server {
				listen 127.0.0.1:8444 ssl;
				ssl_session_ticket_key $WORK/ticket.key;
				root $PREFIX/html;
			}
		}
		stream {
			server { listen 127.0.0.1:8101; proxy_pass 127.0.0.1:9002; }
			server { listen 127.0.0.1:8102 udp; proxy_pass 127.0.0.1:9003; proxy_timeout 2s; }
		}
		mail {
			server_name mail.test;
			auth_http 127.0.0.1:9001/auth;
			server { listen 127.0.0.1:8025; protocol smtp; smtp_auth none; xclient off; }
		}
	CONF
}

start_servers() {
	mkfifo $WORK/ready
	"${PYTHON[@]}" "$PROTOCOLS/servers.py" >$WORK/ready 2>$WORK/servers.log 3>&- &
	echo $! >$WORK/servers.pid
	exec {keep}<>$WORK/ready # so that what the servers say later finds a reader
	read -rt 20 _ <&"$keep" || fail "the servers do not start: $(<$WORK/servers.log)"
}

# in_background NAME COMMAND...: its output goes to NAME.log, and at its end its exit code to NAME.rc.
in_background() {
	local name=$1
	shift
	{
		rc=0
		"$@" >"$WORK/$name.log" 2>&1 &
		echo $! >"$WORK/$name.pid"
		wait $! || rc=$?
		echo "$rc" >"$WORK/$name.rc"
	} 3>&- &
}

start_clients() {
	local logs=("${CLIENTS[@]/%/.log}")
	touch "${logs[@]/#/$WORK/}"
	in_background clients "${PYTHON[@]}" "$PROTOCOLS/clients.py" $WORK "${CLIENTS[@]}"
	wait_until 20 each_client has_begun
}

each_client() {
	local name
	for name in "${CLIENTS[@]}"; do "$@" "$name" || return; done
}

# exchanges NAME SINCE: how many, since that time
exchanges() {
	awk -v since="$2" '$1 ~ /^[0-9]+\.[0-9]+$/ && $1 > since { n++ } END { print n + 0 }' "$WORK/$1.log"
}

has_begun() { [[ -e $WORK/$1.rc ]] || (($(exchanges "$1" 0) > 0)); }
has_ended() { [[ -e $WORK/$1.rc ]]; }
# Does not wait for sessions that have ended, or that return only at the end.
goes_on() { [[ $1 == tls || $1 == zones || -e $WORK/$1.rc ]] || (($(exchanges "$1" "$now") >= FEW)); }

# Returns when the sessions have gone on for a while, and notes since when.
clients_go_on() {
	local now=$EPOCHREALTIME
	echo "$now" >"$WORK/$1"
	wait_until 20 each_client goes_on
}

# A worker without clients has already exited.
old_workers_leave() {
	local old
	old=$(<$WORK/old_master)
	workers_of "$old" 'nginx: worker process is shutting down' >/dev/null &&
		! workers_of "$old" 'nginx: worker process' >/dev/null
}

# A phase is shown when it is over.
has_phase() { grep -q "$1" $WORK/upgrade.log; }

# The upgrade runs until `finish` tells it not to wait for these clients any longer. Waiting for the whole minute would
# test nothing more.
upgrade_with_clients() {
	{
		cat "$TARGET"
		echo 'another build'
	} >/usr/local/src/nginx
	chmod 755 /usr/local/src/nginx
	in_background upgrade "$HANDOVER" upgrade --binary /usr/local/src/nginx
	wait_until 20 old_workers_leave
	clients_go_on since_winch
	in_background finish "$HANDOVER" finish
	wait_until 20 has_phase shifted
	clients_go_on since_quit
	ss -Htnp state established >$WORK/held
	kill -USR1 "$(<$WORK/clients.pid)"
	wait_until 20 each_client has_ended
	wait_until 20 has_ended upgrade
	wait_until 20 has_ended finish
}

setup_file() {
	((EUID == 0)) || return 0
	fresh_prefix
	cp /usr/sbin/nginx $TARGET
	write_protocols_conf
	head -c 80 /dev/urandom >$WORK/ticket.key
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=test -days 2 \
		-keyout $WORK/key.pem -out $WORK/cert.pem 2>/dev/null
	start_servers
	start_nginx -c $CONF_FILE
	master >$WORK/old_master
	workers_of "$(master)" 'nginx: worker process' >$WORK/old_workers
	start_clients
	upgrade_with_clients
}

teardown_file() {
	((EUID == 0)) || return 0
	local file
	for file in "$WORK"/*.pid; do
		[[ $file == "$PID_FILE" ]] || kill -KILL "$(<"$file")" 2>/dev/null || :
	done
	kill_all_nginx
}

setup() {
	requires_root
}

shown() {
	[[ ! -s $WORK/servers.log ]] || cat $WORK/servers.log
	grep -v '^[0-9.]* [0-9]*$' "$WORK/$1.log" || :
	cat $WORK/upgrade.log
}

ended_well() {
	shown "$1"
	assert_equal "$(<"$WORK/$1.rc")" 0 "how $1 ended"
}

# The session continued after WINCH and after QUIT, never paused for long, and ended as planned.
lived_on() {
	local gap
	ended_well "$1"
	(($(exchanges "$1" "$(<$WORK/since_winch)") >= 2 * FEW)) || fail "$1 did not go on after WINCH"
	(($(exchanges "$1" "$(<$WORK/since_quit)") >= FEW)) || fail "$1 did not go on after QUIT"
	gap=$(awk '$1 ~ /[.]/ && $2 ~ /^[0-9]+$/ { if (last && $1 - last > gap) gap = $1 - last; last = $1 } END { print int(gap * 1000) }' \
		"$WORK/$1.log")
	((gap < 4000)) || fail "$1 paused for $gap ms"
}

# The old generation had the connection after QUIT.
by_old_workers() {
	local port pid
	port=$(sed -n 's/^port //p' "$WORK/$1.log")
	pid=$(awk -v there=":$port" '$4 ~ there "$" && /nginx/ && match($0, /pid=[0-9]+/) {
		print substr($0, RSTART + 4, RLENGTH - 4) }' $WORK/held)
	grep -qx "$pid" $WORK/old_workers || fail "the connection of port $port is held by \"$pid\", not by an old worker"
}

@test "the upgrade is done, as the last client of the old generation has left" {
	cat $WORK/upgrade.log $WORK/finish.log
	assert_equal "$(<$WORK/upgrade.rc)" 0 'the exit code'
	gone "$(<$WORK/old_master)"
}

@test "a websocket lives on, and is closed by its client" {
	lived_on websocket
	by_old_workers websocket
}

@test "an event stream loses no event, and ends with its last" {
	lived_on events
	by_old_workers events
}

@test "a slow upload arrives whole, and is answered" {
	lived_on upload
	by_old_workers upload
}

@test "a TCP session of a stream lives on, and is closed by its client" {
	lived_on tcp
	by_old_workers tcp
}

@test "a UDP client of a stream goes on, and gets each answer" {
	lived_on udp
}

@test "a gRPC call goes on in both directions, and ends with its status" {
	lived_on grpc
	by_old_workers grpc
}

@test "a stream of HTTP/2 lives on, while new requests are sent to another connection" {
	lived_on http2
	by_old_workers http2
}

@test "a mail whose envelope came before the upgrade is taken after it" {
	lived_on smtp
	by_old_workers smtp
}

@test "a TLS session is resumed with ssl_session_ticket_key, and not without" {
	ended_well tls
}

@test "a zone of limit_req begins anew" {
	ended_well zones
}
