#!/usr/bin/env bats
# The units as "make install-systemd" installs them: the right paths, and no settings that the systemd of the machine
# does not know.

load lib/common

# units VERSION [VARIABLE=VALUE...]: installed as for a machine with that systemd; sets `folder`.
units() {
	folder=$BATS_TEST_TMPDIR/units$1/etc/systemd/system
	make --no-print-directory -s -C "$TOP" -o all install-systemd "DESTDIR=$BATS_TEST_TMPDIR/units$1" "PROGRAM=$HANDOVER" \
		"SYSTEMD_VERSION=$1" PREFIX=/usr UNITDIR=/etc/systemd/system SETTINGS_DIR=/etc/sysconfig UNIT_FILES='nginx.service nginx@.service nginx.service.d/handover.conf' "${@:2}" >/dev/null
}

# directives FILE: prints its settings with their values
directives() { grep -vE '^(#|\[|$)' "$folder/$1" | sort; }

@test "for 219: settings that it does not know are removed, and nothing else" {
	local unit
	units 219
	for unit in nginx.service nginx@.service nginx.service.d/handover.conf; do
		run directives "$unit"
		refute_output '=exec'
		refute_output Protect
		refute_output Restrict[NRS]
		refute_output LockPersonality
		refute_output RemoveIPC
		refute_output SystemCallFilter
		assert_output NotifyAccess=main
		assert_output KillMode=mixed
	done
	run directives nginx.service
	assert_output PrivateDevices=true
	assert_output NoNewPrivileges=true
	assert_output CapabilityBoundingSet=
	assert_output RestrictAddressFamilies=
	assert_output SystemCallArchitectures=native
	assert_output TimeoutStartSec=300
	directives nginx.service >"$BATS_TEST_TMPDIR/219"
	units ''
	directives nginx.service | comm -13 - "$BATS_TEST_TMPDIR/219" >"$BATS_TEST_TMPDIR/more"
	assert_equal "$(<"$BATS_TEST_TMPDIR/more")" '' 'what is in it for 219 alone'
}

@test "for 239 later settings are removed; for 252, and without a version, nothing is" {
	local version
	units 239
	run directives nginx.service
	assert_output NotifyAccess=exec
	assert_output LockPersonality=true
	assert_output SystemCallFilter=
	refute_output ProtectHostname
	refute_output ProtectClock
	for version in 252 ''; do
		units "$version"
		cmp "$folder/nginx.service" "$TOP/units/nginx.service"
		cmp "$folder/nginx.service.d/handover.conf" "$TOP/units/nginx.service.d/handover.conf"
	done
}

@test "no unit lets a start go on for ever" {
	run grep -rnE '^TimeoutStartSec=(0|infinity)' "$TOP/units" "$TOP/packaging"
	assert_equal "$output" ''
}
