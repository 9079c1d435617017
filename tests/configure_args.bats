#!/usr/bin/env bats
# configure-args: the options of the running build, as a line for a shell.

# shellcheck disable=SC2016 # it is another shell that is not to expand it
load lib/common

# the options with which tests/lib/build-nginx builds
OLD=("--prefix=$PREFIX" --with-http_ssl_module --with-compat '--with-cc-opt=-O1 -Wno-error' --with-threads)

setup() { setup_running; }

teardown() { common_teardown; }

args() { handover configure-args --pid-file $PID_FILE "$@"; }

# A ./configure that prints its arguments, one a line.
tell_arguments() {
	cd "$BATS_TEST_TMPDIR" || return
	printf '%s\n' '#!/bin/sh' 'for each; do printf "<%s>\n" "$each"; done' >configure
	chmod 755 configure
}

@test "the line has what nginx -V says, a shell takes it apart in the same way, and what is added joins it" {
	local shell
	tell_arguments
	"$HANDOVER" configure-args --pid-file $PID_FILE >line 2>said
	[[ ! -s said ]] || fail "said: $(<said)"
	assert_equal "$(wc -l <line)" 1 'lines'
	for shell in sh bash; do
		run_shown "$shell" ./line
		assert_status 0
		assert_equal "$output" "$(printf '<%s>\n' "${OLD[@]}")"
	done

	args --add --with-http_v2_module --add=--with-cc-opt='-O3 $(touch here)' --add --with-compat
	assert_status 0
	assert_equal "$output" "./configure --prefix=$PREFIX --with-http_ssl_module --with-compat --with-cc-opt='-O3 \$(touch here)' --with-threads --with-http_v2_module"
	echo "$output" >line
	run_shown sh ./line
	assert_output '<--with-cc-opt=-O3 $(touch here)>'
	[[ ! -e here ]] || fail 'the line was obeyed'

	args --json --add --with-http_v2_module
	run_shown jq -r 'select(.event == "argument") | .is + " " + .argument' <<<"$output"
	assert_output 'kept --with-cc-opt=-O1 -Wno-error'
	assert_output 'added --with-http_v2_module'

	args --add v2
	assert_status 2
	assert_output 'is no option of configure: write --name or --name=value'
}

@test "the line is that of the running binary, not of the file at its path; without nginx, of the installed one; missing sources are named" {
	local fake=/usr/local/src/fake/nginx text
	rm $TARGET
	cp "$(built 1.22.1 elsewhere)" $TARGET
	args
	assert_status 0
	assert_output --prefix=$PREFIX

	kill_all_nginx
	handover configure-args --nginx $TARGET
	assert_status 0
	refute_output --prefix=$PREFIX

	mkdir -p ${fake%/*}
	text='nginx version: nginx/1.18.0\nconfigure arguments: --add-module=../brotli --with-openssl=/nowhere/openssl-1.1.1 --with-pcre=/usr'
	printf '%s\n' '#!/bin/sh' "printf '$text\\n' >&2" >$fake
	chmod 755 $fake
	handover configure-args --nginx $fake
	assert_status 0
	assert_output '--add-module=../brotli is relative to the folder in which this nginx was built'
	assert_output '--with-openssl=/nowhere/openssl-1.1.1 does not exist here'
	refute_output 'pcre=/usr:'

	# a terminal would interpret it
	printf '%s\n' '#!/bin/sh' "printf '$text --build=\\033[2J\\n' >&2" >$fake
	handover configure-args --nginx $fake
	assert_status 1
	[[ $output != *$'\033'* ]] || fail 'an escape came through'
	handover configure-args --nginx $fake --json
	assert_status 0

	rm $fake
	handover configure-args --nginx $fake
	assert_status 5
}
