#!/usr/bin/env bats
# package-update, called by several hooks of one transaction, and together with packages that upgrade nginx by
# themselves. (package_update.bats has single calls; tests/packages has real package managers.)

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
}

teardown() { common_teardown; }

replaced_by() {
	cp "$(built "$@")" $TARGET.tmp
	mv $TARGET.tmp $TARGET
}

broken_by() {
	broken_binary "$1"
	mv "$NEW" $TARGET
}

package_update() { handover package-update --nginx $TARGET --settle 50ms "$@"; }

assert_silent() {
	assert_equal "$output" ''
	assert_status "${1:-0}"
}

# in_transaction COMMANDS: runs them as children of a new process with the name dpkg.
in_transaction() {
	[[ -x $BATS_TEST_TMPDIR/dpkg ]] || cp /bin/bash "$BATS_TEST_TMPDIR/dpkg"
	run_shown "$BATS_TEST_TMPDIR/dpkg" -c "update() { '$HANDOVER' package-update --nginx $TARGET --settle 50ms \"\$@\" 3>&-; }
		$1
		:"
}

says() { grep -c "$1" <<<"$output" || :; }

# Like a package's own script: USR2, then QUIT to the old master, without a check of the result.
upgraded_by_vendor() {
	old=$(master)
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 test -s $PID_FILE
	kill -QUIT "$old"
	wait_until 10 gone "$old"
}

@test "refused: told once, not tried again; another file is, and so does an admin's upgrade" {
	start_nginx
	old=$(master)
	broken_by truncated
	package_update
	assert_status 154
	assert_equal "$(says 'was not handed over')" 1
	assert_output "nginx does not come up at the next boot or restart, since $TARGET does not run"
	package_update
	assert_silent 154
	handover upgrade --nginx $TARGET
	assert_status 154
	assert_output refused
	broken_by worker-crash-at-start
	package_update
	assert_status 150
	assert_output "the next boot or restart starts the file that has failed, $TARGET"
	package_update
	assert_silent 150
	assert_equal "$(master)" "$old"
	replaced_by 1.22.1
	package_update
	assert_status 0
	assert_output 'handed over without losing a connection'
	answers 1.22.1
}

@test "a refused configuration is tried again when a later package has brought what was missing" {
	start_nginx
	echo 'nonsense on;' >>$CONF_FILE
	replaced_by 1.22.1
	package_update
	assert_status 6
	assert_output "since $TARGET refuses the configuration"
	package_update
	assert_silent 6
	write_conf 2
	package_update
	assert_status 0
	answers 1.22.1
}

@test "one transaction: told once, reminded in the next one, and never two handovers" {
	start_nginx
	old=$(master)
	broken_by worker-exit2
	in_transaction 'update; update'
	assert_equal "$(says 'was not handed over')" 1
	assert_equal "$(says 'was refused at')" 0
	in_transaction 'update; update'
	assert_equal "$(says '^nginx-handover: ')" 1 'number of lines'
	assert_output "$TARGET is not the file that runs, and was refused at"
	assert_equal "$(master)" "$old"
	cp "$(built 1.22.1)" $TARGET.a
	cp "$(built 1.26.3)" $TARGET.b
	in_transaction "mv $TARGET.a $TARGET; update; update; mv $TARGET.b $TARGET; update; update"
	assert_equal "$(says 'handed over without')" 1
	assert_equal "$(says 'after this transaction has handed over once already')" 1
	assert_equal "$(says '^nginx-handover: ')" 2 'number of lines'
	answers 1.22.1
	in_transaction update
	assert_output '1.22.1 -> 1.26.3'
}

@test "an upgrade that is called in the same transaction is no second attempt, unless it is forced" {
	start_nginx
	old=$(master)
	broken_by truncated
	in_transaction "update; $HANDOVER upgrade --nginx $TARGET; echo code \$?; $HANDOVER upgrade --force --nginx $TARGET"
	assert_equal "$(says 'a moment ago in this run of the package manager')" 1
	assert_output 'code 154'
	assert_equal "$(says 'refused before any signal')" 2 'attempts: by the hook, and the forced one'
	in_transaction "$HANDOVER upgrade --nginx $TARGET"
	assert_output 'refused before any signal'
	# Another file is tried.
	replaced_by 1.22.1
	in_transaction "$HANDOVER upgrade --nginx $TARGET --settle 50ms"
	assert_output 'done in'
	gone "$old"
}

