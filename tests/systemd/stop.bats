#!/usr/bin/env bats
# A stop or a restart in every phase of a handover: it takes precedence, all clients are served to the end, the
# unit ends successfully, and no process is left.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.22.1
	old=$(host_master)
}

teardown() {
	[[ -z ${refuses-} ]] || host_run sh -c 'rm /etc/dbus-1/system.d/refused.conf && pkill -HUP -x dbus-daemon'
	host_teardown
}

# The handover is under way, by systemctl or from a shell, and stays in the phase that its status names.
begin_reload() {
	replaced_by 1.26.3
	background run host_run systemctl reload nginx
	wait_until 20 status_has "$1"
}

begin_upgrade() {
	host_new_binary 1.26.3
	background run host_shell nginx-handover upgrade --force --binary "$NEW" # it may be what runs already
	wait_until 20 status_has "$1"
}

# end_by VERB: stops or restarts nginx while the named clients are being served; they finish meanwhile.
end_by() {
	local verb=$1 client
	shift
	background end host_run systemctl "$verb" nginx
	wait_until 20 state_is deactivating
	for client; do
		host_slow_finish "$client"
	done
	wait_for end
	assert_status 0
	wait_for run
	# systemd makes one job of a reload and a restart, and that one succeeds
	[[ $verb == restart ]] || ((status != 0)) || fail 'a handover that was given up was called a success'
}

@test "stop, nothing under way: clients first" {
	host_slow_client
	background run false
	end_by stop slow
	assert_stopped
}

@test "stop while the new master starts" {
	host_settings "NGINX=$TARGET" START_TIMEOUT=3s
	broken_by hangs-before-pid
	host_slow_client
	background run host_run systemctl reload nginx
	wait_until 20 status_has spawning
	end_by stop slow
	assert_stopped
}

@test "stop while both generations accept" {
	host_run sed -i "s/listen 127.0.0.1:$PORT;/listen 127.0.0.1:$PORT reuseport;/" $PREFIX/conf/nginx.conf
	host_systemctl restart nginx
	host_run sed -i 's/worker_processes 2/worker_processes 1/' $PREFIX/conf/nginx.conf
	host_settings "NGINX=$TARGET" SETTLE=1min
	host_slow_client
	begin_reload both
	host_slow_client second
	end_by stop slow second
	assert_stopped
}

# The bus answers every request to systemd with an error from now on, as when systemd has just left it.
bus_refuses() {
	refuses=1
	printf '%s\n' '<busconfig><policy context="mandatory"><deny send_destination="org.freedesktop.systemd1"/></policy></busconfig>' |
		host_write /etc/dbus-1/system.d/refused.conf
	host_run pkill -HUP -x dbus-daemon
	wait_until 10 bus_has_refused
}

bus_has_refused() { ! host_run busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.DBus.Peer Ping; } 2>/dev/null

@test "stop while the new generation is watched, by systemctl reload" {
	host_settings "NGINX=$TARGET" SETTLE=1min
	host_slow_client
	begin_reload shifted
	host_slow_client new
	end_by stop slow new
	assert_stopped
	host_run cmp $TARGET /opt/nginx/1.26.3-seed/nginx # it was not us who put it there
}

@test "stop while the new generation is watched, by a shell's upgrade: the old binary is put back" {
	host_settings "NGINX=$TARGET" SETTLE=1min
	host_slow_client
	begin_upgrade shifted
	host_slow_client new
	end_by stop slow new
	assert_stopped
	wait_for run
	assert_status 1
	assert_output 'the service is being stopped'
	host_run cmp $TARGET /opt/nginx/1.22.1-seed/nginx
}

@test "restart while the new generation is watched, by systemctl reload and by a shell's upgrade" {
	local begin
	for begin in begin_reload begin_upgrade; do
		host_settings "NGINX=$TARGET" SETTLE=1min
		host_slow_client "$begin-old"
		"$begin" shifted
		host_slow_client "$begin-new"
		end_by restart "$begin-old" "$begin-new"
		assert_serves "$(host_master)"
		assert_equal "$(host_do nginx_processes | wc -l)" 3 'number of processes'
	done
}

@test "stop and restart during a drain that was left" {
	local verb
	for verb in stop restart; do
		host_settings "NGINX=$TARGET" DRAIN_TIMEOUT=1s
		replaced_by 1.26.3
		host_slow_client "$verb-old"
		host_systemctl reload nginx
		assert_status 0
		assert_serves "$(host_master)"
		status_has 'still drains' || fail "the status line is $(host_show StatusText)"
		host_slow_client "$verb-new"
		host_settings "NGINX=$TARGET"
		background run false
		end_by "$verb" "$verb-old" "$verb-new"
		if [[ $verb == stop ]]; then
			assert_stopped
			replaced_by 1.22.1
			host_systemctl start nginx
		fi
	done
	assert_serves "$(host_master)"
}

@test "reload during a drain that was left reaches the new generation" {
	local new
	host_settings "NGINX=$TARGET" DRAIN_TIMEOUT=1s
	replaced_by 1.26.3
	host_slow_client
	host_systemctl reload nginx
	assert_status 0
	new=$(host_master)
	host_run sed -i 's/worker_processes 2/worker_processes 3/' $PREFIX/conf/nginx.conf
	host_systemctl reload nginx
	assert_status 0
	assert_equal "$(host_do count_workers "$new")" 3
	assert_serves "$new"
	replaced_by 1.18.0
	host_systemctl reload nginx
	((status != 0)) || fail 'an upgrade that nginx would ignore was called a success'
	run host_journal -u nginx -o cat
	assert_output "old master $old still drains"
	host_slow_finish
	wait_until 10 host_gone "$old"
	host_systemctl reload nginx
	assert_status 0
	host_do answers 1.18.0
	assert_serves "$(host_master)"
}

@test "kill: every process gets the signal, and the helper reports the result" {
	host_settings "NGINX=$TARGET" SETTLE=1min
	begin_reload shifted
	host_systemctl kill nginx
	assert_status 0
	wait_for run # systemd itself may call the job done
	wait_until 20 host_do no_nginx
	wait_until 10 state_is inactive
	run host_journal -u nginx -o cat
	[[ $output =~ 'no nginx master is left'|'nginx is stopped'|'the old master is gone' ]] || fail "nothing says that nginx is gone: $output"
}

@test "stop while the new generation is watched, and the bus answers no more, as in a shutdown" {
	host_settings "NGINX=$TARGET" SETTLE=1min
	host_slow_client
	begin_reload shifted
	host_slow_client new
	bus_refuses
	end_by stop slow new
	assert_stopped
}
