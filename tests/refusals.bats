#!/usr/bin/env bats
# Masters that cannot be upgraded: refused before any signal, with the reason and what to do, and with
# nothing changed. --dry-run says the same.

load lib/common

setup() {
	requires_root
	fresh_prefix
	write_conf 2
	install_old 1.18.0
	new_binary 1.22.1
}

teardown() {
	[[ -z ${other:-} ]] || kill -KILL "$other" 2>/dev/null || :
	chattr -i -a $TARGET 2>/dev/null || :
	common_teardown
}

# What must not change: every process and every file of nginx, byte for byte.
snapshot() {
	nginx_processes
	find $PREFIX -type f ! -path '*/logs/*' -printf '%p %i %s %m %T@\n' | sort
	find $PREFIX/logs -printf '%p %i\n' | sort
	cat $PID_FILE 2>/dev/null || :
}

# For a moment, a new worker still has its master's title.
all_titled() { (($(nginx_processes | grep -c 'nginx: worker process') != 1)); }

# refused CODE TEXT [OPTION...]
refused() {
	local code=$1 text=$2 before
	shift 2
	wait_until 5 all_titled
	before=$(snapshot)
	handover upgrade --dry-run --binary "$NEW" "$@"
	assert_status "$code"
	assert_output "$text"
	assert_equal "$(snapshot)" "$before" 'the state after --dry-run'
	handover upgrade --binary "$NEW" "$@"
	assert_status "$code"
	assert_output "$text"
	assert_output 'What to do: '
	assert_equal "$(snapshot)" "$before" 'the state'
	! grep -q 'changing binary' $ERROR_LOG 2>/dev/null
}

@test "daemon off in the configuration" {
	write_conf 2 'daemon off;'
	setsid $TARGET 3>&- &
	other=$!
	wait_until 10 master_ready
	refused 154 'daemon off'
}

@test "daemon off on the command line" {
	setsid $TARGET -g 'daemon off;' 3>&- &
	other=$!
	wait_until 10 master_ready
	refused 154 'daemon off'
}

@test "a master whose starter is still its parent, whatever the configuration says now" {
	write_conf 2 'daemon off;'
	$TARGET 3>&- &
	other=$!
	wait_until 10 master_ready
	write_conf 2
	refused 154 'did not daemonise'
}

@test "argv[0] without a path (fact: no PATH search at USR2)" {
	PATH=$PREFIX/sbin:$PATH nginx
	wait_until 10 master_ready
	refused 154 'without a path'
}

@test "missing pid file: the running master is named" {
	start_nginx
	pid=$(master)
	rm $PID_FILE
	refused 154 "$pid" --pid-file $PID_FILE
	assert_output 'is missing'
}

@test "no pid file and no nginx: not running, exit 7" {
	handover upgrade --binary "$NEW" --pid-file $PID_FILE
	assert_status 7
	assert_output 'not running'
}

@test "empty pid file" {
	start_nginx
	: >$PID_FILE
	refused 154 'is empty' --pid-file $PID_FILE
}

@test "pid file that holds no number, is huge, a link, writable by all, a fifo" {
	start_nginx
	pid=$(master)
	echo nonsense >$PID_FILE
	refused 154 'does not hold a pid' --pid-file $PID_FILE
	head -c 100000 /dev/zero | tr '\0' 1 >$PID_FILE
	refused 154 'too large' --pid-file $PID_FILE
	echo "$pid" >$PID_FILE
	chmod 666 $PID_FILE
	refused 154 'everybody can change it' --pid-file $PID_FILE
	rm $PID_FILE
	echo "$pid" >$PID_FILE.real
	ln -s nginx.pid.real $PID_FILE
	refused 154 'symbolic link' --pid-file $PID_FILE
	rm $PID_FILE
	mkfifo $PID_FILE
	handover upgrade --binary "$NEW" --pid-file $PID_FILE
	assert_status 154
	assert_output 'not a regular file'
	rm $PID_FILE
}

@test "pid file naming another program" {
	start_nginx
	echo $$ >$PID_FILE
	refused 154 'not an nginx master' --pid-file $PID_FILE
	assert_output 'bash'
}

@test "pid file naming a recycled pid: a program that only calls itself nginx" {
	start_nginx
	bash -c 'exec -a "nginx: worker process" tail -f /dev/null' 3>&- &
	other=$!
	echo $other >$PID_FILE
	refused 154 'not an nginx master' --pid-file $PID_FILE
}

@test "pid file naming a dead process" {
	start_nginx
	echo 4194000 >$PID_FILE
	refused 154 'dead' --pid-file $PID_FILE
	kill_all_nginx
	handover upgrade --binary "$NEW" --pid-file $PID_FILE
	assert_status 7
}

@test "pid file naming a worker" {
	start_nginx
	worker=$(workers_of "$(master)" 'nginx: worker process' | head -n 1)
	echo "$worker" >$PID_FILE
	refused 154 'not an nginx master' --pid-file $PID_FILE
}

@test "an unfinished handover: 153, named, and finish or rollback advised" {
	start_nginx
	old=$(master)
	cp "$NEW" $TARGET.tmp && mv $TARGET.tmp $TARGET
	kill -USR2 "$old"
	wait_until 10 test -s $PID_FILE.oldbin
	wait_until 10 master_ready
	handover upgrade --binary "$NEW"
	assert_status 153
	assert_output 'finish'
	assert_output 'rollback'
	alive "$old"
	assert_equal "$(cat $PID_FILE.oldbin)" "$old"
}

