# runit: runsvdir looks after /run/service, and starts a runsv for each service there.
# shellcheck shell=bash

export SVDIR=/run/service

begin() {
	example runit/run /etc/sv/nginx/run 755
	example runit/check /etc/sv/nginx/check 755
	example runit/log/run /etc/sv/nginx/log/run 755
	: >/etc/sv/nginx/down
	rm -rf /etc/sv/nginx/supervise /etc/sv/nginx/log/supervise
	ln -s /etc/sv/nginx /run/service/nginx
	daemon runsvdir -P /run/service
	wait_until 10 is_there
}

is_there() { sv status nginx >/dev/null && [[ -e /etc/sv/nginx/log/supervise/ok ]]; }
up() { sv -w 20 start nginx; }
down() { sv -w 30 stop nginx; }
is_down() { [[ $(sv status nginx) == down:* ]]; }
run_pid() { cat /etc/sv/nginx/supervise/pid; }
logged() { echo /var/log/nginx-run/current; }
quit() { kill -HUP "$DAEMON"; } # TERM would leave the services

signal() {
	case $1 in
	HUP) sv hup nginx ;;
	USR1) sv 1 nginx ;;
	USR2) sv 2 nginx ;;
	esac
}
