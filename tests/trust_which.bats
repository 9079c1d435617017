#!/usr/bin/env bats
# Several nginx on one machine: each verb reaches the one that is meant, and no other.

# shellcheck disable=SC2015 # false_exit succeeds, or it ends the test
load lib/attack

setup() { attack_setup; }
teardown() { attack_teardown; }

# A control panel's nginx: root's, but not in one of the usual places.
panel() {
	private_nginx panel /run/panel 8082
	PANEL=$(</run/panel/logs/nginx.pid)
}

# usual_place: another of the usual places, /usr/local/nginx
usual_place() {
	install_old 1.18.0
	{
		echo "user root; worker_processes 1; error_log $ERROR_LOG notice;"
		server $PORT usual
	} >$PREFIX/conf/nginx.conf
	start_nginx
	USUAL=$(master)
	foreign usual "$USUAL" $ERROR_LOG
}

# --- a panel's and the distribution's ---------------------------------------------------------------

@test "only a panel's nginx runs, the distribution's is stopped: every verb by the init script and by --service" {
	panel
	each_verb_stopped script
	each_verb_stopped service
	assert_no_harm
}

@test "only a panel's nginx runs: every verb with --nginx and --pid-file of the distribution's" {
	panel
	each_verb_stopped nginx
	each_verb_stopped pid-file
	assert_no_harm
}

@test "only a panel's nginx runs: at a shell it is named, and the verb refused; status says 3, start starts" {
	local verb
	panel
	for verb in stop reload reopen upgrade rollback condrestart try-restart restart finish; do
		attack
		handover $verb
		((status == 154)) || false_exit "$verb says $status"
		[[ $output == *"$PANEL"* ]] || false_exit "$verb does not name the panel's master $PANEL"
		distro_down || false_exit "$verb has started root's nginx"
		end_distro
	done
	attack
	handover status
	((status == 3)) || false_exit "status says $status"
	[[ $output == *"$PANEL"* ]] || false_exit "status does not name the panel's master $PANEL"
	attack
	handover start
	((status == 0)) && distro_serves || false_exit "start says $status"
	assert_no_harm
}

@test "a panel's nginx beside the distribution's: every verb, at a shell, by the init script, by --service and --nginx" {
	local way
	panel
	for way in shell script service nginx; do
		each_verb_running $way
	done
	assert_no_harm
}

@test "the settings name the panel's nginx: then that is the service's, and the distribution's is the stranger" {
	local verb
	panel
	start_distro
	foreign distro "$(<$DISTRO_PID)" /var/log/nginx/error.log
	no_longer_foreign "$PANEL"
	printf '%s\n' NGINX=/run/panel/sbin/nginx CONF=/run/panel/conf/nginx.conf PID_FILE=/run/panel/logs/nginx.pid >/etc/default/nginx
	for verb in status reload reopen 'upgrade --settle 10ms' restart stop start condrestart stop; do
		attack
		# shellcheck disable=SC2086 # words
		handover $verb --service nginx
		((status == 0)) || false_exit "$verb says $status"
		[[ $verb != stop || -z $(says 8082) ]] || false_exit 'stop says 0, and it runs on'
		[[ $verb == stop || $(says 8082) == panel ]] || false_exit "after $verb it does not serve"
	done
	assert_no_harm
}

# --- two usual places --------------------------------------------------------------------------------

@test "two masters from usual places: both are named and every verb refused at a shell; --nginx reaches one" {
	local verb distro
	start_distro
	distro=$(<$DISTRO_PID)
	foreign distro "$distro" /var/log/nginx/error.log
	usual_place
	for verb in stop reload reopen upgrade rollback condrestart try-restart restart finish; do
		attack
		handover $verb
		((status == 154)) || false_exit "$verb says $status"
		[[ $output == *"$distro"* && $output == *"$USUAL"* ]] || false_exit "$verb does not name $distro and $USUAL"
	done
	assert_no_harm
	no_longer_foreign "$distro"
	each_verb_running nginx
	each_verb_running service
	assert_no_harm
	start_distro || :
	no_longer_foreign "$USUAL"
	foreign distro "$(<$DISTRO_PID)" /var/log/nginx/error.log
	for verb in status reload reopen restart stop; do
		attack
		handover $verb --nginx $TARGET
		((status == 0)) || false_exit "$verb --nginx $TARGET says $status"
	done
	[[ -z $(says $PORT) ]] || false_exit 'stop says 0, and it runs on'
	assert_no_harm
}

# --- the same build in another place -----------------------------------------------------------------