@test "a new build with other compiled-in paths that the arguments do not name" {
	start_nginx
	new_binary 1.22.1 elsewhere
	mkdir -p /opt/nginx-elsewhere
	mount -t tmpfs tmpfs /opt/nginx-elsewhere # the same file may run beside this
	mkdir /opt/nginx-elsewhere/conf /opt/nginx-elsewhere/logs
	cp $PREFIX/conf/nginx.conf /opt/nginx-elsewhere/conf/
	sed -i "s|^|pid $PID_FILE; |;2,\$s|^pid $PID_FILE; ||" /opt/nginx-elsewhere/conf/nginx.conf
	refused 154 '/opt/nginx-elsewhere'
	assert_output 'prefix'
	umount /opt/nginx-elsewhere
}

@test "the same build is handed over to when the arguments name the paths" {
	write_conf 2 "pid $PID_FILE; error_log $ERROR_LOG;"
	start_nginx -p $PREFIX/ -c $PREFIX/conf/nginx.conf
	new_binary 1.22.1 elsewhere
	handover upgrade --binary "$NEW"
	assert_status 0
	answers 1.22.1
}

@test "a master in another pid namespace" {
	[[ ${NH_KERNEL-} != @(new|all) ]] || skip 'cannot exist here: Linux before 4.1 does not show pid namespaces'
	write_conf 2 "pid $PREFIX/logs/inner.pid;"
	unshare --pid --fork --mount-proc bash -c "$TARGET; exec tail -f /dev/null" 3>&- &
	other=$!
	wait_until 10 test -s $PREFIX/logs/inner.pid
	refused 154 'container' --pid-file $PREFIX/logs/inner.pid
	assert_output 'inside that container'
}

@test "no permission" {
	start_nginx
	handover_as_nobody upgrade --dry-run --binary "$NEW" --pid-file $PID_FILE
	assert_status 4
	assert_output 'permission'
	handover_as_nobody upgrade --binary "$NEW" --pid-file $PID_FILE
	assert_status 4
	assert_output 'permission'
	assert_output 'What to do: '
}

handover_as_nobody() {
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$HANDOVER" "$@"
	echo "$output"
}

@test "the folder of the binary is writable by others" {
	start_nginx
	chmod 777 $PREFIX/sbin
	refused 154 'everybody can change what is in it'
}

@test "the folder of the binary cannot be written" {
	start_nginx
	mount --bind $PREFIX/sbin $PREFIX/sbin
	mount -o remount,ro,bind $PREFIX/sbin
	refused 154 'no binary can be installed'
	umount $PREFIX/sbin
}

@test "an immutable binary (chattr +i): named by --dry-run, too, and the advice helps" {
	start_nginx
	chattr +i $TARGET || skip 'cannot exist here: no chattr on this file system'
	refused 154 "chattr -i -a $TARGET"
	chattr -i -a $TARGET
	handover upgrade --settle 10ms --binary "$NEW"
	assert_status 0
}

@test "an option of the running master that the new binary does not know is not the configuration's fault" {
	install_old 1.22.1
	new_binary 1.18.0
	start_nginx -e $PREFIX/logs/boot.log
	refused 6 'does not know an option'
	assert_output '1.19.5'
}

@test "no room for the new binary" {
	start_nginx
	fill_up $PREFIX
	refused 154 'no room'
}

# Leaves less space than a binary needs.
fill_up() {
	mount -o remount,size=64m "$1"
	head -c 62M /dev/zero >"$1/filler" || :
}

@test "--nginx names another binary than USR2 would execute" {
	start_nginx
	cp $TARGET $PREFIX/sbin/other
	refused 7 "not running from $PREFIX/sbin/other" --nginx $PREFIX/sbin/other
	refused 7 "not running from $PREFIX/sbin/other" --nginx $PREFIX/sbin/other --pid-file $PID_FILE
}

@test "not enough memory for two generations in its cgroup" {
	local group
	[[ -d /sys/fs/cgroup/memory ]] || skip 'cannot exist here: no memory cgroup (v1) on this kernel'
	group=$(mktemp -d /sys/fs/cgroup/memory/nginx-handover-XXXXXX)
	write_conf 2 '' 'return 200 ok;'
	start_nginx
	for pid in $(nginx_processes | cut -d' ' -f1); do
		echo "$pid" >"$group"/cgroup.procs
	done
	echo 1 >"$group"/memory.limit_in_bytes || echo 1M >"$group"/memory.limit_in_bytes
	echo 64K >"$group"/memory.limit_in_bytes || :
	refused 154 'not to fit in memory'
	for pid in $(cat "$group"/cgroup.procs); do
		echo "$pid" >/sys/fs/cgroup/memory/cgroup.procs
	done
	rmdir "$group"
}

@test "--dry-run shows the difference of the two builds and changes nothing" {
	start_nginx
	before=$(snapshot)
	new_binary 1.18.0 options
	handover upgrade --dry-run --binary "$NEW"
	assert_status 0
	assert_output '--with-http_stub_status_module'
	assert_output '--with-threads'
	new_binary 1.22.1
	handover upgrade --dry-run --binary "$NEW"
	assert_status 0
	assert_output '1.18.0 -> 1.22.1'
	assert_equal "$(snapshot)" "$before" 'the state after --dry-run'
}

@test "--dry-run leaves no empty pid file where the configuration names a new one" {
	start_nginx
	write_conf 2 'pid logs/new.pid;'
	handover upgrade --dry-run --binary "$NEW"
	assert_status 0
	[[ ! -e $PREFIX/logs/new.pid ]]
}
