#!/usr/bin/env bats
# needrestart without systemd: it identifies nginx by the name of its init script, and finds our file by that name.
#
# hosts: bookworm-sysv

load ../lib/sysv
load ../lib/needrestart

setup_file() { setup_needrestart; }

@test "libssl3 replaced under load: a handover to the new library, of the nginx that the script started" {
	host_fresh
	host_do packaged_site
	host_settings SETTLE=200ms
	dpkg_does -i $DEBS/nginx-handover.deb
	host_service nginx start
	assert_status 0
	old=$(host_master $PACKAGED)
	host_load_start
	dpkg_does -i "$(next_library)"
	assert_equal "$(needrestart_names)" nginx 'what needrestart names'
	run_shown host_run needrestart -r a
	host_load_stop
	assert_output "/etc/needrestart/restart.d/nginx"
	refute_output 'invoke-rc.d'
	[[ $(host_master $PACKAGED) != "$old" ]] || fail 'nothing was handed over'
	maps_library "$(host_master $PACKAGED)" || fail 'the new nginx maps another libssl'
	assert_equal "$(needrestart_names)" '' 'what needrestart names'
}
