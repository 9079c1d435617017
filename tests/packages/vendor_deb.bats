#!/usr/bin/env bats
# Debian's own nginx packages, and some like nginx.org's, updated by apt with ours installed: their own upgrade becomes
# a handover, and a bad package causes no outage.
#
# hosts: bookworm-v2

load ../lib/vendor-deb

@test "an update of everything, with a module: one handover, nothing is lost, and rollback goes back" {
	with_nginx module
	host_run cp -r /usr/lib/nginx/modules /run/nginx-modules
	updated_to modules
	handed_over
	assert_output 'refused to be restarted'
	assert_installed
	run_shown host_run /usr/sbin/nginx-handover rollback
	assert_status 0
	runs_what_was
}

# undone KIND WHY: the old build serves, apt succeeds, and rollback puts the running build back
undone() {
	updated_to "$1"
	not_handed_over
	assert_output "$2"
	assert_installed
	rolled_back
}

@test "a binary that aborts at once" {
	with_nginx
	undone exits-at-once 'did not come up'
}

@test "workers that abort" {
	with_nginx
	undone worker-crash-at-start 'workers of the new generation die'
}

@test "a truncated binary" {
	with_nginx
	undone truncated 'does not work'
}

@test "a binary that refuses the configuration" {
	host_write /etc/nginx/conf.d/more.conf <<<'gunzip on;'
	with_nginx
	undone foreign gunzip
}

@test "a module that does not fit" {
	with_nginx module
	undone foreign ngx_stream_module
}

@test "workers that abort at a request: a few requests are lost, and no more" {
	with_nginx
	from worker-crash-at-request
	host_load_start
	apt_does upgrade
	kill -TERM "$LOAD_PID"
	wait "$LOAD_PID" || :
	unset LOAD_PID
	# the requests of the two workers, and those that came until the old workers were back
	(($(summary new_failed) + $(summary keepalive_failed) + $(summary slow_failed) < 40)) ||
		fail "lost: $(cat "$BATS_TEST_TMPDIR/summary")"
	not_handed_over
	rolled_back
}

@test "a module alone: one handover" {
	with_nginx module
	updated_to module
	handed_over
}

# --- other ways of a package ------------------------------------------------------------------------

@test "reinstalled, updated and downgraded under load; then removed, installed again, and purged together with ours" {
	local version
	# shellcheck disable=SC2016 # a format of dpkg's
	version=$(host_run dpkg-query -W -f '${Version}' nginx)
	with_nginx
	from base
	host_load_start
	apt_does install --reinstall nginx nginx-common
	assert_runs "$old" # the bytes are the same
	assert_not_held
	apt_does install --reinstall nginx-common
	assert_runs "$old"
	assert_not_held
	from good
	apt_does upgrade
	runs_what_is_installed
	from base
	apt_does install --allow-downgrades "nginx=$version" "nginx-common=$version"
	host_load_stop
	runs_what_was
	assert_runs "$(host_master $PACKAGED)"
	dpkg_does --remove nginx nginx-common
	refute_output 'nginx-handover:'
	assert_stopped
	dpkg_does -i "$REPOSITORIES"/base/nginx{,-common}.deb
	assert_stopped # it is not enabled in this container
	nginx_runs
	apt_does purge nginx-handover nginx nginx-common
	assert_stopped
	assert_equal "$(host_run find / -xdev -path /opt -prune -o -name '*nginx-handover*' -print)" '' 'what is left of ours'
}

# All files except dpkg's own: names, modes, owners, bytes.
files() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	host_run sh -c 'find /etc /usr /var/lib /run/systemd \( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/nginx -o \
		-path /usr/local/nginx -o -path /run/systemd/units \) -prune -o \
		-printf "%p %M %U:%G %l\n"; find /etc /usr/lib/lsb /usr/lib/systemd -type f -exec md5sum {} +' | sort
}

@test "ours removed under load: every file is as it was, and so is the package's own upgrade, which ends a service" {
	files >"$BATS_TEST_TMPDIR/before"
	with_nginx
	host_load_start
	apt_does purge nginx-handover
	host_load_stop
	assert_runs "$old"
	files >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	from truncated
	host_apt upgrade
	assert_output 'Setting up nginx'
	refute_output 'refused to be restarted'
	assert_equal "$(host_show ActiveState)" failed 'the state'
}

# updated_silently: another file is installed, without a check of the running nginx
updated_silently() {
	from good
	apt_does upgrade
	refute_output 'handed over'
	host_run test ! -e $HELD
}

@test "stopped, masked, or forbidden by policy-rc.d: as without ours" {
	with_nginx
	host_systemctl stop nginx
	updated_silently
	assert_stopped
	host_do pristine /var/lib/dpkg '/usr/sbin/nginx'
	with_nginx
	host_systemctl mask nginx
	updated_silently
	assert_output masked
	assert_runs "$old"
	host_run systemctl unmask nginx
	host_do pristine /var/lib/dpkg '/usr/sbin/nginx'
	dpkg_does -i $OURS
	printf '%s\n' '#!/bin/sh' 'exit 101' | host_write /usr/sbin/policy-rc.d
	host_run chmod 755 /usr/sbin/policy-rc.d
	updated_silently
	assert_runs "$old"
	host_run rm /usr/sbin/policy-rc.d
}

