#!/usr/bin/env bats
# The environment of a real master can be read, though nginx writes its title over it.

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 1 'env LD_LIBRARY_PATH; env GIVEN=by_conf;'
}

teardown() { common_teardown; }

# Prints the environment of a master, sorted, as read by the helper's function.
environment() { "$TOP/build/tests/unit/test_environment" --of "$1" | sort; }

# begins VERSION: starts it with exactly this environment.
begins() {
	install_old "$1"
	env -i PATH=/usr/bin:/bin LD_LIBRARY_PATH=/opt/lib:/opt/lib64 TZ=Europe/Berlin EMPTY= \
		'TITLE=nginx: master process /x -c y' LONG="$(printf 'x%.0s' {1..5000})" "$TARGET" 3>&-
	wait_until 10 master_ready
	WANTED=$(printf '%s\n' PATH=/usr/bin:/bin LD_LIBRARY_PATH=/opt/lib:/opt/lib64 TZ=Europe/Berlin EMPTY= \
		'TITLE=nginx: master process /x -c y' "LONG=$(printf 'x%.0s' {1..5000})" | sort)
}

one_new_master() {
	[[ -s $PID_FILE && -e $PID_FILE.oldbin && $(<$PID_FILE) != "$1" ]] && master_ready
}

new_worker() {
	local worker
	worker=$(workers_of "$1" 'nginx: worker process') && [[ $worker != "$2" ]]
}

for_version() {
	local old worker
	begins "$1"
	old=$(master)
	[[ $(tr '\0' '\n' <"/proc/$old/environ") != *LD_LIBRARY_PATH* ]] || fail 'the title hides nothing: this tests nothing'
	assert_equal "$(environment "$old")" "$WANTED" 'the environment'
	worker=$(workers_of "$old" 'nginx: worker process')
	kill -HUP "$old"
	wait_until 10 new_worker "$old" "$worker"
	assert_equal "$(environment "$old")" "$WANTED" 'the environment after HUP'
	kill -USR2 "$old"
	wait_until 10 one_new_master "$old"
	run_shown environment "$(master)"
	assert_output 'GIVEN=by_conf'
	assert_output 'LD_LIBRARY_PATH=/opt/lib:/opt/lib64'
	assert_output 'TZ=Europe/Berlin'
	assert_output 'NGINX='
	refute_output 'EMPTY='
	refute_output 'PATH=/usr/bin'$'\n'
	assert_equal "$(environment "$old")" "$WANTED" 'the environment of the old master after USR2'
}

@test "the environment of a master of 1.18" { for_version 1.18.0; }
@test "the environment of a master of 1.22" { for_version 1.22.1; }
@test "the environment of a master of 1.26" { for_version 1.26.3; }

@test "a master without any environment has none" {
	install_old 1.22.1
	env -i "$TARGET" 3>&-
	wait_until 10 master_ready
	assert_equal "$(environment "$(master)")" '' 'the environment'
}
