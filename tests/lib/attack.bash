# What the tests of trust share: several nginxes on one machine, and attackers of other users that really run.
# shellcheck shell=bash
# shellcheck disable=SC2015,SC2016,SC2034 # false_exit succeeds, or it ends the test; a user's shell expands; tests use it

# shellcheck source=tests/lib/common.bash
. "${BASH_SOURCE[0]%/*}/common.bash"

ATTACK=/run/attack   # the attackers' programs: the project's own folder may be closed to them
WITNESS=/run/witness # log: of the test that runs; all: of the whole file; false: exits that were wrong
NOBODY=65534
WWW=33
VERBS=(status configtest reopen reload upgrade finish rollback condrestart try-restart package-update stop start restart)

# --- the distribution's nginx: /usr/sbin/nginx, /etc/nginx, /run/nginx.pid ------------------------------

DISTRO=/usr/sbin/nginx
DISTRO_PID=/run/nginx.pid
DISTRO_PORT=8081

# What this file does there is seen by nobody else, and lasts as long as the file.
own_system_folders() {
	[[ ! -e /run/own-system ]] || return 0
	mkdir -p /run/own/{sbin,sbin-work} /var/log/nginx /etc/nginx /opt
	mount -t overlay -o lowerdir=/usr/sbin,upperdir=/run/own/sbin,workdir=/run/own/sbin-work overlay /usr/sbin
	mount -t tmpfs -o mode=755 tmpfs /etc/nginx
	mount -t tmpfs -o mode=755 tmpfs /var/log/nginx
	mount -t tmpfs -o mode=755 tmpfs /opt
	mount -t tmpfs -o mode=755 tmpfs /etc/default
	cp -a $DISTRO /run/own/nginx
	: >/run/own-system
}

# server PORT WORD: a configuration's http block that answers with that word
server() {
	cat <<-CONF
		events { worker_connections 64; }
		http {
			access_log off;
			$(printf "%s_temp_path /run/temp/$1-%s;\n" client_body 1 proxy 2 fastcgi 3 uwsgi 4 scgi 5)
			server { listen 127.0.0.1:$1${LISTEN:+ $LISTEN}; location / { return 200 "$2\n"; } }
		}
	CONF
}