# The same build as /usr/local/nginx's, which runs from /opt/nginx with -p.
opt_nginx() {
	mkdir -p /opt/nginx/{sbin,conf,logs}
	cp "$(built 1.18.0)" /opt/nginx/sbin/nginx
	{
		echo "user root; worker_processes 1; error_log logs/error.log notice; pid logs/nginx.pid;"
		server 8094 opt
	} >/opt/nginx/conf/nginx.conf
	/opt/nginx/sbin/nginx -p /opt/nginx 3>&-
	wait_until 10 master_ready /opt/nginx/logs/nginx.pid
	OPT=$(</opt/nginx/logs/nginx.pid)
}

@test "--nginx /opt/nginx/sbin/nginx, of the same build as /usr/local/nginx's: every verb reaches that one" {
	local verb
	usual_place
	opt_nginx
	for verb in status configtest reload reopen 'upgrade --settle 10ms' condrestart restart stop; do
		OPT=$(cat /opt/nginx/logs/nginx.pid 2>/dev/null)
		attack
		# shellcheck disable=SC2086 # words
		handover $verb --nginx /opt/nginx/sbin/nginx
		((status == 0)) || false_exit "$verb says $status"
		case $verb in
		status) [[ $output == *"$OPT"* ]] || false_exit 'status does not show it' ;;
		stop) [[ -z $(says 8094) ]] || false_exit 'stop says 0, and it runs on' ;;
		reload | reopen) grep -q "signal.*received" /opt/nginx/logs/error.log || false_exit "$verb says 0, and has done nothing" ;;
		esac
		[[ $verb == stop || $(says 8094) == opt ]] || false_exit "after $verb it does not serve"
	done
	attack
	handover stop --nginx /opt/nginx/sbin/nginx
	((status == 0)) || false_exit "stop says $status of one that is stopped"
	attack
	handover status --nginx /opt/nginx/sbin/nginx
	((status == 3)) || false_exit "status says $status of one that is stopped"
	assert_no_harm
}

@test "--nginx /usr/local/nginx/sbin/nginx while only /opt/nginx's runs, of the same build: that is left alone" {
	local verb
	opt_nginx
	foreign opt "$OPT" /opt/nginx/logs/error.log
	usual_place
	no_longer_foreign "$USUAL"
	for verb in stop status condrestart reload reopen upgrade; do
		attack
		handover $verb --nginx $TARGET
		case $verb in
		stop | condrestart) ((status == 0)) || false_exit "$verb says $status" ;;
		status) ((status == 3)) || false_exit "$verb says $status" ;;
		*) ((status == 7)) || false_exit "$verb says $status" ;;
		esac
	done
	assert_no_harm
}

@test "the pid path stands in an included file: --nginx finds it" {
	install_old 1.18.0
	{
		echo "user root; worker_processes 1; error_log $ERROR_LOG notice; include $PREFIX/conf/more/*.conf;"
		server $PORT usual
	} >$PREFIX/conf/nginx.conf
	mkdir -p $PREFIX/conf/more
	echo "pid $PREFIX/logs/other.pid;" >$PREFIX/conf/more/pid.conf
	for verb in start status reload 'upgrade --settle 10ms' stop; do
		# shellcheck disable=SC2086 # words
		handover $verb --nginx $TARGET
		((status == 0)) || false_exit "$verb says $status"
	done
	[[ -z $(says $PORT) ]] || false_exit 'stop says 0, and it runs on'
	ATTACKS=1
	assert_no_harm
}

# --- a user's -----------------------------------------------------------------------------------------

USER_ID=2001
USER_PORT=8095

users_nginx() {
	private_nginx user "$(home $USER_ID)/ngx" $USER_PORT $USER_ID
	USER_TREE=/run/home/$USER_ID/ngx
	USER_PID=$USER_TREE/logs/nginx.pid
}

# All its processes run as that user.
users_alone() {
	local dir title
	for dir in /proc/[0-9]*; do
		read_title "${dir#/proc/}"
		[[ $title != *"$USER_TREE"* ]] || ! alive "${dir#/proc/}" ||
			[[ $(ids_of "${dir#/proc/}") == "$USER_ID $USER_ID $USER_ID $USER_ID" ]] ||
			false_exit "after $1 root runs the user's nginx: $title"
	done
}

@test "an ordinary user's nginx, root's is stopped: every verb without options, by --service and the init script leaves it" {
	users_nginx
	each_verb_stopped shell
	each_verb_stopped service
	each_verb_stopped script
	assert_no_harm
}

