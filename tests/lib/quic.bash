# HTTP/3 in a container of trixie, with Debian's nginx: its clients, and their results.
#
#     # hosts: trixie-v2
#     load ../lib/systemd
#     load ../lib/quic
#     setup_file() { quic_boot; }
#     setup() { quic_fresh; }
#     ...
#         quic_serve on                # quic_bpf
#         quic_load_start
#         ...                          # whatever is done to nginx
#         quic_load_stop               # sets load_line
#         quic_load_lost_nothing
# shellcheck shell=bash disable=SC2034 # the tests and host.bash use what is set here

QUIC_PID_FILE=/run/nginx.pid
QUIC_PORT=8443
# The folder of the clients and their libraries, which are not in the tree of sources.
QUIC_CLIENTS=/opt/clients
QUIC_LIBRARIES=$QUIC_CLIENTS/usr/lib/x86_64-linux-gnu
QUIC_PACKAGES=(curl ngtcp2-client python3-aioquic)
# The seconds that a download takes; nginx limits its rate.
QUIC_DOWNLOAD_SECONDS=4

# The container, with the rights that the helper needs to examine sockets and programs in the kernel.
quic_boot() {
	HOST_OPTIONS=(--capability=CAP_BPF --system-call-filter='bpf pidfd_getfd')
	host_boot "$@"
	[[ -n $HOST_SKIP ]] || quic_clients
}

