# Shared by the tests of reasons and advice.
# shellcheck shell=bash

# Turns the new binary into a launcher of nginx; see lib/launcher.c. Each NAME=VALUE is a file beside nginx.
launcher() {
	local folder=/usr/local/src/launched file
	mkdir -p $folder
	cp "$NEW" $folder/nginx
	for file; do
		echo "${file#*=}" >"$folder/${file%%=*}"
	done
	NEW=/usr/local/src/launcher
	cp "$TOP/build/tests/launcher" $NEW
}

upgrade() { handover upgrade --settle 10ms --binary "$NEW" "$@"; }

serves_as_before() {
	assert_equal "$(master)" "$old" 'the master'
	answers 1.18.0
}

start_old() {
	start_nginx "$@"
	old=$(master)
}
