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

# What stands at the target, and two workers of it.
serve() {
	install_old 1.18.0
	rm -f $SOCKET
	start_nginx
	old=$(master)
}

upgrade() {
	handover upgrade --binary "$NEW" --settle 100ms --drain-timeout 2s "$@"
}

# The old generation serves, and serves well.
serves_as_before() {
	[[ $(master) == "$old" ]] && sh $PREFIX/conf/probe
}

# What came of that one of the probes in the run before: "found", or "-".
verdict() {
	if [[ $output == *"probe \"$1\" failed"* || $output == *"the probe of the new generation failed: $1: "* ]]; then
		echo found
	else
		[[ $output == *"probe \"$1\" passed"* ]] && echo -
	fi
}

# tried KIND OPTIONS...: an upgrade to that kind. It is undone, and all is as before; or nobody has found out.
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

# The command says what it finds, and exits with 0 where --probe-http is to have its turn.
command_of() {
	echo "sh $PREFIX/conf/probe; r=\$?; echo \$r >$PREFIX/seen/command; exit $([[ $1 == found ]] && echo 0 || echo "\$r")"
}

# Sets by_default, by_http and by_command to what they find of a kind, where it is expected that they do so or not.
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

# Up but wrong, and what finds it: the default, --probe-http, --probe. The first four are an outage.
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

@test "each kind of up but wrong is undone by the probes that can find it, and the old generation serves on" {
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
	load_stop
	serves_as_before
}

@test "what has no answer before tells nothing, and that is said; a good binary passes" {
	serve
	sed -i "s|listen 127.0.0.1:8081;|listen 127.0.0.1:8082;|; s|return 404|return 444|" $CONF_FILE
	sed -i "s|listen 127.0.0.1:8443 ssl;|& listen 127.0.0.1:8083 proxy_protocol; server_name ~^x;|" $CONF_FILE
	new_binary 1.22.1
	# 8082 is not served before.
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
	# Nothing that could be asked at all.
	printf 'events {}\nhttp { server { listen localhost:8080; } }\n' >$CONF_FILE
	serve
	upgrade --probe-http
	assert_status 0
	assert_output '--probe-http: no server of http is known to be asked'
}
