# What the tests of reasons and advice share.
# shellcheck shell=bash

# The new binary becomes a launcher of it; see lib/launcher.c. Each NAME=VALUE is a file beside nginx.
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
