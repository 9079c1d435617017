#!/usr/bin/env bats
# Limits of the unit that were raised after nginx was started: reported, given to the next generation, and undone.
#
# hosts: bookworm-v2 bullseye-v1

load ../lib/systemd

DROP_IN=/etc/systemd/system/nginx.service.d/zz-limits.conf

setup() {
	host_fresh
	own_unit 1.18.0
	old=$(host_master)
}

# unit_limits LINE...: sets them in the unit
unit_limits() {
	printf '%s\n' '[Service]' "$@" | host_write $DROP_IN
	host_run systemctl daemon-reload
}

# nofile PID: its soft and hard limit
# shellcheck disable=SC2016 # awk's
nofile() { host_run awk '/^Max open files/ { print $4, $5 }' "/proc/$1/limits"; }

workers_of() { host_run pgrep -P "$1" -f 'nginx: worker process'; }

# of each worker of master $1
assert_workers_have() {
	local pid
	for pid in $(workers_of "$1"); do
		assert_equal "$(nofile "$pid")" "$2" "the limits of worker $pid"
	done
}

# raised SOFT: that soft limit, with the present hard one, since not every machine lets containers raise that
raised() { unit_limits "LimitNOFILE=$1:$hard"; }

@test "shown by --dry-run and doctor; a reload gives them to the new workers, an upgrade to the new master" {
	local soft hard workers
	read -r soft hard < <(nofile "$old")
	host_handover upgrade --dry-run
	refute_output 'limit'
	host_handover doctor --json
	refute_output '"id":"limits'

	raised 5000
	host_handover upgrade --dry-run
	assert_status 0
	assert_output "limits of master $old -> of nginx.service:"
	assert_output "limit NOFILE: $soft -> 5000"
	host_handover doctor --json
	assert_output '"id":"limits"'
	assert_output "NOFILE $soft -> 5000"
	assert_equal "$(nofile "$old")" "$soft $hard"

	workers=$(workers_of "$old")
	host_systemctl reload nginx
	assert_status 0
	assert_equal "$(host_master)" "$old"
	[[ $(workers_of "$old") != "$workers" ]] || fail 'no new workers'
	assert_workers_have "$old" "5000 $hard"
	run host_journal -u nginx
	assert_output "limit of master $old raised, as nginx.service has it: NOFILE $soft -> 5000"

	# a limit that was raised further by hand is kept; lower ones need a restart
	host_run prlimit --pid "$old" "--nofile=6000:$hard"
	host_handover upgrade --dry-run
	assert_output 'limit NOFILE: 6000 -> 5000 (lower: only a restart does that)'
	host_handover doctor --json
	assert_output '"id":"limits-lower"'
	host_systemctl reload nginx
	assert_workers_have "$old" "6000 $hard"

	replaced_by 1.22.1
	raised 7000
	host_load_start
	host_handover upgrade
	assert_status 0
	host_load_stop
	assert_output "limit of master $old raised, as nginx.service has it: NOFILE 6000 -> 7000"
	assert_equal "$(nofile "$(host_master)")" "7000 $hard"
	assert_workers_have "$(host_master)" "7000 $hard"
}

@test "undone with the upgrade; a hard limit; and what the limits are in the way of is tested with those that are to be" {
	local soft hard
	read -r soft hard < <(nofile "$old")
	raised 5000
	broken_by worker-crash-at-start
	host_handover upgrade
	assert_status 150
	assert_output "the limits of master $old are as they were"
	assert_serves "$old"
	assert_equal "$(nofile "$old")" "$soft $hard"

	# a configuration that opens more files than the master may
	host_install_nginx 1.18.0
	host_run prlimit --pid "$old" "--nofile=24:$hard"
	host_do write_conf 2 '' "$(printf "access_log $PREFIX/logs/%s;" {1..40})"
	host_handover reload --init none
	assert_status 6
	assert_output 'Too many open files'
	host_systemctl reload nginx
	assert_status 0
	assert_equal "$(nofile "$old")" "5000 $hard"
	assert_workers_have "$old" "5000 $hard"

	# the hard limit: raised if that is allowed, otherwise reported
	host_do write_conf 2
	host_run prlimit --pid "$old" --nofile=500:1000
	host_handover reload
	assert_status 0
	if host_run bash -c 'ulimit -Hn 1000 && ulimit -Hn 1001' 2>/dev/null; then
		assert_equal "$(nofile "$old")" "5000 $hard"
	else
		assert_equal "$(nofile "$old")" '1000 1000'
		assert_output 'takes CAP_SYS_RESOURCE'
	fi
}
