#!/usr/bin/env bats
# New binaries that start but serve wrong answers: which probe finds which. And what --probe-http says about
# addresses without an answer.

load lib/common

setup_file() {
	requires_root
	fresh_prefix
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=a.example -keyout $PREFIX/conf/key \
		-out $PREFIX/conf/cert 2>/dev/null
	mkdir $PREFIX/html/b $PREFIX/html/api
	mkdir -m 1777 $PREFIX/seen
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
		get() { [ "$(curl -fsk -m .5 -H "Host: $1" "$2")" = "$3" ]; }
		get a.example http://127.0.0.1:8080/ 'it works'
		get a.example http://127.0.0.1:8080/api/ 'it works'
		get b.example http://127.0.0.1:8080/ 'it works, too'
		get c.example http://127.0.0.1:8081/ 'it works'
		get a.example https://127.0.0.1:8443/ 'it works'
	PROBE
}

teardown() { common_teardown; }

# The version at the target serves, with two workers.
serve() {
	install_old 1.18.0
	rm -f $SOCKET
	start_nginx
	old=$(master)
}

upgrade() {
	handover upgrade --binary "$NEW" --settle 100ms --drain-timeout 2s "$@"
}

# The old generation serves, with right answers.
serves_as_before() {
	[[ $(master) == "$old" ]] && sh $PREFIX/conf/probe
}

# The result of this probe in the run before: "found", or "-".
verdict() {
	if [[ $output == *"probe \"$1\" failed"* || $output == *"the probe of the new generation failed: $1: "* ]]; then
		echo found
	else
		[[ $output == *"probe \"$1\" passed"* ]] && echo -
	fi
}

# tried KIND OPTIONS...: an upgrade to that kind. It is undone, and everything is as before; or no probe has found it.
tried() {
	local kind=$1
	shift
	[[ -n $(nginx_processes) ]] || serve
	upgrade -v "$@"
	case $status in
	150) serves_as_before || fail "$kind: undone, but not as before" ;;
	0) kill_all_nginx ;;
	*) fail "$kind: exit code $status" ;;
	esac
}

# The command prints its finding, and exits with 0 where --probe-http should find the fault.
command_of() {
	echo "sh $PREFIX/conf/probe; r=\$?; echo \$r >$PREFIX/seen/command; exit $([[ $1 == found ]] && echo 0 || echo "\$r")"
}

# Sets by_default, by_http and by_command to the findings of each probe for a kind.
try() {
	local kind=$1 default=$2 http=$3 options=()
	broken_binary "$kind"
	rm -f $PREFIX/seen/command
	if [[ $default == found ]]; then
		tried "$kind"
		by_default=$(verdict accept)
		options=(--probe-accept no)
	fi
	tried "$kind" "${options[@]}" --probe-http --probe "$(command_of "$http")"
	by_http=$(verdict http) || by_http=-
	[[ $default == found ]] || by_default=$(verdict accept) || by_default=-
	if [[ ! -e $PREFIX/seen/command ]]; then # the others were faster
		tried "$kind" --probe-accept no --probe "$(command_of -)"
	fi
	by_command=-
	[[ $(<$PREFIX/seen/command) == 0 ]] || by_command=found
}

# Each kind, and which probes find it: the default one, --probe-http, --probe. The first four are an outage.
KINDS='
	listens-nowhere       found found found
	never-accepts         found found found
	answers-502           -     found found
	closes-at-request     -     found found
	one-listener-missing  found found found
	answers-404           -     found found
	b-answers-500         -     found found
	api-answers-502       -     -     found
	mixes-up-b            -     -     found
	mixes-up-c            -     found found
	hangs-at-request      -     found found
	answers-after-3s      -     found found
	breaks-off            -     found found
	speaks-no-http        -     found found
	wrong-content         -     -     found
	tls-gone              -     found found
'

@test "each kind of wrong binary that starts is undone by the probes that can find it, and the old generation goes on serving" {
	local kind default http by_default by_http by_command table=
	while read -r kind default http _; do
		[[ -n $kind ]] || continue
		try "$kind" "$default" "$http"
		table+=$(printf '%-22s %-6s %-6s %-6s' "$kind" "$by_default" "$by_http" "$by_command")$'\n'
	done <<<"$KINDS"
	echo "$table"
	assert_equal "$(xargs -n 4 <<<"$table")" "$(xargs -n 4 <<<"$KINDS")" 'which finds which'
}