@test "ON_PACKAGE_UPDATE=no: nothing is done to what runs, by the package neither" {
	host_settings ON_PACKAGE_UPDATE=no
	with_nginx
	updated_silently
	assert_runs "$old"
	refute_output 'Upgrading binary'
}

@test "an aborted transaction prevents no restart" {
	with_nginx
	host_run sed -i '/^Package: nginx-common$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status
	host_run systemctl daemon-reload
	assert_not_held
	host_systemctl restart nginx
	assert_status 0
	# the same while dpkg runs
	host_run sh -c 'cp /bin/tail /run/dpkg; systemd-run --quiet --unit=nginx-test-dpkg /run/dpkg -f /dev/null'
	host_run systemctl daemon-reload
	host_run test -s $HELD
	host_systemctl restart nginx
	assert_output refused
	host_run systemctl stop nginx-test-dpkg
	host_run systemctl daemon-reload
	host_systemctl stop nginx
	assert_stopped
	host_do pristine /var/lib/dpkg
}

# --- the init script, by hand ------------------------------------------------------------------------

init_script() { run_shown host_run /etc/init.d/nginx "$@"; }

new_nginx_is() {
	host_run cp "$REPOSITORIES/$1" /usr/sbin/nginx.new
	host_run mv /usr/sbin/nginx.new /usr/sbin/nginx
}

@test "service nginx upgrade hands over, and passes its options and its code on" {
	with_nginx
	host_load_start
	new_nginx_is binaries/good
	run_shown host_run service nginx upgrade --dry-run
	assert_status 0
	assert_runs "$old"
	run_shown host_run service nginx upgrade
	assert_status 0
	assert_output serves
	assert_runs "$(host_master $PACKAGED)"
	runs_what_is_installed
	new_nginx_is binaries/truncated
	init_script upgrade
	assert_status 154
	host_load_stop
}

@test "the script's own upgrade if the program cannot run, and for a link with another name; nothing for another root" {
	with_nginx
	new_nginx_is binaries/good
	run_shown host_run env DPKG_MAINTSCRIPT_NAME=postinst DPKG_ROOT=/elsewhere /etc/init.d/nginx upgrade
	assert_status 0
	assert_equal "$output" ''
	assert_runs "$old"
	host_run ln -s nginx /etc/init.d/nginx-two
	run_shown host_run /etc/init.d/nginx-two upgrade
	assert_output 'Upgrading binary'
	wait_until 10 host_gone "$old"
	host_run sh -c 'head -c 1000 /usr/sbin/nginx-handover >/usr/sbin/nginx-handover.new
		mv /usr/sbin/nginx-handover.new /usr/sbin/nginx-handover'
	for name in '' DPKG_MAINTSCRIPT_NAME=postinst; do
		wait_until 10 host_run test ! -e $PACKAGED.oldbin
		run_shown host_run env $name /etc/init.d/nginx upgrade
		assert_output 'Upgrading binary'
		refute_output nginx-handover
	done
}

# The environment and the effects of another service's init script, with each of the shells.
other_script() {
	local shell
	printf '%s\n' 'set -eu' '. /lib/lsb/init-functions' 'set | grep -v "^\(_\|PPID\|BASHPID\|state\|hook\)="' 'echo "$- $# $*"' \
		'(exit 7)' 'echo not here' | host_write /etc/init.d/other
	for shell in sh bash; do
		# otherwise systemd's file beside ours disables their "set -e"
		host_run env SYSTEMCTL_SKIP_REDIRECT=1 "$shell" /etc/init.d/other upgrade now </dev/null || echo "code $?"
	done
}

@test "other init scripts do not notice it: variables, options, arguments, codes" {
	other_script >"$BATS_TEST_TMPDIR/without" 2>&1
	dpkg_does -i $OURS
	other_script >"$BATS_TEST_TMPDIR/with" 2>&1
	grep -q '^code 7' "$BATS_TEST_TMPDIR/with"
	diff "$BATS_TEST_TMPDIR/without" "$BATS_TEST_TMPDIR/with"
}

# --- nginx.org's ---------------------------------------------------------------------------------------

# Replaces Debian's package; it runs.
with_orgs_nginx() {
	host_run dpkg --purge --force-depends nginx nginx-common >/dev/null 2>&1
	dpkg_does -i "$REPOSITORIES/org-base/nginx.deb"
	host_systemctl stop nginx
	host_do packaged_site
	with_nginx
	host_run cp /usr/sbin/nginx /run/nginx-before
}

orgs_is_undone() {
	with_orgs_nginx
	updated_to "$1"
	refute_output 'pgrade failed'
	assert_output 'not handed over'
	assert_runs "$old"
	run_shown host_run /usr/sbin/nginx-handover rollback
	assert_status 0
	host_run cmp /usr/sbin/nginx /run/nginx-before
	assert_runs "$(host_master $PACKAGED)"
}

@test "nginx.org's package: one handover, and no restart after it" {
	with_orgs_nginx
	updated_to org-good
	handed_over
	assert_output 'refused to be restarted'
}

@test "nginx.org's package, truncated" {
	orgs_is_undone org-truncated
}

@test "nginx.org's package, workers that abort" {
	orgs_is_undone org-crash
}
