#!/usr/bin/env bats
# Our packages when there is nothing to do, or when they must not do anything, and what they do not touch.
#
# hosts: bookworm-rpm-v2

load ../lib/systemd
load ../lib/packages

teardown() {
	host_teardown
	host_do remove_image
}

# Nothing printed, nothing done to the running nginx.
assert_untouched() {
	refute_output nginx-handover:
	refute_output scriptlet
	assert_serves "$old"
}

@test "nginx does not run: nothing is printed and nothing is started" {
	with_nginx 1.18.0
	host_systemctl stop nginx
	rpm_does -U plain/nginx-1.22.1-1
	refute_output nginx-handover:
	assert_stopped
}

@test "the service is masked: it says so, and does nothing" {
	with_nginx 1.18.0
	host_systemctl mask nginx
	assert_status 0
	rpm_does -U plain/nginx-1.22.1-1
	assert_output masked
	host_do answers 1.18.0
	assert_equal "$(host_master $PACKAGED)" "$old" 'the master'
}

@test "nginx was started by hand: it says so, and does nothing" {
	rpm_does -U plain/nginx-1.18.0-1 el8/nginx-handover el8/nginx-handover-systemd
	host_shell /usr/sbin/nginx
	host_do answers 1.18.0
	old=$(host_master $PACKAGED)
	rpm_does -U plain/nginx-1.22.1-1
	assert_output nginx-handover:
	host_do answers 1.18.0
	assert_equal "$(host_master $PACKAGED)" "$old" 'the master'
}

@test "ON_PACKAGE_UPDATE=report says what is due, and =no nothing" {
	with_nginx 1.18.0
	host_settings SETTLE=200ms ON_PACKAGE_UPDATE=report
	rpm_does -U plain/nginx-1.22.1-1
	assert_output nginx-handover:
	assert_serves "$old"
	host_settings SETTLE=200ms ON_PACKAGE_UPDATE=no
	rpm_does -U --replacepkgs plain/nginx-1.22.1-1
	assert_untouched
}

@test "--noscripts: nothing happens, and can be done later" {
	with_nginx 1.18.0
	rpm_does -U --noscripts plain/nginx-1.22.1-1
	assert_untouched
	host_do answers 1.18.0
	host_handover upgrade
	assert_status 0
	host_do answers 1.22.1
}

# An image with an nginx of its own. For the nginx of this machine a handover is due, which must not be made from there.
with_image() {
	with_nginx 1.18.0
	rpm_does -U --noscripts plain/nginx-1.22.1-1
	host_do make_image
	host_run cp $PACKAGED /run/image$PACKAGED # as if that nginx were the image's
	rpm_does --root /run/image -U below/below-1-1 plain/nginx-1.18.0-1 "$1/nginx-handover" "$1/nginx-handover-systemd"
	assert_untouched
}

@test "rpm --root: the packages come in, and nothing of this machine is touched" {
	with_image el8
	rpm_does --root /run/image -U plain/nginx-1.22.1-1
	assert_untouched
	run host_run chroot /run/image /usr/sbin/nginx -v
	assert_output 1.22.1
}

@test "in a chroot: likewise" {
	with_image el7
	host_run mkdir -p /run/image$PACKAGES
	host_run mount --bind $PACKAGES /run/image$PACKAGES
	run_shown host_run chroot /run/image rpm -U $PACKAGES/plain/nginx-1.22.1-1.rpm
	assert_status 0
	wait_until 10 no_helper
	assert_untouched
	run host_run chroot /run/image /usr/sbin/nginx -v
	assert_output 1.22.1
}

@test "a reinstall of the same: there is nothing to hand over to" {
	with_nginx 1.18.0
	host_load_start
	rpm_does -U --replacepkgs plain/nginx-1.18.0-1
	host_load_stop
	assert_untouched
	rpm_does -U plain/nginx-1.22.1-1
	assert_output 'nginx 1.18.0 -> 1.22.1'
}

# catalogued NUMBER: journalctl -x explains that many of our messages
catalogued() {
	assert_equal "$(host_run journalctl --list-catalog | grep -c nginx-handover || :)" "$1" 'messages of ours'
}

@test "an update of ours alone does nothing to nginx; journalctl knows our messages until we go" {
	local messages
	messages=$(grep -c '^-- ' "$TOP/units/nginx-handover.catalog")
	with_nginx 1.18.0
	catalogued "$messages"
	rpm_does -U next/nginx-handover next/nginx-handover-systemd
	assert_untouched
	catalogued "$messages"
	rpm_does -e nginx-handover-systemd
	catalogued 0
}

@test "ours and nginx in one transaction: a handover" {
	with_nginx 1.18.0
	rpm_does -U next/nginx-handover next/nginx-handover-systemd plain/nginx-1.22.1-1
	assert_output 'nginx 1.18.0 -> 1.22.1'
	assert_equal "$(grep -c '^nginx-handover: ' <<<"$output")" 1 'the lines it says'
	assert_serves "$(host_master $PACKAGED)"
	host_do answers 1.22.1
}

@test "ours comes together with the new nginx, and not before: a handover" {
	rpm_does -U plain/nginx-1.18.0-1
	host_systemctl start nginx
	rpm_does -U el8/nginx-handover el8/nginx-handover-systemd plain/nginx-1.22.1-1
	assert_output 'nginx 1.18.0 -> 1.22.1'
	assert_serves "$(host_master $PACKAGED)"
}

@test "ours erased: nginx keeps running, under its own unit" {
	with_nginx 1.18.0
	assert_equal "$(host_show KillSignal)" 3 'the signal of the drop-in'
	host_load_start
	rpm_does -e nginx-handover nginx-handover-systemd
	assert_untouched
	run host_run systemctl cat nginx
	refute_output handover
	host_systemctl reload nginx
	assert_status 0
	rpm_does -U plain/nginx-1.22.1-1
	host_load_stop
	assert_untouched
}

@test "nginx erased: there is nothing to hand over to" {
	with_nginx 1.18.0 epel
	rpm_does -e nginx
	refute_output nginx-handover:
	host_do no_nginx
}

@test "our own unit does not come beside a packaged nginx" {
	with_nginx 1.18.0
	host_rpm -U el8/nginx-handover-nginx
	((status != 0)) || fail 'it came'
	assert_output conflict
}
