#!/usr/bin/env bats
# New binaries that are up and serve wrongly: which of the probes finds which. And what --probe-http says of
# addresses from which it can learn nothing.

load lib/common

setup_file() {
	requires_root
	fresh_prefix
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=a.example -keyout $PREFIX/conf/key \
		-out $PREFIX/conf/cert 2>/dev/null
	mkdir $PREFIX/html/b $PREFIX/html/api
	echo 'it works' | tee $PREFIX/html/b/index.html >$PREFIX/html/api/index.html
	echo 'it works, too' >$PREFIX/html/b/index.html
	cat >$CONF_FILE <<-CONF
		worker_processes 2;
		events { worker_connections 512; }
		http {
			access_log off;
			server {
				listen 127.0.0.1:$PORT default_server;
				listen unix:$SOCKET;
				server_name a.example;
				root $PREFIX/html;
			}
			server { listen 127.0.0.1:$PORT; server_name b.example; root $PREFIX/html/b; }
			server { listen 127.0.0.1:8081; return 404; }
			server { listen 127.0.0.1:8081; server_name c.example; root $PREFIX/html; }
			server {
				listen 127.0.0.1:8443 ssl;
				server_name a.example;
				ssl_certificate cert;
				ssl_certificate_key key;
				root $PREFIX/html;
			}
		}
	CONF
	cat >$PREFIX/conf/probe <<-'PROBE'
		set -e
		get() { [ "$(curl -fsk -m 1 -H "Host: $1" "$2")" = "$3" ]; }
		get a.example http://127.0.0.1:8080/ 'it works'
		get a.example http://127.0.0.1:8080/api/ 'it works'
		get b.example http://127.0.0.1:8080/ 'it works, too'
		get c.example http://127.0.0.1:8081/ 'it works'
		get a.example https://127.0.0.1:8443/ 'it works'
	PROBE
}

teardown() { common_teardown; }

# What stands at the target, and two workers of it.
serve() {
	install_old 1.18.0
	rm -f $SOCKET
	start_nginx
	old=$(master)
}

upgrade() {
	handover upgrade --binary "$NEW" --settle 100ms --drain-timeout 2s --probe-accept no "$@"
}

# The old generation serves, and serves well.
serves_as_before() {
	[[ $(master) == "$old" ]] && sh $PREFIX/conf/probe
}

# try KIND PROBE OPTIONS...: whether that probe finds that kind: "found" or "-".
try() {
	local kind=$1 probe=$2
	shift 2
	[[ -n $(nginx_processes) ]] || serve
	broken_binary "$kind"
	upgrade "$@"
	case $status in
	150)
		serves_as_before || fail "$kind, $probe: undone, but not as before"
		printf '%-22s %-8s found: %s\n' "$kind" "$probe" "$(grep -m 1 -o 'probe of the new generation failed.*' <<<"$output" || :)"
		found=found
		;;
	*)
		printf '%-22s %-8s exit code %s\n' "$kind" "$probe" "$status"
		found=-
		kill_all_nginx
		;;
	esac >>"$BATS_FILE_TMPDIR/table"
}

# Which kinds the probes of --probe-http and --probe find. Both need not be tried where the other is enough to tell.
KINDS='
	answers-502           found found
	closes-at-request     found found
	listens-nowhere       found found
	never-accepts         found found
	one-listener-missing  found found
	unix-listener-missing found -
	answers-404           found found
	b-answers-500         found found
	api-answers-502       -     found
	mixes-up-b            -     found
	mixes-up-c            found found
	hangs-at-request      found found
	answers-after-3s      found found
	breaks-off            found found
	speaks-no-http        found found
	wrong-content         -     found
	tls-gone              found found
'

@test "each kind of up but wrong is undone by the probes that can find it, and the old generation serves on" {
	local kind http command wrong=0
	while read -r kind http command; do
		[[ -n $kind ]] || continue
		try "$kind" http --probe-http
		[[ $found == "$http" ]] || wrong=1
		echo "$kind http: $found, $http expected"
		try "$kind" command --probe "sh $PREFIX/conf/probe"
		[[ $found == "$command" ]] || wrong=1
		echo "$kind command: $found, $command expected"
	done <<<"$KINDS"
	cat "$BATS_FILE_TMPDIR/table"
	((wrong == 0))
}
