#!/usr/bin/env bats
# The machine is shut down in the middle of a handover: all clients are served first.
#
# hosts: bullseye-v1 (bookworm-v2) trixie-v2

load ../lib/systemd

# Each test shuts its machine down.
setup_file() { :; }
teardown_file() { :; }
setup() { host_boot && host_fresh && own_unit 1.22.1; }
teardown() {
	host_teardown || :
	host_end || :
}

# Returns when the last process of the machine has ended.
machine_is_off() { gone "$HOST_PID"; }

shut_down_in_the_middle() {
	wait_until 20 status_has shifted
	host_slow_client new
	host_run systemctl poweroff --no-block
	wait_until 20 state_is deactivating
	host_slow_finish
	host_slow_finish new
	wait_until 60 machine_is_off
}

@test "shutdown during systemctl reload" {
	host_settings "NGINX=$TARGET" SETTLE=1min
	host_slow_client
	replaced_by 1.26.3
	background run host_run systemctl reload nginx
	shut_down_in_the_middle
}

@test "shutdown during a shell's upgrade" {
	host_settings "NGINX=$TARGET" SETTLE=1min
	host_slow_client
	host_new_binary 1.26.3
	background run host_shell nginx-handover upgrade --binary "$NEW"
	shut_down_in_the_middle
}
