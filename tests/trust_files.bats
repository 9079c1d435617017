#!/usr/bin/env bats
# Binaries, backups, settings and folders that another user can write. No file of that user is executed as root,
# installed or started, and the refusal names the path, who could write it, and the command that corrects it.

# shellcheck disable=SC2015 # false_exit succeeds, or it ends the test
load lib/attack

setup() {
	attack_setup
	install_old 1.18.0
	{
		echo "user root; worker_processes 1; error_log $ERROR_LOG notice;"
		server $PORT root
	} >$PREFIX/conf/nginx.conf
}

teardown() {
	kill_users_programs
	umount -l /run/home/$WWW/mounted /etc/fuse.conf /dev/fuse 2>/dev/null || :
	[[ -z ${BINDFS-} ]] || kill -KILL "$BINDFS" 2>/dev/null || :
	chmod 755 $PREFIX $PREFIX/sbin
	attack_teardown
}

# put_poser FILE: www-data replaces the file with a program of his own, in any way that he can
put_poser() {
	[[ -e $(home $WWW)/nginx ]] || own_poser $WWW "$(home $WWW)/nginx" "$(built 1.18.0)"
	attack
	# shellcheck disable=SC2016 # expanded by the user's shell
	as_user $WWW --groups bash -c 'rm -f "$1"; cp "$0" "$1" 2>/dev/null || cat "$0" >"$1"; cp "$0.V" "$1.V" 2>/dev/null || :' \
		"$(home $WWW)/nginx" "$1" 2>/dev/null
}

# Runs a command as the web server's user, with its group.
as_user() {
	[[ $2 != --groups ]] || set -- "$1" "${@:3}"
	setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"
}

# refused WHAT PATH: not 0, with the path that is the reason and the command that corrects it
refused() {
	((status != 0)) && [[ $output == *"$2"* && ($output == *chown* || $output == *chmod*) ]] ||
		false_exit "$1 says $status, and not what is to blame ($2) and what mends it: ${output##*$'\n'}"
}

# layouts: with each, www-data can change the binary; BLAME is the path that must be named
layout() {
	BLAME=$PREFIX/sbin
	case $1 in
	'the folder is root:www-data 0775') chown root:$WWW $PREFIX/sbin && chmod 775 $PREFIX/sbin ;;
	'the folder is 0777') chmod 777 $PREFIX/sbin ;;
	"the folder is www-data's") chown $WWW $PREFIX/sbin ;;
	'the folder above is 0777') chmod 777 $PREFIX && BLAME=$PREFIX ;;
	"the folder above is www-data's") chown $WWW $PREFIX && BLAME=$PREFIX ;;
	"the binary is www-data's") chown $WWW $TARGET && BLAME=$TARGET ;;
	'the binary is root:www-data 0775') chown root:$WWW $TARGET && chmod 775 $TARGET && BLAME=$TARGET ;;
	esac
}

LAYOUTS=('the folder is root:www-data 0775' 'the folder is 0777' "the folder is www-data's" 'the folder above is 0777'
	"the folder above is www-data's" "the binary is www-data's" 'the binary is root:www-data 0775')

# www-data does what the layout allows. (Nobody can write a file that is being executed.)
abuse() {
	[[ $BLAME != "$TARGET" || ! -s $PID_FILE ]] || return 0
	case $BLAME in
	"$PREFIX")
		attack
		as_user $WWW bash -c "mv $PREFIX/sbin $PREFIX/sbin.away && mkdir $PREFIX/sbin"
		put_poser $TARGET
		;;
	*) put_poser $TARGET ;;
	esac
	cmp -s "$(home $WWW)/nginx" $TARGET || fail "www-data could not replace the binary: $(ls -la $PREFIX/sbin)"
}

fresh_tree() {
	kill_all_nginx
	rm -rf ${PREFIX:?}/sbin $PREFIX/sbin.away $PID_FILE*
	mkdir $PREFIX/sbin
	chmod 755 $PREFIX
	chown -h root:root $PREFIX
	install_old 1.18.0
}

