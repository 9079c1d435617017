# An nginx with a dynamic module; a package replaces both. Needs lib/builds.
# shellcheck shell=bash disable=SC2154,SC2086 # paths without blanks

modules_setup() {
	builds_setup
	MODULE=$PREFIX/modules/ngx_mail_module.so
	# shellcheck disable=SC2034 # used by tests
	KEPT=/var/lib/nginx-handover$MODULE
	mkdir -p ${MODULE%/*}
	sed -i "1i load_module $MODULE;" $CONF_FILE
}

# replaced FILE BY: renames another file over it, as packages do
replaced() {
	cp "$2" "$1.tmp" && mv "$1.tmp" "$1"
}

# package VERSION: installs both
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

# serves VERSION: both files of this version serve, and would after another start
serves() {
	runs "$1"
	stands "$1"
	answers "$1"
	$TARGET -t || fail 'the next start would fail'
}

# A run has left no temporary files beside these.
no_temporary() {
	local left
	left=$(find $PREFIX /var/lib/nginx-handover -name '.nginx-handover.*')
	assert_equal "$left" '' 'what is left'
}

not_due() {
	handover status
	refute_output replaced
}
