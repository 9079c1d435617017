#!/usr/bin/env bats
# The surroundings of CentOS 6: /etc/rc.d/init.d, /etc/sysconfig, /var/run on the disk and no /run, its service
# command. It is a root of its own within the container; see centos_root in in-sysv.bash.
#
# hosts: bookworm-sysv trixie-sysv

load ../lib/sysv

CENTOS=/centos
PID_FILE=/var/run/nginx.pid

setup_file() {
	host_boot
	[[ -n $HOST_SKIP ]] || host_do centos_root
}

setup() {
	host_fresh
	host_do fresh_centos
	host_do write_conf 2 "error_log $ERROR_LOG notice; pid $PID_FILE;"
	host_install_nginx 1.18.0
	sysconfig nginx "NGINX=$TARGET" SETTLE=200ms
	host_install_sysv "DESTDIR=/proc/$HOST_LEADER/root$CENTOS" INITDIR=/etc/rc.d/init.d SETTINGS_DIR=/etc/sysconfig
}

teardown() { host_teardown; }

# sysconfig NAME LINE...: /etc/sysconfig/NAME
sysconfig() { printf '%s\n' "${@:2}" | host_write "$CENTOS/etc/sysconfig/$1"; }

centos() { host_run chroot $CENTOS "$@"; }

centos_service() { run_apart chroot $CENTOS /service "$@"; }

# on_terminal [VARIABLE=VALUE...] VERB: the script on a pseudo terminal; sets output, without what ends it.
on_terminal() {
	run_shown host_run env "${@:1:$#-1}" chroot $CENTOS script -qec "/etc/init.d/nginx ${*: -1}" /dev/null
	output=${output%%$'\r'*}
}

assert_look() { assert_equal "${output//$'\e'/ESC}" "$1" 'the line'; }

@test "every verb, and what is made where" {
	local verb
	local -A words=([start]=Starting [reload]=Reloading ['force-reload']=Reloading [reopen]='Reopening the logs of'
		[rotate]='Reopening the logs of' [upgrade]=Upgrading [finish]='Finishing the upgrade of'
		[rollback]='Rolling back' [configtest]='Testing the configuration of' [stop]=Stopping)
	for verb in start reload force-reload reopen rotate configtest upgrade finish rollback stop; do
		[[ $verb != upgrade ]] || replaced_by 1.22.1
		centos_service nginx $verb
		assert_status 0
		assert_said "${words[$verb]} nginx: [  OK  ]"
		assert_errors
		case $verb in
		start)
			centos_service nginx status
			assert_equal "${output%%$'\n'*}" "nginx (pid  $(centos cat $PID_FILE)) is running..."
			centos test -e /var/lock/subsys/nginx
			;;
		upgrade) host_do answers 1.22.1 ;;
		rollback) host_do answers 1.18.0 ;;
		esac
	done
	centos_service nginx status
	assert_status 3
	assert_equal "$output" 'nginx is stopped'
	host_do no_nginx
	centos test ! -e /run
	centos test ! -e /var/lock/subsys/nginx
	centos test ! -e $PID_FILE
	assert_equal "$(centos stat -c '%U %a' /var/run/nginx-handover)" 'root 700' "the helper's folder"
	centos test ! -e /functions-were-read
}

@test "an upgrade under load, and with a pid file that a power cut has left in /var/run" {
	echo 1 | host_write $CENTOS$PID_FILE
	centos touch /var/lock/subsys/nginx
	centos_service nginx status
	assert_status 1
	assert_equal "$output" 'nginx dead but pid file exists'
	centos_service nginx start
	assert_status 0
	replaced_by 1.22.1
	host_load_start
	centos_service nginx upgrade
	assert_status 0
	host_load_stop
	host_do answers 1.22.1
}

@test "on a terminal there are colours and the column; not with TERM=dumb or NO_COLOR" {
	on_terminal TERM=xterm start
	assert_look 'Starting nginx: ESC[60G[ESC[0;32m  OK  ESC[0;39m]'
	config_breaks
	on_terminal TERM=linux reload
	assert_look 'Reloading nginx: ESC[60G[ESC[0;31mFAILEDESC[0;39m]'
	on_terminal TERM=dumb configtest
	assert_look 'Testing the configuration of nginx: [FAILED]'
	on_terminal TERM=xterm NO_COLOR=1 configtest
	assert_look 'Testing the configuration of nginx: [FAILED]'
}

@test "on a terminal a draining generation is yellow" {
	centos_service nginx start
	host_slow_client
	replaced_by 1.22.1
	on_terminal TERM=xterm 'upgrade --drain-timeout 100ms'
	assert_look 'Upgrading nginx: ESC[60G[ESC[0;33mWARNINGESC[0;39m]'
	host_slow_finish
}

@test "/etc/sysconfig/init says what it looks like" {
	local bootup
	for bootup in verbose serial plain; do
		sysconfig init "BOOTUP=$bootup"
		on_terminal TERM=xterm start
		assert_look 'Starting nginx: [  OK  ]'
	done
	# shellcheck disable=SC2016 # as it stands there
	sysconfig init '# color => new RH6.0 bootup' 'BOOTUP=color' 'RES_COL=40' \
		'MOVE_TO_COL="echo -en \\033[${RES_COL}G"' 'SETCOLOR_SUCCESS="echo -en \\033[1;36m"' \
		'SETCOLOR_FAILURE="echo -en \\033[0;31m"' 'SETCOLOR_NORMAL="echo -en \\033[0m"' 'LOGLEVEL=3' 'PROMPT=yes'
	on_terminal TERM=xterm start
	assert_look 'Starting nginx: ESC[40G[ESC[1;36m  OK  ESC[0m]'
}

@test "chkconfig can read its header" {
	local file=/proc/$HOST_LEADER/root$CENTOS/etc/rc.d/init.d/nginx
	grep -qxE '# chkconfig: +- 85 15' "$file"
	grep -qxE '# processname: nginx' "$file"
	grep -qxE '# config: +/etc/sysconfig/nginx' "$file"
	grep -qxE '# pidfile: +/.*/nginx.pid' "$file"
	# a description goes on behind a backslash
	sed -n '/^# description:/,/[^\\]$/p' "$file" | grep -q 'handover(8)'
}
