#!/usr/bin/env bats
# Packages that upgrade nginx by themselves, like nginx.org's, EPEL's and Fedora's (tests/packages/vendors): our handover
# comes first, and a bad package causes no outage. EL 7 has no file triggers.
#
# hosts: bookworm-rpm-v2

load ../lib/systemd
load ../lib/packages

SETTINGS=/etc/sysconfig/nginx
WAITS=/run/nginx-vendor-waits

setup() { :; }

# with_vendor VENDOR MODE: 1.18.0 runs, and our package is installed
with_vendor() {
	setup_packages "$2"
	host_run mv /etc/default/nginx /run/nginx-settings
	printf '%s\n' SETTLE=200ms '# the last line has no end' | head -c -1 | host_write $SETTINGS
	with_nginx 1.18.0 "$1"
}

# The number of masters that an upgrade has started.
started() { host_run sh -c 'grep -c "using inherited sockets" /var/log/nginx/error.log || :'; }

# update RELEASE [OPTION...]: in a transaction that must succeed
update() {
	local release=$1
	shift
	rpm_does -U "$@" "$vendor/nginx-$release"
	refute_output 'scriptlet failed'
	assert_equal "$(host_run sh -c 'ls -d /run/nginx*.pid* /run/nginx-handover-rpm/nginx.pid 2>/dev/null')" $PACKAGED 'pid files'
}

# There was one handover, by our helper.
updates_to() {
	local before
	old=$(host_master $PACKAGED) before=$(started)
	update "$@"
	assert_output 'handed over without losing a connection'
	assert_equal "$(($(started) - before))" 1 'masters that were started'
	assert_serves "$(host_master $PACKAGED)"
	main_is_not "$old" || fail 'the old master is still the main process'
	host_do answers "${1%-*}"
}

# The old build serves, as the line says, and can be put back.
is_undone() {
	old=$(host_master $PACKAGED)
	update "$@"
	assert_equal "$(grep -c 'not handed over' <<<"$output")" 1 'lines that say so'
	assert_serves "$old"
	host_do answers 1.18.0
}

puts_back() {
	host_handover rollback
	assert_status 0
	run host_run /usr/sbin/nginx -v
	assert_output 1.18.0
	assert_serves "$(host_master $PACKAGED)"
}

config_breaks() { host_run sed -i '1i no_such_directive on;' /etc/nginx/nginx.conf; }
config_is_right() { host_run sed -i 1d /etc/nginx/nginx.conf; }

# One transaction each, under load: a broken build is undone, a good one is handed over to, and nothing is lost.
lives_with() { # VENDOR MODE [NUMBER-OF-BROKEN-ONES]
	local broken broken_ones=0
	vendor=$1
	with_vendor "$@"
	host_load_start
	for broken in aborts_at_once half_a_file wrong_configuration module_of_the_old; do
		((++broken_ones <= ${3:-9})) || break
		$broken
		puts_back
	done
	updates_to 1.22.1-1 --oldpackage --replacepkgs
	update 1.22.1-1 --replacepkgs
	refute_output nginx-handover:
	updates_to 1.18.0-1 --oldpackage
	host_load_stop
	rpm_does -e nginx
	refute_output nginx-handover:
	host_do no_nginx
	host_run sh -c '! grep -q nginx-handover /etc/sysconfig/nginx && test ! -e /etc/nginx/rpm-disable-upgrade'
}

aborts_at_once() { is_undone 1.22.1-2; }

half_a_file() { is_undone 1.22.1-4; }

wrong_configuration() {
	host_run sed -i '1i no_such_directive on;' /etc/nginx/nginx.conf
	is_undone 1.22.1-1 --oldpackage
	host_run sed -i 1d /etc/nginx/nginx.conf
}

module_of_the_old() {
	local module=/opt/nginx/1.18.0-debian_module/ngx_mail_module.so
	host_run sed -i "1i load_module $module;" /etc/nginx/nginx.conf
	host_systemctl reload nginx
	assert_status 0
	wait_until 10 host_run grep -q $module "/proc/$(host_master $PACKAGED)/maps"
	is_undone 1.22.1-1 --replacepkgs
	assert_output 'version 1018000 instead of 1022001'
	host_run sed -i 1d /etc/nginx/nginx.conf
}

@test "nginx.org's" { lives_with org el8 1; }

@test "nginx.org's, on EL 7" { lives_with org el7; }

@test "EPEL's, on EL 7" { lives_with epel el7; }

@test "Fedora's" { lives_with fedora el8 1; }

@test "workers that crash at their first request: only these requests are lost" {
	local vendor=epel
	with_vendor epel el7
	host_load_start
	is_undone 1.22.1-3
	puts_back
	kill -TERM "$LOAD_PID"
	wait "$LOAD_PID" || :
	unset LOAD_PID
	cat "$BATS_TEST_TMPDIR/summary"
	assert_equal "$(summary failed_refused) $(summary failed_timeout)" '0 0' 'refused and timed out'
	(($(summary new_failed) + $(summary keepalive_failed) < 20)) || fail 'too many'
}

