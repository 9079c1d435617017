#!/usr/bin/env bats
# An update of nginx by rpm is a handover: by a trigger on the names of packages, which runs when all files are in
# place; on EL 8 and newer also by a trigger on files, at the end of the transaction. Both run on the same rpm here.
#
# hosts: bookworm-rpm-v2

load ../lib/systemd
load ../lib/packages

assert_handed_over() { # VERSION
	assert_serves "$(host_master $PACKAGED)"
	main_is_not "$old" || fail 'the old master is still the main process'
	host_do answers "$1"
	wait_until 10 host_gone "$old"
}

# The number of handovers in the log.
handovers() { host_journal -t nginx-handover | grep -c 'handed over without' || :; }

@test "installed beside a running nginx: the serving build is kept at once, and nothing is printed" {
	rpm_does -U plain/nginx-1.18.0-1
	host_systemctl start nginx
	assert_status 0
	old=$(host_master $PACKAGED)
	rpm_does -U "$mode/nginx-handover"
	refute_output nginx-handover:
	host_run cmp /usr/sbin/nginx /var/lib/nginx-handover/usr/sbin/nginx.1.18.0
	assert_serves "$old"
}

@test "rpm -U under load: a handover, in one line, and rpm -V finds nothing" {
	with_nginx 1.18.0
	host_load_start
	host_slow_client
	background update host_run rpm -U $PACKAGES/plain/nginx-1.22.1-1.rpm
	wait_until 20 main_is_not "$old"
	host_slow_finish
	wait_for update
	assert_status 0
	host_load_stop
	assert_equal "$(grep -c '^nginx-handover: ' <<<"$output")" 1 'the lines it says'
	assert_output 'nginx 1.18.0 -> 1.22.1'
	assert_handed_over 1.22.1
	run host_run rpm -V nginx nginx-handover nginx-handover-systemd
	assert_equal "$output" '' 'what rpm -V says'
}

@test "a downgrade likewise" {
	with_nginx 1.22.1
	host_load_start
	rpm_does -U --oldpackage plain/nginx-1.18.0-1
	host_load_stop
	assert_output 'nginx 1.22.1 -> 1.18.0'
	assert_handed_over 1.18.0
}

@test "EL 7: likewise, in the transaction" {
	mode=el7
	with_nginx 1.18.0
	host_load_start
	rpm_does -U plain/nginx-1.22.1-1
	host_load_stop
	assert_output 'nginx 1.18.0 -> 1.22.1'
	assert_handed_over 1.22.1
	assert_equal "$(handovers)" 1 handovers
}

# A mail module of the old version cannot be loaded by the new nginx: a handover before the module is there fails.
with_module() {
	with_nginx 1.18.0
	rpm_does -U plain/nginx-mod-mail-1.18.0-1
	host_run sed -i '1i load_module /usr/lib64/nginx/modules/ngx_mail_module.so;' /etc/nginx/nginx.conf
	host_systemctl restart nginx
	assert_status 0
	old=$(host_master $PACKAGED)
	systemd_log_mark
}

@test "nginx and a module in one transaction: one handover, after both" {
	with_module
	rpm_does -U plain/nginx-1.22.1-1 plain/nginx-mod-mail-1.22.1-1
	assert_output 'nginx 1.18.0 -> 1.22.1'
	assert_handed_over 1.22.1
	assert_equal "$(handovers)" 1 handovers
}

@test "EL 7: likewise, and for only a module" {
	mode=el7
	with_module
	rpm_does -U plain/nginx-1.22.1-1 plain/nginx-mod-mail-1.22.1-1
	assert_output 'nginx 1.18.0 -> 1.22.1'
	assert_handed_over 1.22.1
	assert_equal "$(handovers)" 1 handovers
	old=$(host_master $PACKAGED)
	rpm_does -U --oldpackage plain/nginx-1.18.0-1 plain/nginx-mod-mail-1.18.0-1
	assert_handed_over 1.18.0
	old=$(host_master $PACKAGED)
	rpm_does -U plain/nginx-mod-mail-1.18.0-2
	assert_handed_over 1.18.0
}

@test "only a module: a handover, too" {
	with_module
	rpm_does -U plain/nginx-mod-mail-1.18.0-2
	assert_handed_over 1.18.0
}

@test "a new nginx that does not start: rpm ends well, the old one serves, and rollback brings it back" {
	with_nginx 1.18.0
	host_load_start
	rpm_does -U plain/nginx-1.22.1-2
	assert_output nginx-handover:
	refute_output 'scriptlet failed'
	assert_serves "$old"
	run host_run /usr/sbin/nginx -v
	((status != 0)) || fail 'it does start'
	host_handover rollback
	assert_status 0
	host_load_stop
	host_do answers 1.18.0
	assert_serves "$(host_master $PACKAGED)"
	host_systemctl restart nginx
	assert_status 0
	host_do answers 1.18.0
}

@test "a new nginx that dies soon: what was begun is undone" {
	host_settings '' # it is watched for a second
	with_nginx 1.18.0
	host_load_start
	rpm_does -U plain/nginx-1.22.1-3
	host_load_stop
	assert_output nginx-handover:
	refute_output 'scriptlet failed'
	assert_serves "$old"
	host_do answers 1.18.0
	host_handover rollback
	assert_status 0
	run host_run /usr/sbin/nginx -v
	assert_output 1.18.0
}

# An nginx whose libcrypt comes from a package, as on EL.
with_library() {
	rpm_does -U below/libxcrypt-4.4-1
	echo /usr/lib64 | host_write /etc/ld.so.conf.d/00-el.conf
	host_run ldconfig
	with_nginx 1.22.1
	host_run grep -q ' /usr/lib64/libcrypt.so.1$' "/proc/$old/maps"
}

@test "a library: reported" {
	with_library
	rpm_does -U below/libxcrypt-4.4-2
	assert_equal "$(grep -c '^nginx-handover: ' <<<"$output")" 1 'the lines it says'
	assert_output libcrypt
	assert_serves "$old"
	host_handover needed
	assert_status 0
	assert_output 'the library /usr/lib64/libcrypt.so.1 was '
	assert_output 'it belongs to the package libxcrypt, now 4.4-2'
}

@test "a library, with ON_PACKAGE_UPDATE=upgrade: a handover" {
	with_library
	host_settings SETTLE=200ms ON_PACKAGE_UPDATE=upgrade
	rpm_does -U below/libxcrypt-4.4-2
	assert_handed_over 1.22.1
	host_run grep -q ' /usr/lib64/libcrypt.so.1$' "/proc/$(host_master $PACKAGED)/maps"
}