@test "www-data can change the binary, nginx is stopped: nothing starts, tests or asks it" {
	local layout verb
	for layout in "${LAYOUTS[@]}"; do
		fresh_tree
		layout "$layout"
		abuse
		for verb in status configtest start restart upgrade rollback condrestart package-update stop; do
			handover $verb --start-timeout 2s --settle 10ms --nginx $TARGET
			case $verb in
			start | restart | configtest) refused "$verb, where $layout," "$BLAME" ;;
			status) ((status == 3)) || false_exit "status says $status, where $layout" ;;
			upgrade | rollback) ((status != 0)) || false_exit "$verb says 0, where $layout" ;;
			esac
		done
	done
	assert_no_harm
}

@test "www-data can change the binary, and does while root's nginx runs: it serves on, and nothing of his is run" {
	local layout verb
	for layout in "${LAYOUTS[@]}"; do
		fresh_tree
		start_nginx
		old=$(master)
		layout "$layout"
		abuse
		for verb in status reload reopen upgrade rollback restart condrestart package-update; do
			handover $verb --start-timeout 2s --settle 10ms --nginx $TARGET
			[[ $verb != @(upgrade|restart|condrestart) ]] || refused "$verb, where $layout," "$BLAME"
			[[ $(says $PORT) == root && $(master) == "$old" ]] || {
				false_exit "$verb has not left root's nginx alone, where $layout"
				break
			}
		done
		handover stop --nginx $TARGET
		((status != 0)) || [[ -z $(says $PORT) ]] || false_exit "stop says 0, where $layout, and it runs on"
	done
	assert_no_harm
}

@test "upgrade --binary into a folder that www-data can write: refused, nothing installed, nginx as before" {
	local layout sum
	new_binary 1.22.1
	for layout in "${LAYOUTS[@]}"; do
		fresh_tree
		start_nginx
		old=$(master)
		layout "$layout"
		attack
		sum=$(md5sum <$TARGET)
		handover upgrade --settle 10ms --binary "$NEW"
		refused "upgrade, where $layout," "$BLAME"
		assert_equal "$(md5sum <$TARGET)" "$sum" "the binary, where $layout"
		assert_equal "$(master)" "$old" 'the master'
		assert_equal "$(ls $PREFIX/sbin)" nginx 'what is in its folder'
	done
	assert_no_harm
}

@test "every verb with no option, by --service and by --pid-file, where the folder of the binary is www-data's" {
	local way verb
	for way in '' '--service nginx' "--pid-file $PID_FILE"; do
		fresh_tree
		rm -f $DISTRO
		start_nginx
		layout "the folder is www-data's"
		abuse
		for verb in "${VERBS[@]}"; do
			attack
			# shellcheck disable=SC2086 # words
			handover $verb --start-timeout 2s --settle 10ms $way
			[[ $verb != @(upgrade|restart|condrestart|try-restart|start) || $status != 0 || $(says $PORT) == root ]] ||
				false_exit "$verb ($way) says 0"
		done
	done
	assert_no_harm
}

@test "TRUST_USER=: what that user owns is believed, what another does is not" {
	layout "the folder is www-data's"
	printf '%s\n' "NGINX=$TARGET" TRUST_USER=www-data >/etc/default/nginx
	handover start --service nginx
	assert_status 0
	assert_equal "$(says $PORT)" root
	handover stop --service nginx
	assert_status 0
	printf '%s\n' "NGINX=$TARGET" TRUST_USER=nobody >/etc/default/nginx
	attack
	handover start --service nginx
	refused 'start, with another TRUST_USER,' $PREFIX/sbin
	assert_no_harm
}

# --- backups ---------------------------------------------------------------------------------------

@test "a backup that belongs to another user: no rollback executes or installs it" {
	local backup
	start_nginx
	new_binary 1.22.1
	handover upgrade --settle 10ms --binary "$NEW"
	assert_status 0
	backup=$TARGET.1.18.0
	for backup in $TARGET.1.18.0 $RESCUED.1.18.0; do
		[[ -e $backup ]] || continue
		cp $ATTACK/poser "$backup"
		"$(built 1.18.0)" -V 2>"$backup.V"
		chown $WWW "$backup"
		attack
		handover rollback --settle 10ms
		refused 'rollback' "$backup"
		answers 1.22.1
		cmp "$(built 1.22.1)" $TARGET || false_exit 'rollback has replaced the binary'
		handover status
		assert_status 0
	done
	((ATTACKS > 0))
	assert_no_harm
}