# says PORT: the word
says() {
	local fd
	{ exec {fd}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 0
	printf 'GET / HTTP/1.0\r\n\r\n' >&"$fd"
	timeout 5 tail -n 1 <&"$fd"
	exec {fd}>&-
} 2>/dev/null

fresh_distro() {
	own_system_folders
	cp -a /run/own/nginx $DISTRO.tmp && mv $DISTRO.tmp $DISTRO
	rm -f $DISTRO.?* $DISTRO_PID* /etc/default/nginx
	{
		echo "worker_processes 1; user root; pid $DISTRO_PID; error_log /var/log/nginx/error.log notice;"
		server $DISTRO_PORT distro
	} >/etc/nginx/nginx.conf
	: >/var/log/nginx/error.log
}

start_distro() {
	$DISTRO 3>&- && wait_until 10 master_ready $DISTRO_PID
}

# root's nginx, and nobody else's, with root's configuration
distro_serves() {
	local pid
	pid=$(cat $DISTRO_PID 2>/dev/null) && alive "$pid" && [[ $(readlink "/proc/$pid/exe") == "$DISTRO" ]] &&
		[[ $(ids_of "$pid") == '0 0 0 0' && $(says $DISTRO_PORT) == distro ]]
}

distro_down() { [[ ! -s $DISTRO_PID && -z $(says $DISTRO_PORT) ]]; }

# Root's binary is the one that root put there; if not, that is told, and mended for what comes next.
distro_whole() {
	cmp -s /run/own/nginx $DISTRO && [[ $(stat -c '%u %a' $DISTRO) == '0 755' ]] && return
	false_exit "$* has replaced root's binary"
	cp -a /run/own/nginx $DISTRO.tmp && mv $DISTRO.tmp $DISTRO
}

# Ends what root runs of it, in whatever state that is.
end_distro() {
	wait_until 10 end_round
	rm -f $DISTRO_PID $DISTRO_PID.oldbin
}

end_round() {
	local dir pid left=0
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		[[ -z ${FOREIGN[$pid]-} && $(readlink "$dir/exe" 2>/dev/null) == "$DISTRO"* && $(ids_of "$pid") == '0 0 0 0' ]] || continue
		[[ -z ${FOREIGN[$(awk '{ print $4 }' "$dir/stat" 2>/dev/null || echo 0)]-} ]] || continue
		kill -KILL "$pid" 2>/dev/null || :
		! alive "$pid" || left=1
	done
	return $left
}

# --- other nginxes ----------------------------------------------------------------------------------

# private_nginx NAME DIR PORT [UID [BINARY [MAIN-LINES]]]: a whole nginx in a folder of that user's, and started
# by that user; NAME is what it says. It is then among the foreign ones. Its configuration is DIR/conf/nginx.conf.
private_nginx() {
	local name=$1 dir=$2 port=$3 uid=${4:-0} binary=${5:-}
	mkdir -p "$dir"/{sbin,conf,logs} && chmod 755 "$dir"
	cp "${binary:-$(built 1.18.0)}" "$dir/sbin/nginx"
	{
		echo "worker_processes 1; pid $dir/logs/nginx.pid; error_log $dir/logs/error.log notice; ${6:-}"
		server "$port" "$name"
	} >"$dir/conf/nginx.conf"
	((uid != 0)) || echo 'user root;' >>"$dir/conf/nginx.conf"
	chown -R "$uid:$uid" "$dir"
	start_private "$name" "$dir" "$uid"
}

start_private() {
	as_user "$3" "$2/sbin/nginx" -c "$2/conf/nginx.conf" 2>/dev/null 3>&- || fail "$1 does not start"
	wait_until 10 master_ready "$2/logs/nginx.pid"
	foreign "$1" "$(<"$2/logs/nginx.pid")" "$2/logs/error.log"
}

# As that user, with no other group.
as_user() {
	local uid=$1
	shift
	if ((uid == 0)); then "$@"; else setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"; fi
}

# home UID: a folder of that user's
home() {
	mkdir -p "/run/home/$1"
	chown "$1:$1" "/run/home/$1"
	echo "/run/home/$1"
}

ids_of() { awk '/^Uid/ { print $2, $3, $4, $5 }' "/proc/$1/status" 2>/dev/null; }
children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null; }

# --- who must not be reached ------------------------------------------------------------------------

# foreign NAME PID [ERROR-LOG]: from now on this process must neither end nor be signalled, nor lose a worker
foreign() {
	FOREIGN[$2]=$1
	FOREIGN_WORKERS[$2]=$(children_of "$2")
	FOREIGN_LOG[$2]=${3:-}
	FOREIGN_SEEN[$2]=$(signals_in "${3:-}")
}

# signals_in ERROR-LOG: those that nginx says it got, but for those of its own children and its own alarms
signals_in() { [[ -z $1 ]] || grep -c 'signal [0-9]* (SIG[^)]*) received' < <(grep -v 'SIGCHLD\|SIGALRM\|SIGIO' "$1" 2>/dev/null) || :; }

no_longer_foreign() {
	unset "FOREIGN[$1]" "FOREIGN_WORKERS[$1]" "FOREIGN_LOG[$1]" "FOREIGN_SEEN[$1]"
}

# Each foreign process that was reached, a line each.
foreign_reached() {
	local pid
	for pid in "${!FOREIGN[@]}"; do
		if gone "$pid"; then
			echo "signalled: ${FOREIGN[$pid]} ($pid) has ended"
		elif [[ -n ${FOREIGN_LOG[$pid]} && $(signals_in "${FOREIGN_LOG[$pid]}") != "${FOREIGN_SEEN[$pid]}" ]]; then
			echo "signalled: ${FOREIGN[$pid]} ($pid): $(grep 'signal [0-9]* (SIG' "${FOREIGN_LOG[$pid]}" | grep -v SIGCHLD | tail -n 1)"
		elif [[ $(children_of "$pid") != "${FOREIGN_WORKERS[$pid]}" ]]; then
			echo "signalled: ${FOREIGN[$pid]} ($pid) has other workers"
		fi
	done
}

# Signals that attackers got from anybody but nginx, or the kernel when they go on (CONT).
attackers_signalled() {
	awk '$1 == "signal" && $4 != 18 && $5 != "nginx" { print "signalled: " $2 " (" $3 ") by " $5 ": " $4 }
		$1 == "stranger" { print "signalled: a stranger (" $2 "): " $3 }' $WITNESS/log
}

