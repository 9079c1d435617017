#!/usr/bin/env bats
# Our own unit: start, reload as a handover under load, reload as HUP, what is undone, many in a row.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/systemd

setup() {
	host_fresh
	own_unit 1.18.0
	old=$(host_master)
}

@test "started: workers accept, the main process is the master, and the status line says so" {
	host_do answers 1.18.0
	assert_serves "$old"
	assert_equal "$(host_show Type)" notify
	assert_equal "$(host_show StatusText)" "nginx serves: master $old, 2 workers"
	host_handover status
	assert_output "unit      nginx.service: active, main process $old"
	refute_output 'What to do'
	run host_journal -u nginx
	refute_output 'not our child'
	refute_output "Can't open PID file"
}

@test "reload-or-restart with a new binary, under load: it answers, and systemd follows before the old one is gone" {
	local new
	replaced_by 1.22.1
	host_load_start
	host_slow_client
	background reload host_run systemctl reload-or-restart nginx
	wait_until 20 main_is_not "$old"
	new=$(host_main_pid)
	host_run test -e "/proc/$old" || fail 'the old master had left before systemd followed'
	assert_equal "$new" "$(host_master)"
	assert_equal "$(host_show ActiveState)" reloading
	host_slow_finish
	wait_for reload
	assert_status 0
	host_load_stop
	assert_serves "$new"
	host_do answers 1.22.1
	host_gone "$old"
	host_run cmp "$RESCUED.1.18.0" /opt/nginx/1.18.0-seed/nginx
	run host_run systemctl status nginx --no-pager
	assert_output "Main PID: $new (nginx)"
	assert_output "nginx 1.22.1 serves: master $new, 2 workers"
	assert_output 'done in'
}

@test "the journal has the handover of the unit, with fields" {
	replaced_by 1.22.1
	host_systemctl reload nginx
	assert_status 0
	host_run journalctl --sync
	run host_run journalctl -u nginx -o json MESSAGE_ID=199aecec8456492283baf54e5f1af46c "OLD_PID=$old"
	assert_output "\"NEW_PID\":\"$(host_master)\""
	assert_output '"OLD_VERSION":"1.18.0"'
	assert_output '"NEW_VERSION":"1.22.1"'
	assert_output '"PRIORITY":"5"'
	run host_run journalctl -u nginx -o json HANDOVER_EVENT=handover "OLD_PID=$old"
	assert_output '"NUMBER":"1"'
	assert_output '"RESULT":"done"'
	assert_output '"VERB":"reload"'
	assert_output '"SHIFTED_US":"'
	assert_output '"CUT":"0"'
	assert_output '"MESSAGE_ID":"be5511c09ab04fa797b044835987a07f"'
	run host_run journalctl -u nginx -o json HANDOVER_PHASE=shifted "OLD_PID=$old"
	assert_output 'serves alone'
	run host_journal -u nginx -o cat
	refute_output 'reception only permitted'
	# once, though it goes to standard output, too
	assert_equal "$(grep -c 'upgrading nginx 1.18.0 to 1.22.1' <<<"$output")" 1
}

@test "what is said is in the journal of the unit, also where nginx has gone before journald reads it" {
	host_run pkill -STOP systemd-journal
	host_handover stop
	host_run pkill -CONT systemd-journal
	assert_status 0
	run host_journal -u nginx -t nginx-handover -o cat
	assert_output 'systemd is asked to stop nginx.service'
	assert_output 'nginx is stopped'
}

@test "nothing new on disk: the configuration is read anew by the same master" {
	host_run sed -i 's/worker_processes 2/worker_processes 3/' $PREFIX/conf/nginx.conf
	host_load_start
	host_systemctl reload nginx
	assert_status 0
	host_load_stop
	assert_serves "$old"
	assert_equal "$(host_do count_workers "$old")" 3
}

@test "a configuration that nginx refuses: the reload fails and says why, nginx serves on" {
	host_run sed -i '1i no_such_directive on;' $PREFIX/conf/nginx.conf
	host_systemctl reload nginx
	((status != 0)) || fail 'reload did not fail'
	assert_serves "$old"
	assert_equal "$(host_show ExecReload | sed 's/.*status=\([0-9]*\).*/\1/')" 6
	run host_run systemctl status nginx --no-pager
	assert_output no_such_directive
	replaced_by 1.22.1
	host_systemctl reload nginx
	((status != 0)) || fail 'reload did not fail'
	assert_serves "$old"
	host_do answers 1.18.0
}

# "systemctl status" must show the cause.
@test "every broken binary: the reload fails and names the cause, no request fails, systemd is with the old master" {
	local kind
	local -A cause=(
		['wrong-arch']='Exec format error'
		['truncated']='signal'
		['empty']='it is empty'
		['not-executable']='not executable'
		['missing-library']='libcrypt.so.9'
		['exits-at-once']='did not come up'
		['worker-crash-at-start']='workers of the new generation die'
		['worker-exit2']='the handover failed'
		['dies-after-300ms']='the new master did not come up'
		['worker-crash-at-request']='workers of the new generation die'
		['hangs-before-pid']='hangs before its main loop'
	)
	local SLOW_RATE=20000000
	for kind in "${!cause[@]}"; do
		host_run cp "/proc/$old/exe" $TARGET.again
		broken_by "$kind"
		echo "== $kind"
		# the request is made while the new generation is watched
		host_settings "NGINX=$TARGET" START_TIMEOUT=2s "SETTLE=$([[ $kind == worker-crash-at-request ]] && echo 1min || echo 500ms)"
		# when a worker crashes, the request that caused it is lost
		[[ $kind == worker-crash-at-request ]] || host_load_start
		background reload host_run systemctl reload nginx
		if [[ $kind == worker-crash-at-request ]]; then
			wait_until 20 status_has shifted
			host_do http / || :
		fi
		wait_for reload
		((status != 0)) || fail "$kind: the reload did not fail"
		if [[ $kind != worker-crash-at-request ]]; then
			host_load_stop
			rm "$BATS_TEST_TMPDIR/ready"
		fi
		assert_serves "$old"
		assert_equal "$(host_master)" "$old" 'the pid file'
		run host_run systemctl status nginx --no-pager --lines 20
		assert_output "${cause[$kind]}"
		host_run mv $TARGET.again $TARGET
	done
	host_do answers 1.18.0
	host_systemctl stop nginx
	assert_status 0
	assert_stopped
}

@test "many upgrades in a row: the main process is the right master each time, and no report is lost" {
	local i versions=(1.22.1 1.26.3) count=12
	[[ $NH_HOST != bookworm-v2 ]] || count=25
	host_settings "NGINX=$TARGET" SETTLE=20ms
	local SLOW_RATE=200000000
	host_load_start
	for ((i = 0; i < count; i++)); do
		replaced_by "${versions[i % 2]}"
		host_run systemctl reload nginx
		assert_equal "$(host_main_pid)" "$(host_master)" "the main process after upgrade $i"
	done
	host_load_stop
	assert_equal "$(host_show NRestarts)" 0
	run host_journal -u nginx -o cat
	refute_output 'reception only permitted'
	refute_output 'Cannot find unit for notify message'
	assert_equal "$(grep -c '^done in' <<<"$output")" $count
	host_systemctl stop nginx
	assert_status 0
	assert_stopped
}
