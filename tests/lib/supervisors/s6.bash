# s6: s6-svscan looks after /run/service, and starts an s6-supervise for each service directory there.
# shellcheck shell=bash

SERVICE=/run/service/nginx

begin() {
	example s6/run $SERVICE/run 755
	example s6/notification-fd $SERVICE/notification-fd
	example s6/log/run $SERVICE/log/run 755
	: >$SERVICE/down
	daemon s6-svscan /run/service
	wait_until 10 is_there
}

is_there() { s6-svok $SERVICE && s6-svok $SERVICE/log; }
up() { s6-svc -u -wU -T 20000 $SERVICE; } # U: it has said that it is ready
down() { s6-svc -d -wD -T 30000 $SERVICE; }
is_down() { [[ $(s6-svstat -o up,wantedup $SERVICE) == 'false false' ]]; }
run_pid() { s6-svstat -o pid $SERVICE; }
logged() { echo /var/log/nginx-run/current; }
quit() { s6-svscanctl -t /run/service; }

signal() {
	case $1 in
	HUP) s6-svc -h $SERVICE ;;
	USR1) s6-svc -1 $SERVICE ;;
	USR2) s6-svc -2 $SERVICE ;;
	esac
}
