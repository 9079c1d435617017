# supervisord, with Debian's configuration, which includes ours.
# shellcheck shell=bash

begin() {
	mkdir -p /var/log/supervisor
	rm -f /var/log/supervisor/*
	example supervisord/nginx.conf /etc/supervisor/conf.d/nginx.conf
	sed -i 's/^startsecs=.*/startsecs=1/' /etc/supervisor/conf.d/nginx.conf # it waits for that long at each start
	echo autostart=false >>/etc/supervisor/conf.d/nginx.conf
	daemon supervisord --nodaemon --configuration /etc/supervisor/supervisord.conf
	wait_until 10 is_there
}

is_there() { supervisorctl pid; } >/dev/null 2>&1
up() { supervisorctl start nginx; } # returns when it is RUNNING
down() { supervisorctl stop nginx; }
is_down() { [[ $(supervisorctl status nginx) =~ (STOPPED|EXITED) ]]; }
logged() { echo /var/log/supervisor/nginx.log; }
quit() { kill -TERM "$DAEMON"; }
signal() { supervisorctl signal "$1" nginx; }

# Its one child. ("supervisorctl pid nginx" says the same, and is too slow for who looks again and again.)
run_pid() {
	local pid
	pid=$(tr -d ' ' <"/proc/$DAEMON/task/$DAEMON/children") && [[ -n $pid ]] && echo "$pid"
}
