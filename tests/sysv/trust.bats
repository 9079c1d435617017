#!/usr/bin/env bats
# Which nginx the init script trusts: only that of the service.
#
# hosts: bookworm-sysv (trixie-sysv)

load ../lib/sysv
load ../lib/trust-host

setup() {
	host_fresh
	fresh_witness
}

# leaves_by_itself BINARY PID-FILE: after nginx -s quit no verb touches the other nginx, three times
leaves_by_itself() {
	local verb
	for _ in 1 2 3; do
		host_service nginx start
		assert_status 0
		assert_other_lives
		host_run "$1" -s quit
		wait_until 10 host_run test ! -e "$2"
		for verb in stop condrestart reload upgrade reopen status; do
			host_service nginx $verb
			case $verb in
			stop | condrestart) assert_status 0 ;;
			status) assert_status 3 ;;
			*) assert_status 7 ;;
			esac
			assert_other_lives
		done
	done
}

@test "Debian's nginx by the script, without settings, leaves by itself: the one in /usr/local/nginx lives on, 3 of 3" {
	host_do packaged_site
	host_install_sysv
	host_install_nginx 1.22.1
	other_nginx $TARGET
	leaves_by_itself /usr/sbin/nginx $PACKAGED
}

@test "the nginx that the settings name leaves by itself: Debian's, started by hand, lives on, 3 of 3" {
	own_script 1.22.1
	other_nginx /usr/sbin/nginx
	leaves_by_itself $TARGET $PID_FILE
}

@test "an instance's script (nginx-blue): its nginx leaves, the first one's lives on" {
	own_script 1.22.1
	host_service nginx start
	assert_status 0
	host_run sh -c "sed 's#listen 127.0.0.1:8080;#listen 127.0.0.1:8087;#; s#listen unix.*##; 1i pid /run/blue.pid;' \
		$PREFIX/conf/nginx.conf >$PREFIX/conf/blue.conf && ln -s nginx /etc/init.d/nginx-blue"
	printf '%s\n' "NGINX=$TARGET" "CONF=$PREFIX/conf/blue.conf" PID_FILE=/run/blue.pid | host_write /etc/default/nginx-blue
	old=$(host_master)
	host_service nginx-blue start
	assert_status 0
	host_run $TARGET -c $PREFIX/conf/blue.conf -s quit
	wait_until 10 host_run test ! -e /run/blue.pid
	for verb in stop condrestart status; do
		host_service nginx-blue $verb
		assert_equal "$(host_master)" "$old" 'the first one'
		host_run test -e "/proc/$old"
	done
	assert_status 3
}

@test "a user's program that poses as the service's nginx: every verb of the script tells the truth" {
	local verb
	host_do packaged_site
	host_install_sysv
	printf 'pid /run/home/nginx.pid;\nevents {}\nhttp { server { listen 127.0.0.1:8086; } }\n' | host_write /run/home/evil.conf
	host_run sh -c "cp $ATTACK/poser /run/home/nginx && /usr/sbin/nginx -V 2>/run/home/nginx.V && chown nobody /run/home/*"
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run setpriv --reuid=65534 --regid=65534 --clear-groups env POSER_WORKERS=1 ATTACKER_PID_FILE=/run/home/nginx.pid \
		bash -c 'exec -a "$0" /run/home/nginx >/dev/null 2>&1 </dev/null &' "nginx: master process /usr/sbin/nginx -c /run/home/evil.conf"
	wait_until 10 host_run test -s /run/home/nginx.pid
	for verb in status:3 condrestart:0 reload:7 upgrade:7 stop:0 start:0 status:0 reload:0 restart:0 stop:0; do
		host_service nginx "${verb%:*}"
		assert_status "${verb#*:}"
		! host_run grep '^exec poser 0\|^exec poser [0-9]* 0 ' /run/witness/log || fail "a user's program was executed as root"
		! host_run grep '^signal.*nginx-handover' /run/witness/log || fail "a user's process was signalled"
		[[ $verb != start:0 ]] || host_do answers
	done
}