@test "a backup that www-data may write, by its mode or its group: likewise" {
	local mode
	start_nginx
	new_binary 1.22.1
	handover upgrade --settle 10ms --binary "$NEW"
	assert_status 0
	for mode in root:root/757 root:$WWW/775; do
		chown "${mode%/*}" $TARGET.1.18.0
		chmod "${mode#*/}" $TARGET.1.18.0
		"$(built 1.18.0)" -V 2>$TARGET.1.18.0.V
		own_poser $WWW "$(home $WWW)/nginx" "$(built 1.18.0)"
		attack
		as_user $WWW bash -c "cat /run/home/$WWW/nginx >$TARGET.1.18.0"
		handover rollback --settle 10ms
		refused rollback $TARGET.1.18.0
		answers 1.22.1
	done
	assert_no_harm
}

# --- settings --------------------------------------------------------------------------------------

@test "a settings file that www-data may write, or owns: refused by every verb, by the init script and at a shell" {
	local how verb
	own_poser $WWW "$(home $WWW)/nginx" "$(built 1.18.0)"
	for how in "chown root:$WWW FILE && chmod 664 FILE" 'chmod 666 FILE' "chown $WWW FILE"; do
		echo "NGINX=$DISTRO" >/etc/default/nginx
		eval "${how//FILE//etc/default/nginx}"
		attack
		as_user $WWW bash -c "echo NGINX=/run/home/$WWW/nginx >/etc/default/nginx"
		for verb in "${VERBS[@]}"; do
			handover "$verb" --start-timeout 2s --service nginx
			[[ $verb == package-update ]] || refused "$verb --service, after $how," /etc/default/nginx
			handover "$verb" --start-timeout 2s
			[[ $verb == package-update ]] || refused "$verb, after $how," /etc/default/nginx
		done
	done
	chown root:root /etc/default/nginx
	chmod 644 /etc/default/nginx
	assert_no_harm
}

@test "a settings file in a folder of www-data's, named by root: refused" {
	own_poser $WWW "$(home $WWW)/nginx" "$(built 1.18.0)"
	attack
	as_user $WWW bash -c "echo NGINX=/run/home/$WWW/nginx >/run/home/$WWW/settings"
	for verb in start status stop; do
		handover $verb --start-timeout 2s --settings /run/home/$WWW/settings
		refused "$verb" /run/home/$WWW
	done
	assert_no_harm
}

# --- what root's command line names, and links ---------------------------------------------------------

@test "--binary from a source tree of an ordinary user: copied, and it is said who could have changed it" {
	start_nginx
	new_binary 1.22.1
	chown -R 1001:1001 /usr/local/src/nginx-1.22.1
	handover upgrade --settle 10ms --binary "$NEW"
	assert_status 0
	assert_output 1001
	answers 1.22.1
	assert_equal "$(stat -c %u:%a $TARGET)" 0:755
}

@test "--binary is a link that a user swaps between two builds: what was examined is what serves" {
	local said tree
	tree=$(home $WWW)
	for version in 1.22.1 1.26.3; do
		cp "$(built $version)" "$tree/$version"
		chown $WWW "$tree/$version"
	done
	attacker $WWW swap $ATTACK/swap symlink "$tree/nginx" "$tree/1.22.1" "$tree/1.26.3"
	wait_until 5 test -L "$tree/nginx"
	start_nginx
	for _ in {1..6}; do
		attack
		handover upgrade --settle 10ms --binary "$tree/nginx"
		[[ $status == 0 && $output != *'nothing to do'* ]] || continue
		said=$(sed -n 's/^upgrading nginx [^ ]* to \([^:]*\):.*/\1/p' <<<"$output")
		[[ $(http) == *"Server: nginx/$said"* ]] || false_exit "upgrade speaks of $said, and another serves"
		cmp "$(built "$said")" $TARGET || false_exit "upgrade speaks of $said, and another is installed"
	done
	assert_no_harm
}

