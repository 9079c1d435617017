# HTTP/3 in a container of trixie, with Debian's nginx and curl: whether new clients get an answer. For more kinds of
# clients, and for a load, see quic.bash.
# shellcheck shell=bash disable=SC2034 # the tests and host.bash use what is set here

# shellcheck source=tests/lib/quic.bash
. "${BASH_SOURCE[0]%/*}/quic.bash"

QUIC_CLIENTS=/opt/curl
PACKAGED=/run/nginx.pid
HTTP3=8443

http3_boot() {
	HOST_OPTIONS=(--capability=CAP_BPF --system-call-filter='bpf pidfd_getfd')
	host_boot
	[[ -n $HOST_SKIP ]] || quic_clients
}

# Called by setup(): nginx does not run yet; the lines are settings.
http3_fresh() { # [LINE...]
	host_fresh
	host_settings NGINX=/usr/sbin/nginx "$@"
	host_install_unit "PID_FILE=$PACKAGED"
}

# Two workers; the words follow `quic` in the `listen` directive.
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

# new_clients COUNT SECONDS: prints how many of them get an answer within that time
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

all_answered() { assert_equal "$(new_clients 12 5)" 12 'new HTTP/3 clients that got an answer'; }

# has_map PID: whether this nginx has the map of quic_bpf
has_map() { host_run sh -c "ls -l /proc/$1/fd | grep -q anon_inode:bpf-map"; }
