#!/usr/bin/env bats
# The collection in ansible/, over ssh on ten hosts: batches, the stop at the first failure, and taking back.

load lib/common
load lib/fleet

ALL=(h1 h2 h3 h4 h5 h6 h7 h8 h9 h10)
GOOD=/usr/local/src/nginx-1.22.1/objs/nginx
BROKEN=/usr/local/src/nginx-broken/objs/nginx
BATCHES='{"handover_serial": [1, "30%", "100%"]}'

setup_file() {
	requires_root
	export FLEET=$BATS_FILE_TMPDIR
	export ANSIBLE_HOME=$FLEET/home ANSIBLE_COLLECTIONS_PATH=$FLEET/collections ANSIBLE_LOCAL_TEMP=$FLEET/local
	export ANSIBLE_REMOTE_TEMP=/run/ansible ANSIBLE_SSH_CONTROL_PATH_DIR=/run/control ANSIBLE_TIMEOUT=20
	export ANSIBLE_SSH_ARGS='-o ControlMaster=auto -o ControlPersist=60s' # no time to compress
	export ANSIBLE_HOST_KEY_CHECKING=0 ANSIBLE_NOCOLOR=1 ANSIBLE_FORKS=10 LC_ALL=C.UTF-8
	mkdir -p "$FLEET/collections/ansible_collections/nginx_handover"
	ln -s "$TOP/ansible" "$FLEET/collections/ansible_collections/nginx_handover/fleet"
	strip -o "$FLEET/nginx" "$(built 1.22.1)"
	fleet_start 10
	cat >>"$FLEET/hosts" <<-VARS
		[all:vars]
		ansible_user=root
		ansible_ssh_private_key_file=$FLEET/key
		ansible_ssh_common_args=-o UserKnownHostsFile=/dev/null
		handover_program=$HANDOVER
		handover_settle=200ms
		handover_binary=$GOOD
	VARS
}

teardown() {
	[[ -z ${LOADS-} ]] || kill -KILL "${LOADS[@]}" 2>/dev/null || :
	[[ ! -e $FLEET/python-was-asked ]] || fail "a host was asked to run python: $(<"$FLEET/python-was-asked")"
}

# host_var HOST VARIABLE VALUE: sets it from now on; a VALUE of "" removes it.
host_var() { sed -i "s|^\($1 .*\) $2=[^ ]*|\1|; s|^$1 .*|&${3:+ $2=$3}|" "$FLEET/hosts"; }

playbook() { run_shown timeout 120 ansible-playbook -i "$FLEET/hosts" "$@"; }

upgrade() { playbook nginx_handover.fleet.upgrade -e "$BATCHES" "$@"; }

# module HOSTS MODULE ARGUMENTS: one task
module() {
	run_shown timeout 120 ansible -i "$FLEET/hosts" "$1" -m "nginx_handover.fleet.$2" -a "program=$HANDOVER settle=200ms $3"
}

# serve HOST=VERSION...
serve() {
	local each
	for each; do
		assert_equal "$(versions "${each%%=*}")" "${each#*=}" "the version of ${each%%=*}"
	done
}

# Check mode does not see that its workers will crash. "30%" of ten are h2, h3 and h4.
@test "a broken binary on the third of ten: it stops there, what was done is taken back, and no request fails" {
	host_var h3 handover_binary $BROKEN
	upgrade --check --diff --limit h2,h3
	assert_status 0
	assert_output '-version: 1.18.0'
	assert_output '+version: 1.22.1'
	assert_output 'would be handed over (2): h2, h3'
	serve h2=1.18.0

	loads_start "${ALL[@]}"
	upgrade
	assert_status 2
	assert_output 'h3: undone: the handover failed (workers of the new generation die'
	assert_output '1 of 10 hosts failed'
	# on a busy machine, another host of the batch may not have been begun when it fails
	[[ $output =~ 'taken back to what ran before ('[1-3]'): h1' ]] || fail 'nothing was taken back'
	[[ $output =~ 'not begun ('[678]'):'.*'h5, h6, h7, h8, h9, h10' ]] || fail 'more was begun'
	serve "${ALL[@]/%/=1.18.0}"
	loads_stop
	run_shown on h5 "$HANDOVER" history
	assert_output 'no handover of'
}

@test "a host that cannot be reached stops it, too; the others stay as the policy says" {
	host_var h3 handover_binary ''
	host_var h2 ansible_port 9
	upgrade -e handover_on_failure=leave -e '{"handover_serial": [1, 1, "100%"]}'
	assert_status 2
	assert_output 'h2: unreachable: '
	assert_output 'handed over (1): h1'
	assert_output 'not begun (8): h3, h4, h5, h6, h7, h8, h9, h10'
	serve h1=1.22.1 h2=1.18.0 h3=1.18.0
	host_var h2 ansible_port ''
}

@test "in one batch, no host is begun after the failure either" {
	host_var h5 handover_binary $BROKEN
	upgrade --limit h5,h6,h8 --forks 1 -e '{"handover_serial": ["100%"]}'
	assert_status 2
	assert_output 'h5: undone'
	assert_output 'not begun (2): h6, h8'
	serve h6=1.18.0
	host_var h5 handover_binary ''
}