@test "an undo loses no request that did not meet the new generation" {
	serve
	load_start
	broken_binary b-answers-500
	upgrade --probe-http
	assert_status 150
	assert_output 'http://127.0.0.1:8080/ for b.example: 200 before, 500 now'
	refute_output 'for a.example'
	assert_output 'TCP connections were made here in that time, those of the probes among them'
	load_stop
	serves_as_before
}

@test "a server without an answer before is not judged, and that is said; a good binary passes" {
	serve
	sed -i "s|listen 127.0.0.1:8081;|listen 127.0.0.1:8082;|; s|return 404|return 444|" $CONF_FILE
	sed -i "s|listen 127.0.0.1:8443 ssl;|& listen 127.0.0.1:8083 proxy_protocol; server_name ~^x;|" $CONF_FILE
	new_binary 1.22.1
	# 8082 is not served before the upgrade.
	upgrade --probe-http -v
	assert_status 0
	assert_output 'nothing can be learned from'
	assert_output 'http://127.0.0.1:8082/ for c.example (no connection)'
	assert_output 'no worse than before'
	kill_all_nginx
	serve
	upgrade --probe-http -v --json
	assert_status 0
	assert_output 'closed without an answer'
	assert_output '"probe":"http"'
	assert_output '6 answers are no worse than before'
	kill_all_nginx
	# No server that can be asked.
	printf 'events {}\nhttp { server { listen localhost:8080; } }\n' >$CONF_FILE
	serve
	upgrade --probe-http
	assert_status 0
	assert_output '--probe-http: no server of http is known to be asked'
}

# in_network_conf H2C CERTIFICATE: the answer of the server of HTTP/2 without TLS, and the certificate of that with TLS
in_network_conf() {
	cat >$CONF_FILE <<-CONF
		worker_processes 2;
		events { worker_connections 512; }
		http {
			access_log off;
			server { listen 127.0.0.1:$PORT; server_name a.example; root $PREFIX/html; }
			server { listen 127.0.0.1:8085 http2; server_name a.example; $1; }
			server {
				listen 127.0.0.1:8443 ssl;
				server_name a.example;
				ssl_certificate $2;
				ssl_certificate_key key;
				root $PREFIX/html;
			}
		}
	CONF
}

@test "in a network namespace of its own, HTTP/2 without TLS, a certificate that is not trusted any more; finish" {
	local good="root $PREFIX/html" cas=/etc/ssl/certs/ca-certificates.crt
	[[ -e $cas ]] || skip 'no certificates of the system'
	mount --bind $PREFIX/conf/cert $cas
	openssl req -x509 -key $PREFIX/conf/key -days 2 -subj /CN=a.example -set_serial 7 -out $PREFIX/conf/other
	in_network_conf "$good" cert
	install_old 1.22.1 stream
	unshare -n sh -c "ip link set lo up; exec $TARGET" 3>&-
	wait_until 10 master_ready
	old=$(master)
	in_network_conf 'return 500' cert
	handover upgrade --force --settle 100ms --probe-http
	assert_status 150
	assert_output 'http://127.0.0.1:8085/ for a.example: 200 before, 500 now'
	in_network_conf "$good" other
	handover upgrade --force --settle 100ms --probe-http
	assert_status 150
	assert_output 'https://127.0.0.1:8443/ for a.example: 200 before, a certificate that is not to be trusted now'
	assert_equal "$(master)" "$old" 'the master'
	in_network_conf "$good" cert
	handover upgrade --force --settle 100ms --probe-http -v
	assert_status 0
	assert_output '3 answers are no worse than before'

	kill -USR2 "$(master)"
	wait_until 10 test -e $PID_FILE.oldbin
	wait_until 10 master_ready
	handover finish --settle 50ms --probe-http
	umount $cas
	assert_status 0
	assert_output '--probe-http proves nothing in this run: what was answered before the handover is not known'
}

@test "where the old workers accept until the end, an answer may be theirs, and that is said" {
	write_conf 4
	sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT reuseport;/" $CONF_FILE
	serve
	sed -i 's/worker_processes 4/worker_processes 1/' $CONF_FILE
	new_binary 1.22.1
	upgrade --probe true --probe-http --json -v
	assert_status 0
	assert_output '"probe":"command","result":"passed","text":"","duration_us":'
	assert_output ',"shared":1,'
	assert_output 'the old workers accept, too, until the end of this upgrade (reuseport), so an answer may have been theirs'
	assert_equal "$(grep -c '"shared":1' <<<"$output")" 2 'the probes that do not know who answered'
	assert_equal "$(grep '"probe":"accept"' <<<"$output" | grep -c shared)" 0 'the proof of who has accepted'
}
