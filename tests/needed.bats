#!/usr/bin/env bats
# needed: why an upgrade is due, file by file, each with its package, and an exit code for scripts.

# shellcheck disable=SC2086 # paths without blanks
load lib/common

setup() {
	requires_root
	fresh_prefix
	MODULE=$PREFIX/modules/ngx_mail_module.so LIBRARY=$PREFIX/lib/libz.so.1
	mkdir -p ${MODULE%/*} ${LIBRARY%/*}
	write_conf 1 "load_module $MODULE; env LD_LIBRARY_PATH;"
	install_old 1.18.0
	cp "$(built 1.18.0 module)" $MODULE
	system_library=$(ldd $TARGET | awk '$1 ~ /^libz\.so/ { print $3 }')
	cp "$system_library" $LIBRARY
	export LD_LIBRARY_PATH=$PREFIX/lib
	start_nginx
	unset LD_LIBRARY_PATH
	old=$(master)
}

teardown() {
	common_teardown
}

needed() { handover needed --pid-file $PID_FILE "$@"; }

# replaced FILE BY: renames another file over it, as packages do
replaced() {
	cp "$2" "$1.new" && mv "$1.new" "$1"
}

# dpkg_has PACKAGE VERSION FILE...: makes this the only package in dpkg's database
dpkg_has() {
	mount -t tmpfs tmpfs /var/lib/dpkg
	mkdir /var/lib/dpkg/info
	printf '%s\n' /. "${@:3}" >"/var/lib/dpkg/info/$1:amd64.list"
	printf 'Package: other\nVersion: 9\n\nPackage: %s\nStatus: install ok installed\nVersion: %s\n\n' "$1" "$2" \
		>/var/lib/dpkg/status
}

# due KIND: prints the event of such a file in $output
due() { grep "\"event\":\"due\",\"kind\":\"$1\"" <<<"$output" || fail "no $1 is due: $output"; }

# seconds KIND: prints its time, `since`
seconds() { due "$1" | sed 's/.*"since":\([0-9]*\).*/\1/'; }

@test "binary, module and library: what happened to each, when, and of which package it is" {
	local before kind
	needed
	assert_status 1
	assert_output "no upgrade is due: master $old runs what is in place"
	replaced $TARGET "$(built 1.18.0)"
	needed --json
	assert_status 1
	assert_output '"event":"needed","due":0,"files":0'
	assert_output 'the same bytes'

	before=$(($(date +%s) - 1)) # the clock of files is that of the last tick
	replaced $TARGET "$(built 1.22.1)"
	needed
	assert_status 0
	assert_output "the binary $TARGET was replaced at $(date +%Y)"
	assert_output '(1.18.0 runs, nginx 1.22.1 is installed there)'
	refute_output 'package'

	replaced $MODULE "$(built 1.22.1 module)"
	rm $LIBRARY
	dpkg_has libfake1 1.2-3 $LIBRARY $TARGET
	needed
	assert_status 0
	assert_output "the library $LIBRARY was deleted at $(date +%Y)"
	assert_output 'it belongs to the package libfake1, now 1.2-3'
	assert_output "an upgrade is due: files that master $old uses and that were replaced: 3"
	needed --json
	due binary | grep -F '"state":"replaced",' | grep -F '"package":"libfake1","package_version":"1.2-3"'
	due module | grep -F "\"path\":\"$MODULE\",\"state\":\"replaced\"" | grep -F '"package":"",'
	due library | grep -F "\"path\":\"$LIBRARY\",\"state\":\"deleted\""
	for kind in binary module library; do
		(($(seconds $kind) >= before && $(seconds $kind) <= $(date +%s))) || fail "$kind: since $(seconds $kind)"
	done
	assert_output '"event":"needed","due":1,"files":3'
	needed -q
	assert_status 0
	assert_equal "$output" '' 'what -q says'
	umount /var/lib/dpkg

	replaced $MODULE "$(built 1.22.1 module)"
	cp "$system_library" $LIBRARY
	handover upgrade --settle 100ms --pid-file $PID_FILE
	assert_status 0
	needed
	assert_status 1
}

@test "an unknown state is neither due nor not due" {
	local new
	# an ordinary user asks about root's nginx
	chmod 755 "$PREFIX" $PREFIX/logs
	run_shown setpriv --reuid 65534 --clear-groups "$HANDOVER" needed --pid-file $PID_FILE
	assert_status 4
	run_shown bash -c "ulimit -n 12; exec '$HANDOVER' needed --pid-file $PID_FILE"
	assert_status 4
	run_shown "$HANDOVER" needed --settings /nowhere
	((status != 0 && status != 1)) || fail "a fault of the settings is $status"

	# two generations by hand; then the old one drains, for one client
	slow_client
	kill -USR2 "$old"
	wait_until 10 master_ready $PID_FILE
	# shellcheck disable=SC2016 # expanded at each try
	wait_until 10 eval '[[ $(master) != "$old" ]] && master_ready'
	needed
	assert_status 153
	assert_output 'nginx-handover finish'
	new=$(master)
	kill -QUIT "$old"
	wait_until 10 workers_of "$old" 'nginx: worker process is shutting down'
	needed
	assert_status 1
	assert_output "master $new runs what is in place"
	replaced $TARGET "$(built 1.22.1)"
	needed
	assert_status 0
	assert_output 'when the old master, which still drains, has ended'
	exec {slow}>&-
	wait_until 10 gone "$old"

	kill -QUIT "$new"
	wait_until 10 gone "$new"
	needed
	assert_status 7
	assert_output 'is not running'
	rm $PREFIX/sbin/nginx
	run_shown "$HANDOVER" needed --nginx $TARGET
	assert_status 5
}
