# Builds that follow each other at one path; for tests of rollback.
# shellcheck shell=bash

# shellcheck disable=SC2086 # paths without blanks
builds_setup() {
	requires_root
	fresh_prefix
	write_conf 1
	# shellcheck disable=SC2034 # used by tests
	RECORD=/var/lib/nginx-handover$PREFIX/sbin/.nginx.served
}

# Renames another file over the binary, as packages do.
# shellcheck disable=SC2086
put() {
	cp "$(built "$@")" $TARGET.tmp && mv $TARGET.tmp $TARGET
}

started_with() {
	put "$@"
	start_nginx
}

# Installs each build and hands over to it.
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

# The file that the running master executes.
runs() {
	cmp "$(built "$@")" "/proc/$(master)/exe" || fail "something else than $* runs"
}
