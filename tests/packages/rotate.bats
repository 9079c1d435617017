#!/usr/bin/env bats
# Other programs that act on nginx during a handover: the real logrotate with the configuration of Debian's package, and
# certbot's hook after a new certificate.
#
# hosts: bookworm-v2 bookworm-sysv

load ../lib/systemd

PACKAGED=/run/nginx.pid
LOG=/var/log/nginx/access.log
HOOK=/usr/lib/lsb/init-functions.d/50-nginx-handover

setup_file() {
	local debs
	host_boot
	[[ -z $HOST_SKIP ]] || return 0
	debs=$("$TOP/tests/packages/debs" bookworm logrotate)
	# without systemd it would depend on cron, which is not needed here
	mkdir "/proc/$HOST_LEADER/root/run/debs"
	cp "$debs"/*.deb "/proc/$HOST_LEADER/root/run/debs/"
	host_run sh -c 'dpkg --force-unsafe-io --force-depends -i /run/debs/*.deb' >"$BATS_FILE_TMPDIR/installed" 2>&1 ||
		fail "$(<"$BATS_FILE_TMPDIR/installed")"
}

setup() {
	host_fresh
	host_do pristine /usr/lib/lsb/init-functions.d
	host_do packaged_site
	host_run sed -i "s|access_log off|access_log $LOG|" /etc/nginx/conf.d/tests.conf
	host_settings SETTLE=200ms
	install -m 755 "$HOST_HANDOVER" "/proc/$HOST_LEADER/root/usr/sbin/nginx-handover"
	install -m 644 "$TOP/packaging/debian/init-functions" "/proc/$HOST_LEADER/root$HOOK"
}

started() {
	host_run service nginx start
	wait_until 10 host_do master_ready $PACKAGED
	old=$(host_master $PACKAGED)
}

# rotated: every log must have lines by then, since empty logs are not rotated
rotated() {
	host_do http / >/dev/null 2>&1 || :
	run_shown host_run logrotate --force --state /run/logrotate /etc/logrotate.d/nginx
	assert_status 0
}

# The workers that go on writing to a moved file; such lines are lost with the file. (A master that has had QUIT
# keeps its descriptor, but serves nobody.)
holders() { host_run find /proc -maxdepth 3 -path '/proc/[0-9]*/fd/*' ! -path "/proc/$old/*" -lname "$LOG.[0-9]*" 2>/dev/null; }

slow_client_ends() {
	host_slow_finish
	rm -r "$BATS_TEST_TMPDIR/client-slow" # there is another one later
}

waits() { [[ -z $(host_do workers_of "$old" 'nginx: worker process') ]]; }

@test "logrotate in the drain, and during a run: no process goes on writing to a moved file" {
	rotated # nothing runs: no failure either
	started
	host_slow_client
	host_install_nginx 1.26.3 debian
	run_shown host_run nginx-handover upgrade --drain-timeout 100ms
	assert_status 151
	rotated
	assert_equal "$(holders)" '' 'who has the old log, in the drain'
	# without our package: the package's own rotation, as before
	host_run rm $HOOK
	rotated
	[[ -n $(holders) ]] || fail 'what drains has heard of it all the same: then this shows nothing'
	install -m 644 "$TOP/packaging/debian/init-functions" "/proc/$HOST_LEADER/root$HOOK"
	slow_client_ends
	host_run nginx-handover finish
	old=$(host_master $PACKAGED)
	host_slow_client
	host_install_nginx 1.22.1 debian
	background upgrade host_run nginx-handover upgrade --settle 1min
	wait_until 10 waits
	rotated
	assert_equal "$(holders)" '' 'who has the old log, while the new generation is watched'
	background finish host_run nginx-handover finish
	host_slow_finish
	wait_for upgrade
	assert_status 0
	wait_for finish
}

# A certificate of that name, as certbot leaves it.
certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/cert" -days 30 \
		-subj "/CN=$1" 2>/dev/null
	host_write /etc/nginx/key <"$BATS_TEST_TMPDIR/key"
	host_write /etc/nginx/cert <"$BATS_TEST_TMPDIR/cert"
}

assert_certificate() {
	local subject
	subject=$(nsenter --target "$HOST_LEADER" --net openssl s_client -connect 127.0.0.1:8443 </dev/null 2>/dev/null |
		openssl x509 -noout -subject)
	[[ $subject == *"CN = $1" ]] || fail "the certificate of $1 is not served, but: $subject"
}

@test "certbot's hook: a new binary that waits, a drain, an active run, a binary that does not work" {
	[[ $HOST_KIND != sysv ]] || skip 'cannot exist here: no systemctl'
	host_run sh -c 'echo "server { listen 127.0.0.1:8443 ssl; ssl_certificate /etc/nginx/cert; ssl_certificate_key /etc/nginx/key; }" >/etc/nginx/conf.d/tls.conf'
	certificate first
	started
	host_install_unit UNIT=drop-in "PID_FILE=$PACKAGED"
	assert_certificate first
	host_install_nginx 1.26.3 debian
	certificate second
	host_systemctl reload nginx
	assert_status 0
	assert_certificate second
	host_do answers 1.26.3
	# the drain
	old=$(host_master $PACKAGED)
	host_slow_client
	host_install_nginx 1.22.1 debian
	run_shown host_run nginx-handover upgrade --drain-timeout 100ms
	assert_status 151
	certificate third
	host_systemctl reload nginx
	assert_status 0
	assert_certificate third
	slow_client_ends
	host_run nginx-handover finish
	# an active run, which watches the new generation, and then waits for a client
	old=$(host_master $PACKAGED)
	host_slow_client
	host_install_nginx 1.26.3 debian
	background upgrade host_run nginx-handover upgrade --settle 1min
	wait_until 10 waits
	certificate fourth
	run_shown host_run nginx -s reload
	assert_status 0
	wait_until 10 assert_certificate fourth
	background finish host_run nginx-handover finish
	wait_until 10 status_has closing
	certificate fifth
	host_systemctl reload nginx
	assert_status 0
	assert_certificate fifth
	host_slow_finish
	wait_for finish
	wait_for upgrade
	assert_status 0
	# a binary that does not work: reported, and the new certificate is served
	"$TOP/tests/lib/make-broken" exits-at-once "$BATS_TEST_TMPDIR/broken" debian
	install -m 755 "$BATS_TEST_TMPDIR/broken" "/proc/$HOST_LEADER/root/usr/sbin/nginx.broken"
	host_run mv /usr/sbin/nginx.broken /usr/sbin/nginx
	certificate sixth
	host_systemctl reload nginx
	((status != 0)) || fail 'nothing is said of the upgrade that failed'
	assert_certificate sixth
	host_do answers 1.26.3
}