# Another user's program that was executed with anything of root's.
executed_as_root() { awk '$1 == "exec" && ($3 == 0 || $4 == 0) { print "executed as root: " $0 }' $WITNESS/log; }

# false_exit WHAT...: an exit code, or what it leaves behind, is not the truth
# Many of them end the test.
false_exit() {
	echo "false exit: $*" | tee -a $WITNESS/false
	(($(wc -l <$WITNESS/false) < 8)) || fail 'that is enough'
}

attack() { ATTACKS=$((ATTACKS + 1)); }

# harm: all that was done which must not be, so far in this test
harm() {
	executed_as_root
	foreign_reached
	attackers_signalled
	cat $WITNESS/false
}

# Ends a test: fails with all that was done.
assert_no_harm() {
	local found
	found=$(harm)
	[[ -z $found ]] || fail "$found"
}

# The last test of a file: what stands here is of all the others in it.
assert_counted() {
	local attacks
	attacks=$(awk '$1 == "attacks" { sum += $2 } END { print sum + 0 }' $WITNESS/all)
	echo "# attacks tried: $attacks, files of another user executed as root: $(grep -c '^executed' $WITNESS/all)," \
		"foreign processes signalled: $(grep -c '^signalled' $WITNESS/all), false exits: $(grep -c '^false' $WITNESS/all)" | tee /dev/fd/3
	((attacks > 0)) || fail 'nothing was tried'
	! grep '^executed\|^signalled\|^false' $WITNESS/all
}

# --- attackers --------------------------------------------------------------------------------------

# In the background, as that user, in a folder of his, with nothing of ours open; sets ATTACKER.
# attacker UID ARGV0 FILE [ARGUMENT...]; what is in the array ATTACKER_ENV is its environment.
attacker() {
	local uid=$1 title=$2
	shift 2
	attack
	(
		cd "$(home "$uid")" || exit
		((uid == 0)) || set -- setpriv --reuid="$uid" --regid="$uid" --clear-groups bash -c 'exec -a "$0" "$@"' "$title" "$@"
		((uid != 0)) || set -- bash -c 'exec -a "$0" "$@"' "$title" "$@"
		exec env -i PATH="$PATH" "${ATTACKER_ENV[@]}" "$@" </dev/null >"$WITNESS/$BASHPID.out" 2>&1 3>&-
	) &
	ATTACKER=$!
	disown "$ATTACKER"
	ATTACKERS+=("$ATTACKER")
}

# poser UID TITLE [PID-FILE]: another user's program with that title; returns when it waits. Sets POSER, its file.
poser() {
	local uid=$1 dir
	dir=$(home "$uid")
	POSER=$dir/nginx
	own_poser "$uid" "$POSER"
	ATTACKER_ENV=(POSER_WORKERS=1 ${3:+ATTACKER_PID_FILE="$3"})
	attacker "$uid" "$2" "$POSER"
	ATTACKER_ENV=()
	wait_until 5 waits "$ATTACKER"
}

# own_poser UID FILE [NGINX]: that user's program, which answers -V as that nginx does, the distribution's
own_poser() {
	cp $ATTACK/poser "$2"
	"${3:-$DISTRO}" -V >"$2.V" 2>&1 || :
	chown "$1:$1" "$2" "$2.V"
}

# It has executed what it should, and has come to its pause().
waits() {
	local call
	call=$(cat "/proc/$1/wchan" 2>/dev/null) || return
	[[ $(cat "/proc/$1/comm") != @(bash|env|setpriv) && $call != 0 ]]
}

