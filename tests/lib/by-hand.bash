# How systemd itself behaves during an upgrade: a simple unit of the test, signals by hand, and
# notifications in the name of a process. The helper is not used.
# shellcheck shell=bash disable=SC2034 # the tests use what is set here

load ../lib/systemd

UNIT=nginx-facts.service
SPEAK=/opt/nh/build/hosts/tests/speak
RUN=/run/nginx-facts # the prefix of the files that the unit's commands write
START=/usr/local/sbin/nginx-facts-start
RELOAD=/usr/local/sbin/nginx-facts-reload

# The lines that most tests use, and those that a stop needs to serve clients.
FOLLOWS=("PIDFile=$PID_FILE" NotifyAccess=main)
GRACEFUL=(KillMode=mixed KillSignal=SIGQUIT TimeoutStopSec=10)

setup_by_hand() {
	host_fresh
	host_do write_conf 2 "error_log $ERROR_LOG notice;"
	host_install_nginx 1.22.1
	reload_waits
}

# start_unit LINE...: a unit with these lines runs nginx; sets old.
start_unit() {
	write_unit Type=forking "ExecStart=$TARGET" "$@"
	host_systemctl start $UNIT
	assert_status 0
	wait_until 10 host_do master_ready
	old=$(host_master)
}

write_unit() {
	printf '%s\n' '[Service]' "ExecReload=$RELOAD" TimeoutStopSec=1 "$@" | host_write /etc/systemd/system/$UNIT
	host_run systemctl daemon-reload
}

script() {
	host_write "$1"
	host_run chmod 755 "$1"
}

# --- the upgrade -------------------------------------------------------------------------------------

# Sends USR2; returns when both generations accept; sets new.
spawn() {
	host_run kill -USR2 "$old"
	wait_until 10 second_ready
	new=$(host_master)
}

second_ready() { host_run test -s "$PID_FILE.oldbin" && host_do master_ready; }

# Returns when the old generation accepts no more.
shift_over() {
	host_run kill -WINCH "$old"
	wait_until 10 leaves "$old"
}

# Kills the new master; returns when the old master is as before.
kill_new() {
	host_run kill -KILL "$new"
	wait_until 10 host_gone "$new"
	wait_until 10 host_run test ! -e "$PID_FILE.oldbin"
	assert_equal "$(host_master)" "$old" 'the pid file'
}

leaves() { ! host_do workers_of "$1" 'nginx: worker process'; } >/dev/null

# drain: the old master gets QUIT, and ends when its clients are served.
drain() { host_run kill -QUIT "$old"; }

# A complete upgrade, reported as soon as both accept, without clients of the old one.
hand_over() {
	spawn
	speak "$old" "MAINPID=$new"
	shift_over
	drain
	wait_until 10 host_gone "$old"
}

# Whether the master got this signal, according to its log.
had_signal() { host_run grep -q " $1#$1: signal [0-9]* (SIG$2) received" "$ERROR_LOG"; }

# --- the reload --------------------------------------------------------------------------------------

# reload_waits [LINE]: a reload command that lasts until end_reload, unless a signal ends it. LINE is executed first.
reload_waits() {
	script $RELOAD <<-SCRIPT
		#!/bin/sh
		${1-}
		exec 3<>$RUN.go
		echo \$\$ >$RUN.control.new
		mv $RUN.control.new $RUN.control
		until read -r code <&3; do :; done
		exit \$code
	SCRIPT
}

# Sets control.
begin_reload() {
	host_run rm -f $RUN.control $RUN.go
	host_run mkfifo $RUN.go
	background reload host_run systemctl reload $UNIT
	wait_until 10 host_run test -e $RUN.control
	control=$(host_run cat $RUN.control)
}

# end_reload CODE: ends the reload command; status and output are those of systemctl.
end_reload() {
	host_run sh -c "echo $1 >$RUN.go"
	wait_for reload
}

# --- systemd -----------------------------------------------------------------------------------------

# speak PID STATE...: notifies in the name of that process, from outside the unit. When it returns, systemd has
# read the notification.
speak() { host_run $SPEAK "$@"; }

is_main() { [[ $(host_main_pid $UNIT) == "$1" ]]; }

assert_main() { assert_equal "$(host_main_pid $UNIT)" "$1" "the main process${2:+ $2}"; }

assert_state() {
	assert_equal "$(host_show ActiveState $UNIT)" "$1" 'the state'
	(($# < 2)) || assert_equal "$(host_show Result $UNIT)" "$2" 'the result'
}

unit_is() { [[ $(host_show ActiveState $UNIT) == "$1" ]]; }

unit_has_ended() { unit_is inactive || unit_is failed; }

# Whether systemd regards the main process as its own child.
assert_alien() {
	assert_equal "$(host_run systemd-analyze dump | awk '
		$2 == "Unit" { mine = $3 == "'$UNIT':" }
		mine && /Main PID Alien:/ { print $NF }')" "$1" 'Main PID Alien'
}

# heard PID: whether systemd accepts notifications in the name of that process.
heard() {
	local text=from-$1-$RANDOM
	speak "$1" "STATUS=$text"
	[[ $(host_show StatusText $UNIT) == "$text" ]]
}

unit_journal() {
	run host_journal -u $UNIT -o cat
	echo "$output"
}

# --- its stop ----------------------------------------------------------------------------------------

# Stops the unit in the background; returns when the stop has begun.
begin_stop() {
	background stop host_run systemctl stop $UNIT
	wait_until 10 is_stopping
}

is_stopping() { unit_is deactivating || unit_has_ended; }

end_stop() {
	wait_for stop
	wait_until 10 unit_has_ended
}

# The slow client was cut off.
assert_cut() {
	if host_slow_finish "$@" >/dev/null 2>&1; then
		fail "the client (${1-slow}) was served to its end"
	fi
}

assert_nothing_left() { host_do no_nginx || fail "left: $(host_do nginx_processes)"; }