@test "the way to the binary is a link that a user swaps between root's tree and his own: never executed" {
	local verb
	mkdir -p /opt/root/sbin "$(home $WWW)/tree/sbin"
	cp "$(built 1.18.0)" /opt/root/sbin/nginx
	own_poser $WWW "$(home $WWW)/tree/sbin/nginx"
	chown -R $WWW "$(home $WWW)"
	attacker $WWW swap $ATTACK/swap symlink "$(home $WWW)/current" /opt/root "$(home $WWW)/tree"
	wait_until 5 test -L "$(home $WWW)/current"
	for _ in {1..4}; do
		for verb in start configtest restart status stop; do
			attack
			handover $verb --start-timeout 2s --nginx "$(home $WWW)/current/sbin/nginx" --conf $PREFIX/conf/nginx.conf --pid-file $PID_FILE
			[[ $verb != start || $status != 0 ]] || false_exit "$verb says 0"
		done
	done
	assert_no_harm
}

@test "the running binary's folder is reached by a link that a user swaps: upgrade never runs or installs by it" {
	local verb
	mkdir -p /opt/root/sbin "$(home $WWW)/tree/sbin"
	cp "$(built 1.18.0)" /opt/root/sbin/nginx
	own_poser $WWW "$(home $WWW)/tree/sbin/nginx"
	ln -s /opt/root "$(home $WWW)/current"
	chown -h -R $WWW "$(home $WWW)"
	"$(home $WWW)/current/sbin/nginx" -c $PREFIX/conf/nginx.conf 3>&-
	wait_until 10 master_ready
	new_binary 1.22.1
	attacker $WWW swap $ATTACK/swap symlink "$(home $WWW)/current" "$(home $WWW)/tree" /opt/root
	for _ in {1..5}; do
		for verb in status reload upgrade "upgrade --binary $NEW"; do
			attack
			# shellcheck disable=SC2086 # words
			handover $verb --start-timeout 2s --settle 10ms --pid-file $PID_FILE
			[[ $(says $PORT) == root ]] || false_exit "after $verb root's nginx does not serve"
		done
	done
	cmp -s "$(built 1.22.1)" "$(home $WWW)/tree/sbin/nginx" && false_exit "upgrade has written into www-data's tree"
	assert_no_harm
}

@test "a FUSE file system of a user's says root:root 0755: refused" {
	local user tree
	command -v bindfs >/dev/null && [[ -e /dev/fuse ]] || skip 'cannot exist here: no bindfs, or no /dev/fuse'
	user=$(home $WWW)
	tree=$user/tree
	as_user $WWW mkdir -p "$tree/sbin" "$user/mounted"
	own_poser $WWW "$tree/sbin/nginx"
	mkdir -p /run/own-fuse && echo user_allow_other >/run/own-fuse/fuse.conf
	mount --bind /run/own-fuse/fuse.conf /etc/fuse.conf
	mknod -m 666 /run/own-fuse/fuse c 10 229 && mount --bind /run/own-fuse/fuse /dev/fuse
	# mounted by the user; a mount by root would be trusted
	as_user $WWW bindfs -f -u root -g root -p u=rwX,go=rX -o allow_other "$tree" "$user/mounted" </dev/null >/dev/null 2>&1 3>&- &
	BINDFS=$!
	# apart from the mount, everything is right
	wait_until 5 mountpoint -q "$user/mounted" && chown root:root "$user" ||
		skip 'cannot exist here: FUSE cannot be mounted'
	assert_equal "$(stat -c '%u:%g %a' "$user/mounted/sbin/nginx")" '0:0 755'
	for verb in start configtest restart; do
		attack
		handover $verb --start-timeout 2s --nginx "$user/mounted/sbin/nginx" --conf $PREFIX/conf/nginx.conf --pid-file $PID_FILE
		((status != 0)) || false_exit "$verb says 0"
		assert_output "$user/mounted"
	done
	echo "NGINX=$user/mounted/sbin/nginx" >/etc/default/nginx
	attack
	handover start --start-timeout 2s --service nginx
	((status != 0)) || false_exit 'start --service says 0'
	assert_no_harm
}

@test "counted: nothing was executed as root, no foreign process signalled, no exit false" { assert_counted; }