# What was started of another user's program, by whomever.
kill_users_programs() {
	local dir
	for dir in /proc/[0-9]*; do
		[[ $(readlink "$dir/exe" 2>/dev/null) != @(/run/home|$ATTACK)/* ]] || kill -KILL "${dir#/proc/}" 2>/dev/null || :
	done
}

# --- a test ------------------------------------------------------------------------------------------

attack_setup() {
	requires_root
	fresh_prefix
	fresh_distro
	mkdir -p $ATTACK $WITNESS /run/temp
	chmod 1777 /run/temp
	rm -rf /run/home /run/panel /opt/* ${ATTACK:?}/*
	cp "$TOP"/build/tests/attack/* $ATTACK/
	chmod 755 $ATTACK/*
	$DISTRO -V >$ATTACK/set_uid.V 2>&1
	: >$WITNESS/log
	: >$WITNESS/false
	chmod 666 $WITNESS/log
	cp "${NH_HELPER:-$HANDOVER}" /usr/sbin/nginx-handover
	ATTACKS=0 ATTACKERS=() ATTACKER_ENV=()
	declare -gA FOREIGN=() FOREIGN_WORKERS=() FOREIGN_LOG=() FOREIGN_SEEN=()
}

attack_teardown() {
	local pid
	[[ -d $WITNESS ]] || return 0 # skipped
	{
		echo "attacks $ATTACKS"
		harm
	} >>$WITNESS/all
	for pid in "${ATTACKERS[@]}"; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	kill_users_programs
	common_teardown
}

handover() { run_shown timeout 60 "$HANDOVER" "$@"; }

# --- every verb ---------------------------------------------------------------------------------------

# The helper as it is called: by a shell, with options; or, for a WAY of "script", by the init script.
# way_runs WAY VERB [OPTION...]
way_runs() {
	local way=$1 verb=$2 options=()
	shift 2
	case $verb in upgrade | finish | rollback | package-update) options=(--settle 10ms) ;; esac
	case $way in
	shell) ;;
	nginx) options+=(--nginx "$DISTRO") ;;
	pid-file) options+=(--pid-file "$DISTRO_PID") ;;
	service) options+=(--service nginx) ;;
	script)
		mkdir -p /run/init.d
		install -m 755 "$TOP/sysv-init/nginx" /run/init.d/nginx
		run_shown timeout 60 /run/init.d/nginx "$verb" "${options[@]}" "$@"
		return
		;;
	esac
	handover "$verb" "${options[@]}" "$@"
}

# judge_stopped WAY VERB: root's nginx was stopped; is $status true, and is it now as it should be?
judge_stopped() {
	local said="$2 ($1) says $status"
	# At a shell, where a stranger is all that runs, a verb may be refused, too.
	[[ $1 != shell || $status != 154 || $2 == @(start|status) ]] || return 0
	case $2 in
	start | restart)
		((status == 0)) || false_exit "$said, though root's nginx can be started"
		distro_serves || false_exit "$said, and root's nginx does not serve"
		return
		;;
	status) ((status == 3)) || false_exit "$said, where nothing runs" ;;
	stop | condrestart | try-restart | package-update) ((status == 0)) || false_exit "$said, where there is nothing to do" ;;
	reload | upgrade | rollback | reopen) ((status == 7)) || false_exit "$said, where nothing runs" ;;
	finish) ((status == 0 || status == 7)) || false_exit "$said, where nothing runs" ;;
	configtest) ((status == 0)) || false_exit "$said, with root's good configuration" ;;
	esac
	distro_down || false_exit "$said, and root's nginx has been started"
}

# each_verb_stopped WAY [BEFORE]: every verb while root's nginx is stopped. BEFORE, a command, comes before each.
each_verb_stopped() {
	local verb
	for verb in "${VERBS[@]}"; do
		[[ $1 != script || $verb != package-update ]] || continue
		${2:-:}
		attack
		way_runs "$1" "$verb"
		judge_stopped "$1" "$verb"
		distro_whole "$verb ($1)"
		end_distro
	done
}

# each_verb_running WAY: every verb while root's nginx runs, and is what is meant. It must do its work.
each_verb_running() {
	local verb before
	for verb in status configtest reopen reload upgrade finish condrestart package-update restart start stop; do
		[[ $1 != script || $verb != package-update ]] || continue
		distro_serves || start_distro || fail "root's nginx does not start"
		before=$(<$DISTRO_PID)
		attack
		way_runs "$1" "$verb"
		((status == 0)) || false_exit "$verb ($1) says $status, though root's nginx runs well"
		case $verb in
		stop) distro_down || false_exit "$verb ($1) says $status, and root's nginx runs on" ;;
		upgrade | condrestart | restart)
			distro_serves && [[ $(<$DISTRO_PID) != "$before" ]] ||
				false_exit "$verb ($1) says $status, and root's nginx is the old one, or none"
			;;
		*)
			distro_serves && [[ $(<$DISTRO_PID) == "$before" ]] ||
				false_exit "$verb ($1) says $status, and root's nginx is another, or none"
			;;
		esac
	done
}
