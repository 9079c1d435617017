#!/usr/bin/env bats
# --json: every line of every command matches doc/events.schema.json, and the last one is "end".
# kernels: today

load lib/common
load lib/builds

CHECK=$TOP/tests/lib/check-events
SCHEMA=$TOP/doc/events.schema.json

setup() {
	builds_setup
}

teardown() {
	common_teardown
}

# events "CODE VERDICT changed|same" ARGUMENT...: runs the command; check_all checks its output.
events() {
	local want=$1 file
	shift
	file=$BATS_TEST_TMPDIR/events-$((++count))
	echo "$want $*" >"$file"
	status=0
	"$HANDOVER" "$@" >>"$file" 2>"$BATS_TEST_TMPDIR/errors" || status=$?
	echo "\$ $* -> $status"
	[[ ${want%% *} == '*' ]] || assert_status "${want%% *}"
}

# would WHAT: the last command has reported that it would do that
would() {
	grep -F "\"event\":\"would\",\"what\":\"$1" "$BATS_TEST_TMPDIR/events-$count"
}

check_all() {
	"$CHECK" "$SCHEMA" "$BATS_TEST_TMPDIR"/events-*
}

@test "the schema has the events of the source, and no other" {
	"$CHECK" "$SCHEMA" --source "$TOP/systemd-helper"
}

@test "each MESSAGE_ID is in the catalog, which journalctl takes, and in the manual" {
	local root=$BATS_TEST_TMPDIR/root event id
	mkdir -p "$root/usr/lib/systemd/catalog"
	cp "$TOP/units/nginx-handover.catalog" "$root/usr/lib/systemd/catalog/"
	run_shown journalctl --root="$root" --update-catalog
	assert_status 0
	journalctl --root="$root" --list-catalog | cut -d' ' -f1 | sort >"$BATS_TEST_TMPDIR/catalog"
	sed -n 's/^\t{"\([a-z_]*\)", "\([0-9a-f]\{32\}\)"},$/\1 \2/p' "$TOP/systemd-helper/init/systemd_journal.c" >"$BATS_TEST_TMPDIR/ids"
	(($(wc -l <"$BATS_TEST_TMPDIR/ids") > 12)) || fail 'the identities are not found in the source'
	run diff <(cut -d' ' -f2 "$BATS_TEST_TMPDIR/ids" | sort) "$BATS_TEST_TMPDIR/catalog"
	assert_equal "$output" ''
	while read -r event id; do
		grep -q "^$event|$id|" "$TOP/man/nginx-handover.systemd.7" || fail "$event is not in the manual"
	done <"$BATS_TEST_TMPDIR/ids"
}

@test "usage errors, and refusals before any check" {
	write_conf 1
	put 1.18.0
	events '2 usage same' --json
	events '2 usage same' no-such --json
	events '2 usage same' upgrade --json --no-such
	events '2 usage same' upgrade --settle soon --json
	events '2 usage same' doctor --json --to
	events '6 configuration same' start --json --service no-such
	events '2 usage same' status --json --settings /no/such
	run_shown "$HANDOVER" upgrade --json --help
	refute_output '"event"'
	check_all
}

@test "each verb: it ends with verdict, code and changed" {
	export NGINX_HANDOVER_SETTLE=10ms NGINX_HANDOVER_NGINX=$TARGET
	put 1.18.0
	events '3 not_running same' status --json
	events '7 not_running same' needed --json
	events '0 done changed' start --json
	events '0 nothing_to_do same' start --json
	events '0 running same' status --json
	events '0 done same' configtest --json
	events '0 done changed' reload --json
	events '0 done changed' reopen --json
	events '0 nothing_to_do same' heal --json
	events '0 nothing_to_do same' upgrade --if-needed --json
	events '0 nothing_to_do same' upgrade --if-needed --dry-run --json
	! would '' 2>/dev/null || fail 'it would do something'
	events '1 not_due same' needed --json
	put 1.22.1
	events '0 due same' needed --json
	events '0 nothing_to_do same' upgrade --dry-run --json
	would hand_over
	events '0 done changed' upgrade -v --json
	events '0 done same' history --json
	events '0 done same' history 1 --json
	events '1 failed same' history 9 --json
	events '0 done same' backups --json
	broken_binary exits-at-once
	events '150 undone same' upgrade --binary "$NEW" --json
	events '154 refused same' upgrade --binary /bin/true --json
	events '150 undone same' upgrade --force --binary "$(built 1.26.3)" --probe 'echo no; false' --json
	events '0 nothing_to_do same' rollback --dry-run --json
	would ''
	events '0 done changed' rollback --json
	events '1 advice same' doctor --json
	slow_client
	put 1.26.3
	events '151 draining changed' upgrade --drain-timeout 10ms --json
	events '0 running same' status --json
	events '153 unfinished same' upgrade --json
	events '0 handed_over changed' finish --drain-timeout 10ms --drain-expired term --json
	exec {slow}>&-
	put 1.22.1
	events '156 held changed' upgrade --hold 1min --json
	events '0 running same' status --json
	events '153 unfinished same' upgrade --json
	events '0 done changed' rollback --json
	echo nonsense >>"$CONF_FILE"
	events '6 configuration same' reload --json
	events '6 configuration same' configtest --json
	write_conf 1
	events '0 done changed' restart --json
	events '0 done changed' try-restart --json
	events '0 nothing_to_do same' package-update --json
	events '0 done changed' stop --json
	events '0 nothing_to_do same' stop --json
	events '0 done same' backups --json
	events '0 nothing_to_do same' try-restart --json
	check_all
}
