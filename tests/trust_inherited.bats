#!/usr/bin/env bats
# What is inherited from the caller: ignored signals, small limits, open files, variables of other programs, a
# notify socket of somebody else. None of it changes what a verb does.

load lib/attack

setup() {
	attack_setup
	install_old 1.18.0
	{
		echo "user root; worker_processes 2; error_log $ERROR_LOG notice;"
		server $PORT root
	} >$PREFIX/conf/nginx.conf
}

teardown() { attack_teardown; }

# quickly COMMAND...: bats' run; no verb here may take more than 8 s
quickly() {
	local began=$SECONDS
	run_shown timeout 60 "$@"
	((SECONDS - began <= 8)) || false_exit "${*: -4} took $((SECONDS - began)) s"
}

# Every verb from start to stop, each prefixed with the given command.
life_behind() {
	new_binary 1.22.1
	for verb in start status configtest reload reopen 'upgrade --settle 10ms' "upgrade --settle 10ms --binary $NEW" \
		'rollback --settle 10ms' finish condrestart restart package-update stop; do
		attack
		# shellcheck disable=SC2086 # words
		quickly "$@" "$HANDOVER" $verb --nginx $TARGET
		((status == 0)) || false_exit "$verb says $status"
		case $verb in
		stop) no_nginx || false_exit 'stop has left an nginx' ;;
		"upgrade --settle 10ms --binary"*) answers 1.22.1 || false_exit 'the new version does not serve' ;;
		*) [[ $(says $PORT) == root ]] || false_exit "after $verb nothing serves" ;;
		esac
	done
	assert_no_harm
}

@test "a caller that ignores SIGCHLD: each verb works, and soon" {
	env --ignore-signal=CHLD true || skip 'cannot exist here: this env cannot ignore signals'
	life_behind env --ignore-signal=CHLD
}

@test "a caller that ignores and blocks every signal that it can" {
	env --ignore-signal=CHLD true || skip 'cannot exist here: this env cannot ignore signals'
	life_behind env --ignore-signal=HUP --ignore-signal=PIPE --ignore-signal=ALRM --ignore-signal=CHLD \
		--block-signal=USR1 --block-signal=USR2 --block-signal=WINCH --block-signal=CHLD --block-signal=ALRM
}

@test "a caller that ignores SIGCHLD, and strangers that get the pids of the children: none is hit" {
	local verb
	start_nginx
	for verb in status configtest reload 'upgrade --settle 10ms' restart stop start; do
		attack
		# shellcheck disable=SC2086 # words
		quickly $ATTACK/take_pid "$HANDOVER" $verb --nginx $TARGET
		((status != 77)) || skip 'cannot exist here: pids cannot be chosen'
		((status == 0)) || false_exit "$verb says $status"
	done
	grep -q '^taken [1-9]' $WITNESS/log || fail 'no pid was ever taken: nothing was tried'
	assert_no_harm
}

@test "a small RLIMIT_FSIZE: each verb works, or it refuses and leaves nothing behind; no signal ends it" {
	local verb before
	new_binary 1.22.1
	start_nginx
	for verb in status reload "upgrade --settle 10ms --binary $NEW" 'upgrade --settle 10ms' 'rollback --settle 10ms'; do
		before=$(md5sum <$TARGET)
		attack
		# shellcheck disable=SC2016,SC2086 # expanded by that shell; words
		quickly bash -c 'ulimit -f 16; "$@"; rc=$?; ((rc <= 128)) || echo "exit code $rc"; exit $rc' limited "$HANDOVER" $verb --nginx $TARGET
		[[ $output != *"File size limit"* ]] || false_exit "$verb was ended by SIGXFSZ"
		if ((status != 0)); then
			[[ $status == @(1|154) ]] || false_exit "$verb says $status"
			[[ $(md5sum <$TARGET) == "$before" ]] || false_exit "$verb says $status, and the binary is another"
		fi
		[[ -z $(find $PREFIX/sbin /var/lib/nginx-handover -name '*.??????' ! -name '.*.served' -size -20k -type f 2>/dev/null) ]] ||
			false_exit "$verb leaves: $(ls -la $PREFIX/sbin)"
		[[ $(says $PORT) == root ]] || false_exit "after $verb nothing serves"
	done
	assert_no_harm
}

@test "files that the caller has open are not nginx's" {
	local fd
	echo secret >/run/home.secret
	exec 9</run/home.secret
	attack
	handover start --nginx $TARGET
	exec 9<&-
	assert_status 0
	for fd in /proc/"$(master)"/fd/*; do
		[[ $(readlink "$fd") != /run/home.secret ]] || fail "nginx has ${fd##*/} open"
	done
}

# --- variables ---------------------------------------------------------------------------------------

@test "variables that other programs export mean nothing: INIT, CONF, NGINX, PID_FILE and the rest" {
	local verb variable
	own_poser $WWW "$(home $WWW)/nginx"
	for variable in INIT=/sbin/init CONF=/run/home/$WWW/other.conf NGINX=/run/home/$WWW/nginx PID_FILE=/run/home/$WWW/nginx.pid \
		START_TIMEOUT=soon SETTLE=down DRAIN_TIMEOUT=0 DRAIN_EXPIRED=milk RELOAD_UPGRADES=maybe ON_PACKAGE_UPDATE=never \
		TRUST_USER=www-data SERVICE=web SETTINGS=/run/home/$WWW/settings; do
		start_distro
		for verb in status reload configtest package-update stop start; do
			attack
			run_shown env "$variable" timeout 60 "$HANDOVER" $verb
			((status == 0)) || false_exit "$verb with $variable says $status"
			[[ $verb == stop ]] || distro_serves || false_exit "after $verb with $variable root's nginx does not serve"
		done
		end_distro
	done
	assert_no_harm
}

@test "variables with the prefix NGINX_HANDOVER_ are read" {
	run_shown env NGINX_HANDOVER_DRAIN_EXPIRED=milk "$HANDOVER" status --nginx $TARGET
	assert_status 2
	assert_output DRAIN_EXPIRED
	run_shown env NGINX_HANDOVER_NGINX=$TARGET "$HANDOVER" start
	assert_status 0
	assert_equal "$(says $PORT)" root
}

# --- systemd's socket --------------------------------------------------------------------------------

@test "where no NOTIFY_SOCKET was given, restart and start say nothing of READY or a main process" {
	local verb
	mkdir -p /run/systemd/system
	attacker 0 listen $ATTACK/listen /run/systemd/notify
	wait_until 5 test -S /run/systemd/notify
	for verb in start restart restart reload upgrade stop start; do
		attack
		handover $verb --settle 10ms --nginx $TARGET
		((status == 0)) || false_exit "$verb says $status"
		[[ $(cat $WITNESS/log) != *READY=1* && $(cat $WITNESS/log) != *MAINPID=* ]] ||
			false_exit "$verb has told systemd: $(grep notify $WITNESS/log)"
		sed -i '/^notify/d' $WITNESS/log
	done
	run_shown env NOTIFY_SOCKET=/run/systemd/notify timeout 60 "$HANDOVER" restart --nginx $TARGET
	assert_status 0
	grep -q 'notify.*READY=1' $WITNESS/log || fail 'and where it was given, nothing is said'
	rm -r /run/systemd
	assert_no_harm
}

@test "counted: nothing was executed as root, no foreign process signalled, no exit false" { assert_counted; }