@test "a build of the controller is installed once on all hosts that do not run it, and a rollback still goes to the build before" {
	loads_start "${ALL[@]}"
	upgrade -e "handover_src=$FLEET/nginx" -e handover_binary= -e handover_hold=1min
	assert_status 0
	assert_output 'handed over (9): h2, h3, h4, h5, h6, h7, h8, h9, h10'
	assert_output 'nothing to do (1): h1'
	serve "${ALL[@]/%/=1.22.1}"
	upgrade -e "handover_src=$FLEET/nginx" -e handover_binary= -e '{"handover_serial": ["100%"]}'
	assert_status 0
	assert_output 'nothing to do (10)'
	refute_output 'changed=1'
	playbook nginx_handover.fleet.rollback --limit h1,h7
	assert_status 0
	serve h1=1.18.0 h7=1.18.0 h2=1.22.1
	loads_stop
}

# What a package manager does in one command, or together with our hook.
@test "with packages: a command installs the files first, also when a hook then hands over" {
	local put="cp $TARGET.1.18.0 $TARGET.new && mv $TARGET.new $TARGET"
	module h8 upgrade "before='$put'"
	assert_status 0
	assert_output '"changed": true'
	serve h8=1.18.0
	module h8 upgrade before=true
	assert_output '"changed": false'
	module h9 upgrade "before='$put && $HANDOVER upgrade --settle 100ms'"
	assert_status 0
	assert_output '"changed": true'
	assert_output '"verdict": "nothing_to_do"'
	serve h9=1.18.0
	module h9 upgrade "before='echo no such package; exit 3' binary=$GOOD"
	assert_status 2
	assert_output 'ended with 3: no such package'
	serve h9=1.18.0
}

@test "a host that the role does not reach is not a success" {
	upgrade --limit h9 -e handover_probe_http=maybe
	assert_status 2
	assert_output 'not begun (1): h9'
	upgrade --limit h9 -e '{"handover_options": ["--no-such"]}'
	assert_status 2
	assert_output 'h9: usage: '
	serve h9=1.18.0
}

@test "facts; and a page that fails afterwards takes a host back" {
	module h7 upgrade "binary=$GOOD urls=http://$FLEET_NET.7:$PORT/healthy"
	assert_status 2
	assert_output '"verdict": "bad_answer"'
	assert_output 'HTTP Error 500'
	assert_output 'taken back'
	serve h7=1.18.0
	run_shown timeout 60 ansible -i "$FLEET/hosts" h1,h7 -m nginx_handover.fleet.status -a "program=$HANDOVER"
	assert_status 0
	run_shown grep -c '"version": "1.18.0"' <<<"$output"
	assert_output 4
	module h7 upgrade program=/nowhere/nginx-handover
	assert_output 'nginx-handover is not installed here'
}

# What somebody else's role does, without the python that its modules would need.
others_role() {
	mkdir -p "$FLEET/roles/others/tasks" "$FLEET/roles/others/handlers"
	cat >"$FLEET/roles/others/tasks/main.yml" <<-TASKS
		- ansible.builtin.raw: cp $GOOD $TARGET.new && mv $TARGET.new $TARGET
		  notify: restart nginx
	TASKS
	cat >"$FLEET/roles/others/handlers/main.yml" <<-HANDLERS
		- name: restart nginx
		  ansible.builtin.raw: "touch /run/was-restarted; kill \$(cat $PID_FILE)"
	HANDLERS
	cat >"$FLEET/play.yml" <<-PLAY
		- hosts: h1
		  gather_facts: false
		  roles:
		    - others
		    - nginx_handover.fleet.handlers
	PLAY
}

@test "our handlers replace a restart in another role, and no request fails" {
	local old
	others_role
	old=$(on h1 cat $PID_FILE)
	loads_start h1
	ANSIBLE_ROLES_PATH=$FLEET/roles playbook "$FLEET/play.yml" -e "handover_program=$HANDOVER"
	assert_status 0
	loads_stop
	serve h1=1.22.1
	run_shown on h1 "test ! -e /run/was-restarted && kill -0 \$(cat $PID_FILE) && test \$(cat $PID_FILE) != $old"
	assert_status 0
}

@test "the connection is lost during an upgrade: it continues, and its result is fetched" {
	local log=$BATS_TEST_TMPDIR/log ansible
	timeout 120 ansible -i "$FLEET/hosts" h7 -m nginx_handover.fleet.upgrade \
		-a "program=$HANDOVER settle=3s binary=$GOOD" >"$log" 2>&1 3>&- &
	ansible=$!
	wait_until 30 on h7 "test -e $PID_FILE.oldbin"
	on h7 'pkill -KILL -f "sshd: root@(pts|notty)"' || :
	wait "$ansible" || fail "$(<"$log")"
	output=$(<"$log")
	assert_output 'the connection was lost in the upgrade'
	assert_output '"changed": true'
	serve h7=1.22.1
}
