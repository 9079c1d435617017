#!/usr/bin/env bats
# The units of packaging/examples/systemd: "nginx-handover run" is the main process, and stays it. Two kinds, which differ
# in what a crash of "run" does; and an ordinary user's own. NH_UPGRADES=100 for more upgrades in a row.
#
# hosts: bookworm-v2

load ../lib/systemd

# example_unit KIND: installs it as nginx.service, and starts it; sets run and old
example_unit() {
	host_fresh
	host_do write_conf 2 'error_log stderr notice;'
	host_install_nginx 1.18.0
	host_settings "NGINX=$TARGET" "PID_FILE=$PID_FILE" SETTLE=100ms DRAIN_TIMEOUT=10s
	host_run install -m 755 /opt/nh/"${HOST_HANDOVER#"$TOP/"}" /usr/sbin/nginx-handover
	# what ends a start that is repeated is no matter of this
	host_run sed 's/^\[Service\]/&\nRestartSec=10ms/' /opt/nh/packaging/examples/systemd/nginx-"$1".service |
		host_write /etc/systemd/system/nginx.service
	host_run systemctl daemon-reload
	host_systemctl start nginx
	assert_status 0
	host_do answers 1.18.0
	run=$(host_main_pid)
	old=$(host_master)
}

# The main process in systemd is still the same, without a restart.
assert_followed() {
	assert_equal "$(host_main_pid)" "$run" 'the main process'
	assert_equal "$(host_show ActiveState)" active 'the state'
	assert_equal "$(host_show NRestarts)" 0 'restarts'
	wait_until 10 is_one_generation
}

is_one_generation() { host_run test ! -e "$PID_FILE.oldbin" && host_do master_ready && ! host_do nginx_processes | grep -q 'shutting down'; }
other_main() { [[ $(host_main_pid) != "$1" && $(host_main_pid) != 0 ]] && state_is active; }
# No upgrade by "run" is active.
run_alone() { [[ $(host_run pgrep -cx nginx-handover) == 1 ]]; }
version_is() { host_do answers "$1" 2>/dev/null; }

journal_has() { host_journal -u nginx -o cat | grep -q "$1"; }

@test "both kinds: upgrades, a broken one, a rollback, reloads, a stop: the main process stays, no request fails" {
	local kind n
	local -x SLOW_RATE=40000000
	for kind in mixed process; do
		example_unit $kind
		rm -f "$BATS_TEST_TMPDIR/ready"
		host_load_start --seconds 3600
		host_new_binary 1.22.1
		host_handover upgrade --binary "$NEW"
		assert_status 0
		assert_followed
		broken_by truncated
		host_handover upgrade
		assert_status 154
		replaced_by 1.22.1
		host_handover rollback
		assert_status 0
		host_do answers 1.18.0
		assert_followed
		replaced_by 1.26.3
		host_systemctl kill --kill-who=main --signal=USR2 nginx
		wait_until 10 version_is 1.26.3
		assert_followed
		wait_until 10 run_alone
		host_systemctl reload nginx
		assert_status 0
		assert_followed
		host_systemctl kill --kill-who=main --signal=USR1 nginx
		for ((n = 1; n <= ${NH_UPGRADES:-2}; ++n)); do
			host_new_binary "$( ((n % 2)) && echo 1.22.1 || echo 1.26.3)"
			host_handover upgrade --binary "$NEW" --settle 10ms -q
			assert_status 0
			assert_followed
		done
		host_load_stop
		host_slow_client $kind
		host_systemctl stop --no-block nginx
		host_slow_finish $kind
		wait_until 20 state_is inactive
		assert_stopped
	done
}

@test "a crash of run: an outage with KillMode=mixed, none with KillMode=process" {
	local -x SLOW_RATE=40000000
	example_unit process
	host_load_start
	host_run kill -KILL "$run"
	wait_until 20 other_main "$run"
	assert_equal "$(host_master)" "$old" 'the master'
	wait_until 10 journal_has 'is taken over'
	host_new_binary 1.22.1
	host_handover upgrade --binary "$NEW"
	assert_status 0
	host_load_stop
	host_systemctl stop nginx
	assert_stopped

	rm -f "$BATS_TEST_TMPDIR/ready"
	example_unit mixed
	host_run kill -KILL "$run"
	wait_until 20 other_main "$run"
	[[ $(host_master) != "$old" ]] || fail 'nginx has survived: the unit says otherwise'
	host_gone "$old"
	host_do answers 1.18.0
}

@test "a crash of nginx brings it back, a stop by hand does not" {
	example_unit mixed
	host_run kill -KILL "$old"
	wait_until 20 other_main "$run"
	wait_until 10 version_is 1.18.0
	host_handover stop
	assert_status 0
	wait_until 10 state_is inactive
	assert_stopped
}

@test "an ordinary user's own, below that user's systemd" {
	local home=/home/web pid_file=/home/web/nginx/logs/nginx.pid main
	host_fresh
	host_run install -m 755 /opt/nh/"${HOST_HANDOVER#"$TOP/"}" /usr/sbin/nginx-handover
	host_run sh -ec "id web >/dev/null 2>&1 || useradd --create-home web
		mkdir -p $home/nginx/sbin $home/nginx/conf $home/nginx/logs $home/nginx/html $home/.config/systemd/user /run/user/web
		cp /opt/nginx/1.18.0-seed/nginx $home/nginx/sbin/nginx
		cp /opt/nh/packaging/examples/systemd/nginx-user.service $home/.config/systemd/user/nginx.service
		chown -R web: $home /run/user/web"
	host_write $home/nginx/conf/nginx.conf <<-CONF
		pid $home/nginx/logs/nginx.pid;
		error_log stderr;
		events { }
		http {
			access_log off;
			$(printf "%s_temp_path $home/nginx/logs/%s; " client_body client proxy proxy fastcgi fastcgi uwsgi uwsgi scgi scgi)
			server { listen 127.0.0.1:$PORT; root /var/www/html; }
		}
	CONF
	# its nginx is built for another prefix
	host_run sed -i 's|/run --nginx|&|; s|sbin/nginx-handover run|& --conf %h/nginx/conf/nginx.conf|' $home/.config/systemd/user/nginx.service
	host_run systemd-run --quiet --unit=web-manager -p User=web -p Delegate=yes -p "Environment=XDG_RUNTIME_DIR=/run/user/web" /lib/systemd/systemd --user
	wait_until 10 as_web systemctl --user is-system-running --wait
	run_shown as_web systemctl --user start nginx
	assert_status 0
	host_do answers 1.18.0
	main=$(as_web systemctl --user show -p MainPID nginx)
	host_run cp /opt/nginx/1.22.1-seed/nginx $home/new
	run_shown as_web nginx-handover upgrade --binary $home/new --settle 100ms --pid-file $pid_file
	assert_status 0
	host_do answers 1.22.1
	run_shown as_web nginx-handover rollback --settle 100ms --pid-file $pid_file
	assert_status 0
	host_do answers 1.18.0
	run_shown as_web systemctl --user reload nginx
	assert_status 0
	assert_equal "$(as_web systemctl --user show -p MainPID nginx)" "$main" 'the main process'
	run_shown as_web systemctl --user stop nginx
	assert_status 0
	host_do no_nginx
}

as_web() { host_run setpriv --reuid web --regid web --init-groups env HOME=/home/web XDG_RUNTIME_DIR=/run/user/web "$@"; }
