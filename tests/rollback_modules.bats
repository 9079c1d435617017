#!/usr/bin/env bats
# Binary and modules are kept as one set, and go back together: an old binary does not load new modules.
# kernels: today all

load lib/common
load lib/builds

setup() {
	builds_setup
	mkdir -p $PREFIX/modules
	MODULE=$PREFIX/modules/ngx_mail_module.so
	KEPT=/var/lib/nginx-handover$MODULE
	sed -i "1i load_module $MODULE;" $CONF_FILE
}

teardown() {
	common_teardown
}

# package VERSION [MODULE]: as packages do it, another file renamed over each
package() {
	put "$1"
	cp "${2:-$(built "$1" module)}" $MODULE.tmp && mv $MODULE.tmp $MODULE
}

# stands VERSION: both files are that version's
stands() {
	cmp "$(built "$1")" $TARGET || fail "the binary is not that of $1"
	cmp "$(built "$1" module)" $MODULE || fail "the module is not that of $1"
}

# serves VERSION: from both of its files, and another master would as well
serves() {
	runs "$1"
	stands "$1"
	answers "$1"
	$TARGET -t || fail "nginx -t: the next start would fail"
}

upgraded() {
	package "$1"
	handover upgrade --settle 10ms
	assert_status 0
}

@test "package update and rollback: binary and module go back together, and forward again" {
	package 1.18.0
	start_nginx
	upgraded 1.22.1
	assert_equal "$(ls "${KEPT%/*}")" ngx_mail_module.so.1.18.0 'the module that is kept'
	rolled_back
	assert_output 'module'
	serves 1.18.0
	handover rollback --to 1.22.1 --settle 10ms
	assert_status 0
	serves 1.22.1
}

@test "update that is not handed over: rollback puts both back" {
	package 1.18.0
	start_nginx
	package 1.22.1
	handover rollback
	assert_status 0
	assert_output 'Nothing was signalled'
	serves 1.18.0
	handover rollback
}
