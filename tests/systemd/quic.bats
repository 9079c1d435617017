#!/usr/bin/env bats
# HTTP/3 across an upgrade, with Debian's nginx and curl: what nginx loses of it is told beforehand and afterwards,
# by what the sockets show.
#
# hosts: trixie-v2

load ../lib/systemd

PACKAGED=/run/nginx.pid
HTTP3=8443

# curl lies in a folder of its own; the tree has not the libraries that it needs.
setup_file() {
	local root debs deb
	HOST_OPTIONS=(--capability=CAP_BPF --system-call-filter=bpf)
	host_boot
	[[ -z $HOST_SKIP ]] || return 0
	root=/proc/$HOST_LEADER/root
	debs=$("$TOP/tests/packages/debs" trixie curl)
	mkdir -p "$root/opt/curl"
	for deb in "$debs"/*.deb; do
		dpkg-deb -x "$deb" "$root/opt/curl"
	done
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 \
		-keyout "$root/opt/curl/key" -out "$root/opt/curl/certificate" 2>/dev/null
}

setup() {
	host_fresh
	host_settings NGINX=/usr/sbin/nginx SETTLE=100ms
	host_install_unit "PID_FILE=$PACKAGED"
}

# Two workers, and `listen` with those words behind `quic`
with_http3() { # on|off [WORD...]
	host_write /etc/nginx/nginx.conf <<-CONF
		worker_processes 2;
		pid $PACKAGED;
		error_log /var/log/nginx/error.log notice;
		quic_bpf $1;
		events {
		}
		http {
			access_log off;
			server {
				listen $HTTP3 quic ${*:2};
				listen $HTTP3 ssl;
				listen 127.0.0.1:$PORT;
				http3 on;
				ssl_certificate /opt/curl/certificate;
				ssl_certificate_key /opt/curl/key;
				root $PREFIX/html;
			}
		}
	CONF
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
}

# new_clients COUNT SECONDS: how many of them get an answer within that time
new_clients() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run env LD_LIBRARY_PATH=/opt/curl/usr/lib/x86_64-linux-gnu sh -c '
		i=0
		while [ $i -lt "$0" ]; do
			/opt/curl/usr/bin/curl -sk --http3-only -m "$2" -o /dev/null -w "%{http_version}\n" "https://127.0.0.1:$1/" &
			i=$((i + 1))
		done
		wait' "$1" $HTTP3 "$2" | grep -c '^3$' || :
}

some_unanswered() {
	local answered
	answered=$(new_clients 20 1)
	((answered < 20)) || fail 'every new HTTP/3 client got an answer: the claim is not true here'
}

all_answered() { assert_equal "$(new_clients 12 5)" 12 'new HTTP/3 clients that got an answer'; }

# has_map PID: nginx did what quic_bpf says
has_map() { host_run sh -c "ls -l /proc/$1/fd | grep -q anon_inode:bpf-map"; }

# Longer by a byte, which it does not mind.
another_binary() {
	host_run sh -c 'cp -p /usr/sbin/nginx /usr/sbin/nginx.longer && printf x >>/usr/sbin/nginx.longer &&
		mv /usr/sbin/nginx.longer /usr/sbin/nginx'
}

@test "quic_bpf: what it costs is told, sockets that nobody reads are named, the fourth upgrade is refused" {
	with_http3 on reuseport
	has_map "$old" || skip 'cannot exist here: this kernel has no quic_bpf'
	all_answered
	host_handover upgrade --dry-run --force
	assert_status 0
	assert_output "HTTP/3 on *:$HTTP3, with quic_bpf"
	assert_output 'afterwards 2 of 4'
	host_handover status
	refute_output HTTP/3
	host_handover upgrade --force
	assert_status 157
	refute_output 'done in'
	assert_output 'handed over in'
	refute_output tcp_migrate_req # the kernel moves no UDP socket's clients
	assert_output "of 4 UDP sockets on *:$HTTP3 2 have no reader"
	another_binary
	host_handover package-update
	assert_status 157
	refute_output 'without losing'
	assert_output "of 6 UDP sockets on *:$HTTP3 4 have no reader"
	another_binary
	host_systemctl reload nginx
	run_shown host_journal -t nginx-handover
	assert_output "of 8 UDP sockets on *:$HTTP3 6 have no reader"
	refute_output 'read anew'
	some_unanswered
	host_handover status
	assert_status 0
	assert_output "of 8 UDP sockets on *:$HTTP3 6 have no reader"
	old=$(host_master $PACKAGED)
	host_handover upgrade --force
	assert_status 154
	assert_output "holds 8 sockets for *:$HTTP3"
	assert_output 'room for 8'
	assert_serves "$old"
	host_run sh -c "! grep -q 'signal 12 .*$old' /var/log/nginx/error.log" || fail 'it was sent USR2'
	host_handover restart # as advised
	assert_status 0
	all_answered
	host_handover upgrade --force --json
	assert_status 157
	assert_output '"event":"handed_over"'
	assert_output '"event":"unread"'
	refute_output '"event":"done"'
}

@test "without quic_bpf: half of the new clients get no answer while old workers drain, and none after that" {
	with_http3 off reuseport
	host_handover upgrade --dry-run --force
	assert_status 0
	assert_output "HTTP/3 on *:$HTTP3: most QUIC connections that are open are lost"
	assert_output 'about half of the new HTTP/3 clients'
	host_handover doctor --json
	assert_output '"id":"http3"'
	host_slow_client
	host_handover upgrade --force --drain-timeout 200ms
	assert_status 151
	assert_output "HTTP/3 on *:$HTTP3: the old workers read the same UDP sockets"
	some_unanswered
	host_handover status
	assert_output "HTTP/3 on *:$HTTP3: the old workers read the same UDP sockets"
	host_handover finish --drain-timeout 0 --drain-expired term # as advised
	assert_status 0
	refute_output 'done in'
	assert_output 'how many connections of HTTP/3 were lost cannot be told'
	host_handover status
	refute_output HTTP/3
	all_answered
}