@test "without ours the same update is an outage" {
	setup_packages el8
	rpm_does -U epel/nginx-1.18.0-1
	host_systemctl start nginx
	rpm_does -U epel/nginx-1.22.1-2
	# shellcheck disable=SC2016 # expanded inside
	run host_run timeout 2 bash -c 'exec {c}<>/dev/tcp/127.0.0.1/8080; printf "GET / HTTP/1.0\r\n\r\n" >&$c; cat <&$c'
	refute_output HTTP
}

@test "settings that belong to a package are left alone, and ours comes first all the same" {
	local vendor=org
	setup_packages el7
	rpm_does -U below/nginx-settings-1-1
	with_nginx 1.18.0 org
	host_load_start
	is_undone 1.22.1-2
	puts_back
	updates_to 1.22.1-1 --oldpackage
	refute_output 'has failed'
	host_load_stop
	run host_run rpm -V nginx-settings nginx-handover
	assert_equal "$output" '' 'what rpm -V says'
}

# Held while the vendor's scriptlet waits.
vendor_waits() {
	with_vendor epel el7
	host_run mkfifo $WAITS
	background update host_run rpm -U $PACKAGES/epel/nginx-1.22.1-2.rpm
	wait_until 10 host_run test -e /run/nginx-handover-rpm/nginx.pid
	wait_until 10 host_run test ! -e $PACKAGED
	rpm_pid=$(host_run pgrep -x rpm)
}

is_back() { [[ $(host_run cat $PACKAGED) == "$old" ]]; } 2>/dev/null

@test "rpm is killed while the pid file is held aside: it is back within a second" {
	local begin
	vendor_waits
	host_run kill -KILL "$rpm_pid"
	begin=${EPOCHREALTIME/./}
	wait_until 5 is_back
	(((${EPOCHREALTIME/./} - begin) < 2000000)) || fail 'that took long'
	wait_until 5 host_run test ! -e /run/nginx-handover-rpm/transaction
	host_run sh -c "echo end >$WAITS"
	wait_for update
	assert_serves "$old"
}

@test "nginx is started again while its pid file is held aside: the new pid file stays" {
	vendor_waits
	host_run cp /opt/nginx/1.22.1-debian/nginx /usr/sbin/nginx
	host_systemctl restart nginx
	assert_status 0
	host_run sh -c "echo end >$WAITS"
	wait_for update
	main_is_not "$old" || fail 'it is the old one'
	assert_serves "$(host_master $PACKAGED)"
	host_run sh -c '! ls /run/nginx-handover-rpm/nginx.pid'
}

# all_of FILE...: bytes, mode, owner and time of change of each, and the contents of their folders
all_of() {
	# shellcheck disable=SC2016 # expanded inside
	host_run sh -c 'for f; do cksum "$f"; stat -c "%n %a %u %g %Y" "$f"; ls -A "${f%/*}"; done' sh "$@" 2>/dev/null || :
}

@test "ours removed: the settings and Fedora's switch have exactly their former bytes" {
	local before
	setup_packages el8
	rpm_does -U org/nginx-1.18.0-1
	printf 'SETTLE=200ms\n# the last line has no end' | host_write $SETTINGS
	host_run sh -c "chmod 640 $SETTINGS; chown 0:12 $SETTINGS; touch -d '2020-02-02 02:02:02' $SETTINGS; echo admin >/etc/nginx/rpm-disable-upgrade"
	before=$(all_of $SETTINGS /etc/nginx/rpm-disable-upgrade)
	rpm_does -U el8/nginx-handover el8/nginx-handover-systemd
	assert_equal "$(host_run grep -c nginx-handover $SETTINGS)" 1 'our lines in the settings'
	assert_equal "$(host_run stat -c '%a %g' $SETTINGS)" '640 12' "whose the settings are"
	run host_run rpm -V nginx nginx-handover nginx-handover-systemd
	assert_equal "$output" '' 'what rpm -V says'
	rpm_does -U next/nginx-handover next/nginx-handover-systemd
	assert_equal "$(host_run grep -c nginx-handover $SETTINGS)" 1 'our lines in the settings'
	host_systemctl start nginx
	old=$(host_master $PACKAGED)
	host_run /usr/libexec/service nginx upgrade # by hand
	main_is_not "$old" || fail 'no handover'
	run host_journal -t nginx-handover
	assert_output 'serves with 2 workers, alone since'
	rpm_does -e nginx-handover nginx-handover-systemd
	assert_equal "$(all_of $SETTINGS /etc/nginx/rpm-disable-upgrade)" "$before" 'what was there before'
	host_do answers 1.18.0
}

@test "ours and nginx removed in one transaction: no file of ours is left" {
	setup_packages el8
	rpm_does -U org/nginx-1.18.0-1 el8/nginx-handover
	assert_equal "$(host_run cat $SETTINGS | wc -l)" 1 'the lines of the settings'
	host_run test -e /etc/nginx/rpm-disable-upgrade
	host_systemctl start nginx
	rpm_does -e nginx-handover nginx
	refute_output nginx-handover:
	host_do no_nginx
	host_run sh -c '! ls -d /etc/sysconfig /etc/nginx/*rpm-disable* /etc/nginx/.rpm* /run/nginx-handover-rpm /usr/libexec/nginx-handover'
}
