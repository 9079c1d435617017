# Builds that follow each other at one path; for tests of what a rollback goes back to.
# shellcheck shell=bash

# shellcheck disable=SC2086 # paths without blanks
builds_setup() {
	requires_root
	fresh_prefix
	write_conf 1
	# shellcheck disable=SC2034 # used by tests
	RECORD=/var/lib/nginx-handover$PREFIX/sbin/.nginx.served
}

# As packages do it: another file is renamed over the binary.
# shellcheck disable=SC2086
put() {
	cp "$(built "$@")" $TARGET.tmp && mv $TARGET.tmp $TARGET
}

started_with() {
	put "$@"
	start_nginx
}

# Each a build that is put there and handed over to.
served() {
	local version
	for version; do
		# shellcheck disable=SC2086 # a variant may stand behind the version
		put $version
		handover upgrade --settle 10ms
		assert_status 0
	done
}

rolled_back() {
	handover rollback --settle 10ms "$@"
	assert_status 0
}

# What the running master executes.
runs() {
	cmp "$(built "$@")" "/proc/$(master)/exe" || fail "something else than $* runs"
}