# quic_clients: copies the clients and a certificate into the running container (or HOST_ROOT)
quic_clients() {
	local root=${HOST_ROOT:-/proc/$HOST_LEADER/root} debs deb
	debs=$("$TOP/tests/packages/debs" trixie "${QUIC_PACKAGES[@]}")
	mkdir -p "$root$QUIC_CLIENTS"
	for deb in "$debs"/*.deb; do
		dpkg-deb -x "$deb" "$root$QUIC_CLIENTS"
	done
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 \
		-keyout "$root$QUIC_CLIENTS/key" -out "$root$QUIC_CLIENTS/certificate" 2>/dev/null
}

# Called by setup(): nginx does not run yet; the lines are more settings. The settle time is the default one: a client
# in the middle of its handshake needs it.
quic_fresh() { # [LINE...]
	host_fresh
	host_settings NGINX=/usr/sbin/nginx "$@"
	host_install_unit "PID_FILE=$QUIC_PID_FILE"
}

# quic_conf on|off [WORKERS [WORD...]]: writes the configuration, with those words after `quic` (reuseport).
# QUIC_ADDRESS and QUIC_ADDRESS6: the addresses of HTTP/3, default all; QUIC_MORE: lines for the server.
quic_conf() {
	local bpf=$1 workers=${2:-2}
	shift $(($# < 2 ? $# : 2))
	(($#)) || set -- reuseport
	host_write /etc/nginx/nginx.conf <<-CONF
		worker_processes $workers;
		pid $QUIC_PID_FILE;
		error_log /var/log/nginx/error.log notice;
		quic_bpf $bpf;
		events {
		}
		http {
			access_log off;
			keepalive_requests 100000;
			keepalive_timeout 5s; # how long an old worker waits for a client that it has lost
			server {
				listen ${QUIC_ADDRESS-*}:$QUIC_PORT quic $*;
				listen ${QUIC_ADDRESS6-[::]}:$QUIC_PORT quic $*;
				listen $QUIC_PORT ssl;
				listen 127.0.0.1:$PORT;
				listen [::1]:$PORT;
				http3 on;
				ssl_certificate $QUIC_CLIENTS/certificate;
				ssl_certificate_key $QUIC_CLIENTS/key;
				root $PREFIX/html;
				location /big {
					limit_rate 64k;
				}
				${QUIC_MORE-}
			}
		}
	CONF
	# another file, since clients may be reading the former one
	host_run sh -c "head -c $((QUIC_DOWNLOAD_SECONDS * 65536)) /dev/zero >$PREFIX/html/big.new && mv $PREFIX/html/big.new $PREFIX/html/big"
}

# The same, and starts nginx; sets old.
quic_serve() {
	quic_conf "$@"
	host_systemctl start nginx
	assert_status 0
	wait_until 10 host_do master_ready "$QUIC_PID_FILE"
	old=$(host_master $QUIC_PID_FILE)
}

# --- clients ------------------------------------------------------------------------------------------

# quic_run COMMAND...: runs it with the files in the folder of the clients
quic_run() {
	host_run env "LD_LIBRARY_PATH=$QUIC_LIBRARIES" "PATH=$QUIC_CLIENTS/usr/bin:/usr/bin:/bin" \
		"PYTHONPATH=$QUIC_CLIENTS/usr/lib/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1 "$@"
}

# quic_load_start [OPTION...]: options of tests/quic/load; returns when each class has had an answer.
quic_load_start() {
	QUIC_LOAD=/run/load.$RANDOM
	host_run mkdir "$QUIC_LOAD"
	quic_run python3 -B /opt/nh/tests/quic/load "$@" "$QUIC_LOAD" >"$BATS_TEST_TMPDIR/quic-load" 2>&1 </dev/null 3>&- &
	QUIC_LOAD_PID=$!
	wait_until 30 quic_load_ready
	alive "$QUIC_LOAD_PID" || fail "the load did not get under way: $(<"$BATS_TEST_TMPDIR/quic-load")"
}

quic_load_ready() { [[ -e /proc/$HOST_LEADER/root$QUIC_LOAD/ready ]] || gone "$QUIC_LOAD_PID"; }

# Sets load_line and load_status; quic_load_of NAME prints one number of it. The times of the new connections are then
# in $BATS_TEST_TMPDIR/times.
quic_load_stop() {
	load_status=0
	: >"/proc/$HOST_LEADER/root$QUIC_LOAD/stop"
	wait "$QUIC_LOAD_PID" || load_status=$?
	cat "$BATS_TEST_TMPDIR/quic-load"
	cp "/proc/$HOST_LEADER/root$QUIC_LOAD/times" "$BATS_TEST_TMPDIR/times"
	load_line=$(<"/proc/$HOST_LEADER/root$QUIC_LOAD/summary") || fail 'the load has no summary'
}

quic_load_of() { sed -n "s/.*\\b$1=\\([0-9]*\\).*/\\1/p" <<<"$load_line"; }

# quic_load_lost_nothing [REFUSED]: no new connection failed, no download broke, no kept connection lost a request, and no
# request over TCP failed. Of 200 new ones one may have taken over a second, which a busy machine does by itself. Up to
# REFUSED new connections may have been refused: an undo ends the new generation at once, with the clients in the middle of
# their handshake.
quic_load_lost_nothing() {
	local name
	(($(quic_load_of new_failed) <= ${1:-0})) || fail "new_failed of $load_line"
	(($(quic_load_of new_slow) * 200 <= $(quic_load_of new))) || fail "new_slow of $load_line"
	for name in kept_failed broken tcp_failed; do
		assert_equal "$(quic_load_of $name)" 0 "$name of $load_line"
	done
	for name in new kept downloads tcp; do
		(($(quic_load_of $name) > 0)) || fail "the load has none of $name: $load_line"
	done
}

# --- killed ---------------------------------------------------------------------------------------------

# The steps of a steered handover, as the helper announces them.
QUIC_STEPS=('attach a program' 'USR2 to' 'lead new clients' 'QUIT to the old' 'take UDP sockets' 'detach the program')

# quic_killed_at TEXT: SIGKILL to the helper as soon as it announces this step.
quic_killed_at() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run sh -c '/usr/sbin/nginx-handover upgrade --force --quic steer --verbose 2>&1 | while read -r line; do
		case $line in
		*"$0"*) pkill -KILL -x nginx-handover ;;
		esac
	done' "$1"
}

# --- by hand ------------------------------------------------------------------------------------------

# The three signals, sent by hand; sets old.
quic_by_hand() {
	host_run kill -USR2 "$old"
	wait_until 10 quic_second_ready
	host_run kill -WINCH "$old"
	pause 0.2
	host_run kill -QUIT "$old"
	wait_until "${1:-60}" host_gone "$old"
	old=$(host_master $QUIC_PID_FILE)
}

quic_second_ready() { host_run test -s "$QUIC_PID_FILE.oldbin" && host_do master_ready "$QUIC_PID_FILE"; }
