#!/usr/bin/env bats
# The script itself: any shell can run it, it needs no program other than the helper, and installing it breaks nothing.
#
# hosts: bookworm-sysv (trixie-sysv)

load ../lib/sysv

SCRIPT=/etc/init.d/nginx

setup() {
	host_fresh
	own_script 1.18.0
}

@test "each shell can run it, with the same result" {
	local shell
	for shell in dash bash 'bash --posix' 'busybox sh'; do
		echo "== $shell"
		# shellcheck disable=SC2086 # words
		{
			host_run $shell -n $SCRIPT
			run_apart $shell $SCRIPT start
			assert_status 0
			assert_said 'Starting nginx: [  OK  ]'
			assert_errors
			run_apart $shell $SCRIPT upgrade --settle soon
			assert_status 2
			assert_errors soon
			run_apart $shell $SCRIPT stop
			assert_status 0
			assert_said 'Stopping nginx: [  OK  ]'
			run_apart $shell $SCRIPT
			assert_status 2
		}
	done
}

@test "it needs nothing from PATH, and no link or name confuses it" {
	run_apart env -i PATH=/no/such/folder $SCRIPT start
	assert_status 0
	assert_said 'Starting nginx: [  OK  ]'
	assert_errors
	host_do answers 1.18.0
	replaced_by 1.22.1
	run_apart env -i PATH=/no/such/folder $SCRIPT upgrade
	assert_status 0
	assert_said 'Upgrading nginx: [  OK  ]'
	host_do answers 1.22.1
	host_run ln -s ../init.d/nginx /etc/rc2.d/S85nginx
	host_run ln -s ../init.d/nginx /etc/rc2.d/K15nginx
	run_apart env -i /etc/rc2.d/S85nginx start
	assert_status 0
	assert_said 'Starting nginx: [  OK  ]'
	run_apart env -i sh -c 'cd /etc/rc2.d && ./K15nginx stop'
	assert_status 0
	assert_said 'Stopping nginx: [  OK  ]'
	host_do no_nginx
}

# links_now: S or K, for each runlevel 0 to 6
links_now() { host_run find /etc/rc0.d /etc/rc1.d /etc/rc2.d /etc/rc3.d /etc/rc4.d /etc/rc5.d /etc/rc6.d -name '???nginx' -printf '%f\n' | sed 's/^\(.\).*/\1/' | xargs; }

@test "update-rc.d and insserv: started in 2 to 5, or switched off and on" {
	run host_run update-rc.d nginx defaults
	assert_equal "$status$output" 0
	assert_equal "$(links_now)" 'K K S S S S K'
	run host_run update-rc.d nginx disable
	assert_status 0
	assert_equal "$(links_now)" 'K K K K K K K'
	run host_run update-rc.d nginx enable
	assert_equal "$status" 0
	assert_equal "$(links_now)" 'K K S S S S K'
	run host_run update-rc.d -f nginx remove
	assert_equal "$(links_now)" ""
	run host_run insserv -f nginx
	assert_equal "$status$output" 0
	assert_equal "$(links_now)" 'K K S S S S K'
}

@test "installing keeps a vendor's script and settings that are there" {
	host_run cmp $SCRIPT.orig "/opt/pristine$SCRIPT"
	host_settings "NGINX=$TARGET" '# mine'
	host_install_sysv
	host_run cmp $SCRIPT.orig "/opt/pristine$SCRIPT"
	host_run grep -qx '# mine' /etc/default/nginx
	host_run rm /etc/default/nginx
	host_install_sysv
	host_run grep -qx '#SETTLE=1s' /etc/default/nginx
	assert_equal "$(host_run grep -c '^[^#]' /etc/default/nginx)" 0 'number of settings that are not the defaults'
	# there are two nginx here now, and the packaged one is found first
	host_do packaged_site
	host_service nginx start
	assert_status 0
	host_run cmp /proc/"$(host_run cat /run/nginx.pid)"/exe /usr/sbin/nginx
	host_service nginx stop
	assert_status 0
}
