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

# on_terminal [VARIABLE=VALUE...] VERB: the script on a pseudo terminal; sets output, without its end of line, and below,
# the lines after it.
on_terminal() {
	run_shown host_run env "${@:1:$#-1}" chroot $CENTOS script -qec "/etc/init.d/nginx ${*: -1}" /dev/null
	below=${output#*$'\n'}
	output=${output%%$'\r'*}
}

assert_look() { assert_equal "${output//$'\e'/ESC}" "$1" 'the line'; }

@test "every verb, and what is made where" {
	local verb
	local -A words=([start]=Starting [reload]=Reloading ['force-reload']=Reloading [reopen]='Reopening the logs of'
		[rotate]='Reopening the logs of' [upgrade]=Upgrading [finish]='Finishing the upgrade of'
		[heal]='Mending HTTP/3 of' [rollback]='Rolling back' [configtest]='Testing the configuration of' [stop]=Stopping)
	for verb in start reload force-reload reopen rotate configtest upgrade finish heal rollback stop; do
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
	[[ $below == *$'\e[1;31merror:\e[0m '* ]] || fail "no colour in: $below"
	on_terminal TERM=dumb configtest
	assert_look 'Testing the configuration of nginx: [FAILED]'
	on_terminal TERM=xterm NO_COLOR=1 configtest
	assert_look 'Testing the configuration of nginx: [FAILED]'
}

@test "the lines below the mark have colours if the mark has" {
	local look
	config_breaks
	for look in CONSOLETYPE=serial BOOTUP=plain; do
		on_terminal TERM=xterm $look start
		assert_look 'Starting nginx: [FAILED]'
		[[ $below == *'error: '*no_such_directive* && $below != *$'\e'* ]] || fail "$look: $below"
	done
	sysconfig init BOOTUP=serial
	on_terminal TERM=xterm start
	[[ $below == *'error: '*no_such_directive* && $below != *$'\e'* ]] || fail "in the file: $below"
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
	for bootup in serial plain; do
		sysconfig init "BOOTUP=$bootup"
		on_terminal TERM=xterm start
		assert_look 'Starting nginx: [  OK  ]'
	done
	# no mark at all: initscripts, success() and failure()
	sysconfig init BOOTUP=verbose
	on_terminal TERM=xterm start
	assert_look 'Starting nginx: '
	on_terminal TERM=xterm 'upgrade --binary /no/such/file'
	assert_look 'Upgrading nginx: '
	[[ $below == 'error: '* ]] || fail "below: $below"
	# shellcheck disable=SC2016 # as it stands there
	sysconfig init '# color => new RH6.0 bootup' 'BOOTUP=color' 'RES_COL=40' \
		'MOVE_TO_COL="echo -en \\033[${RES_COL}G"' 'SETCOLOR_SUCCESS="echo -en \\033[1;36m"' \
		'SETCOLOR_FAILURE="echo -en \\033[0;31m"' 'SETCOLOR_NORMAL="echo -en \\033[0m"' 'LOGLEVEL=3' 'PROMPT=yes'
	on_terminal TERM=xterm start
	assert_look 'Starting nginx: ESC[40G[ESC[1;36m  OK  ESC[0m]'
}

# on_after_add FILE: the runlevels in which "chkconfig --add" would switch it on. chkconfig 1.3.49.5 reads
# each comment in turn, in the LSB block or not, and numbers up to the first other word.
on_after_add() {
	awk '
		function numbers(how, i) { for (i = 3; $i ~ /^[0-6]$/; i++) on[$i] = how }
		/^# chkconfig:/ && $3 != "-" { for (i = 1; i <= length($3); i++) on[substr($3, i, 1)] = 1 }
		/^# Default-Start:/ { numbers(1) }
		/^# Default-Stop:/ { numbers(0) }
		END { for (i = 0; i < 7; i++) if (on[i]) printf "%d ", i }' "$1"
}

@test "chkconfig --add leaves it to the administrator whether it starts at boot" {
	local installed=/proc/$HOST_LEADER/root$CENTOS/etc/rc.d/init.d/nginx
	assert_equal "$(on_after_add "$installed")" '' 'where CentOS has its scripts'
	! grep -q '^# Default-Start:' "$installed" || fail "CentOS's own scripts have no Default-Start"
	assert_equal "$(on_after_add "$TOP/sysv-init/nginx")" '' 'copied by hand'
	# a vendor's script that decides for itself
	assert_equal "$(on_after_add <(sed '/END INIT INFO/q' "$TOP/sysv-init/nginx"))" '2 3 4 5 ' 'with Default-Start alone'
}

@test "service splits a value at its blanks: without blanks it is passed on" {
	centos_service nginx start
	centos_service nginx upgrade --force --drain-timeout=1h30min
	assert_status 0
	centos_service nginx upgrade --force --drain-timeout '1h 30min'
	assert_status 2
	assert_errors 30min 'without a blank' '--drain-timeout=1h30min'
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