@test "another user cannot leave a note for root" {
	start_nginx
	broken_by truncated
	package_update
	assert_status 154
	note=$(echo /run/nginx-handover/package-*)
	chown 65534 "$note"
	package_update
	assert_status 154
	assert_output 'was not handed over'
	echo 'package 1' >"$note"
	package_update
	assert_output 'was not handed over'
	rm "$note"
	ln -s /etc/passwd "$note"
	package_update
	assert_output 'was not handed over'
	[[ ! -L $note && -s /etc/passwd ]] || fail 'the link is there'
}

@test "a package's own upgrade leaves no accepting worker: back to the build that served, in one line" {
	start_nginx
	package_update
	assert_silent # and keeps what runs
	cmp "$(built 1.18.0)" "$RESCUED.1.18.0"
	broken_by worker-crash-at-start
	upgraded_by_vendor
	package_update
	assert_status 150
	assert_equal "${#lines[@]}" 1 'number of lines'
	assert_output 'what has been installed does not serve'
	answers 1.18.0
	cmp "$(built 1.18.0)" $TARGET
	package_update
	assert_silent
}

@test "the same with nothing kept, or with ON_PACKAGE_UPDATE=report: reported once, and not changed" {
	start_nginx
	broken_by worker-crash-at-start
	upgraded_by_vendor
	new=$(master)
	package_update
	assert_status 1
	assert_equal "${#lines[@]}" 1 'number of lines'
	assert_output "nginx (master $new) runs what is installed, and serves nobody"
	assert_output 'no build that served before is kept'
	package_update
	assert_silent 1
	assert_equal "$(master)" "$new"
}

# One request after the other, until its descriptor is closed.
requests() {
	exec {asking}> >(while
		read -rt 0.01 _
		(($? > 128))
	do http; done >/dev/null 2>&1 3>&-)
}

@test "a package's own upgrade to workers that die at a request: likewise, while there are requests" {
	start_nginx
	package_update
	broken_by worker-crash-at-request
	upgraded_by_vendor
	requests
	package_update --settle 500ms
	exec {asking}>&-
	assert_status 150
	assert_output 'what has been installed does not serve'
	answers 1.18.0
}

@test "a package's own upgrade with a good binary: no output, and the serving build is kept" {
	start_nginx
	replaced_by 1.22.1
	upgraded_by_vendor
	wait_until 10 master_ready
	package_update
	assert_silent
	cmp "$(built 1.22.1)" "$RESCUED.1.22.1"
}

@test "DRAIN_EXPIRED=term: clients that were cut are not called served" {
	start_nginx
	slow_client
	replaced_by 1.22.1
	package_update --drain-timeout 300ms --drain-expired term
	assert_status 0
	refute_output 'without losing'
	assert_output '; 1 connection was cut after 300 ms, as DRAIN_EXPIRED=term says (1 TCP)'
	exec {slow}>&-
}

@test "ON_PACKAGE_FAILURE=restore: the running build is at its path again, and the line says so" {
	start_nginx
	old=$(master)
	broken_by worker-crash-at-start
	NGINX_HANDOVER_ON_PACKAGE_FAILURE=restore package_update
	assert_status 150
	assert_output 'the running build is at its path again'
	refute_output 'the file that has failed'
	cmp "$(built 1.18.0)" $TARGET
	assert_equal "$(master)" "$old"
	NGINX_HANDOVER_ON_PACKAGE_FAILURE=restore package_update
	assert_silent
}

@test "a hook has seen nginx serve, and the same transaction has ended it: the build that served is started again" {
	start_nginx
	broken_by truncated
	in_transaction "update; kill $(master); tail --pid=$(master) -s 0.05 -f /dev/null; update"
	assert_equal "$(says 'this update had ended nginx')" 1
	answers 1.18.0
	cmp "$(built 1.18.0)" $TARGET
}

@test "stopped by somebody: nothing is started, by no hook" {
	start_nginx
	broken_by truncated
	in_transaction update
	kill "$(master)"
	wait_until 10 no_nginx
	in_transaction 'update; update'
	assert_silent
	package_update
	assert_silent
	no_nginx
}

@test "for an image: DPKG_ROOT, SYSTEMD_OFFLINE: nothing" {
	start_nginx
	old=$(master)
	replaced_by 1.22.1
	DPKG_ROOT=/srv/image package_update
	assert_silent
	SYSTEMD_OFFLINE=1 package_update
	assert_silent
	assert_equal "$(master)" "$old"
	DPKG_ROOT='' SYSTEMD_OFFLINE=0 package_update
	assert_output 'handed over'
}
