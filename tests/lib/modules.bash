# An nginx with a dynamic module, both of which a package replaces. Needs lib/builds.
# shellcheck shell=bash disable=SC2154

modules_setup() {
	builds_setup
	MODULE=$PREFIX/modules/ngx_mail_module.so
	# shellcheck disable=SC2034 # used by tests
	KEPT=/var/lib/nginx-handover$MODULE
	mkdir -p ${MODULE%/*}
	sed -i "1i load_module $MODULE;" $CONF_FILE
}

# replaced FILE BY: as packages do it, another file renamed over it
replaced() {
	cp "$2" "$1.tmp" && mv "$1.tmp" "$1"
}

# package VERSION: brings both
package() {
	put "$1"
	replaced $MODULE "$(built "$1" module)"
}

upgraded() {
	package "$1"
	handover upgrade --settle 10ms
	assert_status 0
}

stands() {
	cmp "$(built "$1")" $TARGET || fail "the binary is not that of $1"
	cmp "$(built "$1" module)" $MODULE || fail "the module is not that of $1"
}

# serves VERSION: by both of its files, and another start would as well
serves() {
	runs "$1"
	stands "$1"
	answers "$1"
	$TARGET -t || fail 'the next start would fail'
}

# Nothing of a run is left beside the files.
no_temporary() {
	local left
	left=$(find $PREFIX /var/lib/nginx-handover -name '.nginx-handover.*')
	assert_equal "$left" '' 'what is left'
}

not_due() {
	handover status
	refute_output replaced
}