@test "root names a user's nginx by its pid file: what is executed and what runs afterwards is that user's" {
	local verb before
	users_nginx
	no_longer_foreign "$(<"$USER_PID")"
	new_binary 1.22.1
	for verb in status configtest reload reopen 'upgrade --settle 10ms' "upgrade --settle 10ms --binary $NEW" 'rollback --settle 10ms' \
		condrestart restart finish package-update stop; do
		before=$(<"$USER_PID")
		attack
		# shellcheck disable=SC2086 # words
		handover $verb --pid-file "$USER_PID"
		users_alone "$verb"
		[[ $(stat -c %u "$USER_TREE/sbin/nginx") == "$USER_ID" ]] || false_exit "after $verb the user's binary is another's"
		case $verb in
		stop) [[ $status != 0 || -z $(says $USER_PORT) ]] || false_exit 'stop says 0, and it runs on' ;;
		status | configtest | reload | reopen | finish) ((status == 0)) || false_exit "$verb says $status" ;;
		*) ((status == 0)) || [[ $(cat "$USER_PID") == "$before" ]] || false_exit "$verb says $status, and has changed the master" ;;
		esac
		[[ $verb == stop || $(says $USER_PORT) == user ]] || false_exit "after $verb it does not serve"
	done
	distro_down
	assert_no_harm
}

@test "root names a user's nginx whose file is another program by now: it is not executed as root, by any verb" {
	local verb
	users_nginx
	no_longer_foreign "$(<"$USER_PID")"
	own_poser $USER_ID "$USER_TREE/poser" "$(built 1.18.0)"
	mv "$USER_TREE/poser.V" "$USER_TREE/sbin/nginx.V"
	for verb in status configtest reload reopen upgrade rollback package-update condrestart restart start stop; do
		attack
		as_user $USER_ID bash -c "cp $USER_TREE/poser $USER_TREE/new && mv -f $USER_TREE/new $USER_TREE/sbin/nginx"
		handover $verb --start-timeout 2s --settle 10ms --pid-file "$USER_PID"
		users_alone "$verb"
	done
	for verb in start status restart; do
		attack
		as_user $USER_ID bash -c "cp $USER_TREE/poser $USER_TREE/new && mv -f $USER_TREE/new $USER_TREE/sbin/nginx"
		handover $verb --start-timeout 2s --nginx "$USER_TREE/sbin/nginx" --conf "$USER_TREE/conf/nginx.conf" --pid-file "$USER_PID"
		users_alone "$verb --nginx"
	done
	assert_no_harm
}

@test "a user's nginx, driven by the user himself: every verb works" {
	local verb
	users_nginx
	no_longer_foreign "$(<"$USER_PID")"
	chmod 755 "$HANDOVER" 2>/dev/null || :
	cp /usr/sbin/nginx-handover $ATTACK/nginx-handover
	for verb in status configtest reload reopen 'upgrade --settle 10ms' condrestart restart stop; do
		attack
		# shellcheck disable=SC2086 # words
		run_shown as_user $USER_ID timeout 60 $ATTACK/nginx-handover $verb --pid-file "$USER_PID"
		((status == 0)) || false_exit "$verb says $status"
		users_alone "$verb"
	done
	[[ -z $(says $USER_PORT) ]] || false_exit 'stop says 0, and it runs on'
	assert_no_harm
}

# --- in a container -----------------------------------------------------------------------------------

# The same file, in pid and mount namespaces of its own, which root has created.
boxed() {
	mkdir -p /run/box
	{
		echo "user root; worker_processes 1; pid /run/box/nginx.pid; error_log /run/box/error.log notice;"
		server 8096 box
	} >/run/box/nginx.conf
	unshare --pid --mount --fork --mount-proc $DISTRO -c /run/box/nginx.conf -g 'daemon off;' </dev/null >/dev/null 2>&1 3>&- &
	disown $!
	wait_until 10 test -s /run/box/nginx.pid
	wait_until 10 box_says
	BOX=$(pgrep -f '^nginx: master process .*/run/box/nginx.conf')
	foreign box "$BOX" /run/box/error.log
}

box_says() { [[ $(says 8096) == box ]]; }

@test "the same binary in a container (a pid namespace of root's), root's nginx is stopped: every verb leaves it" {
	boxed
	each_verb_stopped shell
	each_verb_stopped service
	each_verb_stopped nginx
	assert_no_harm
}

@test "the same binary in a container beside root's nginx: every verb reaches root's" {
	boxed
	each_verb_running shell
	each_verb_running service
	assert_no_harm
}

@test "counted: nothing was executed as root, no foreign process signalled, no exit false" { assert_counted; }
