# Shared by the tests of trust: several nginxes on one machine, and real processes of other users as attackers.
# shellcheck shell=bash
# shellcheck disable=SC2015,SC2016,SC2034 # false_exit succeeds, or it ends the test; a user's shell expands; tests use it

# shellcheck source=tests/lib/common.bash
. "${BASH_SOURCE[0]%/*}/common.bash"

ATTACK=/run/attack   # the attackers' programs, since they may have no access to the project's folder
WITNESS=/run/witness # log: of the current test; all: of the whole file; false: wrong exit codes
NOBODY=65534
WWW=33
VERBS=(status configtest reopen reload upgrade finish rollback condrestart try-restart package-update stop start restart)

# --- the distribution's nginx: /usr/sbin/nginx, /etc/nginx, /run/nginx.pid ------------------------------

DISTRO=/usr/sbin/nginx
DISTRO_PID=/run/nginx.pid
DISTRO_PORT=8081

# Changes there are private to this test file.
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

# server PORT WORD: prints an http block whose server answers with that word
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

# says PORT: prints the word of the server there
says() {
	local fd line word=
	{ exec {fd}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 0
	printf 'GET / HTTP/1.0\r\n\r\n' >&"$fd"
	while IFS= read -rt 5 line <&"$fd"; do word=$line; done
	exec {fd}>&-
	[[ -z $word ]] || printf '%s\n' "$word"
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

# Whether root's nginx runs, alone, with root's configuration.
distro_serves() {
	local pid
	pid=$(cat $DISTRO_PID 2>/dev/null) && alive "$pid" && [[ $(readlink "/proc/$pid/exe") == "$DISTRO" ]] &&
		[[ $(ids_of "$pid") == '0 0 0 0' && $(says $DISTRO_PORT) == distro ]]
}

distro_down() { [[ ! -s $DISTRO_PID && -z $(says $DISTRO_PORT) ]]; }

# Checks that root's binary is the one that root put there; if not, reports it, and restores it for the next steps.
distro_whole() {
	cmp -s /run/own/nginx $DISTRO && [[ $(stat -c '%u %a' $DISTRO) == '0 755' ]] && return
	false_exit "$* has replaced root's binary"
	cp -a /run/own/nginx $DISTRO.tmp && mv $DISTRO.tmp $DISTRO
}

# Ends root's nginx, whatever its state.
end_distro() {
	wait_until 10 end_round
	rm -f $DISTRO_PID $DISTRO_PID.oldbin
}

end_round() {
	local dir executes pid value left=0
	while read -r dir executes; do
		pid=${dir#/proc/}
		[[ -z ${FOREIGN[$pid]-} && $executes == "$DISTRO"* && $(ids_of "$pid") == '0 0 0 0' ]] || continue
		! read_status "$pid" PPid || [[ -z ${FOREIGN[$value]-} ]] || continue
		kill -KILL "$pid" 2>/dev/null || :
		! alive "$pid" || left=1
	done < <(find /proc/[0-9]*/exe -maxdepth 0 -printf '%h %l\n' 2>/dev/null)
	return $left
}

# --- other nginxes ----------------------------------------------------------------------------------

# private_nginx NAME DIR PORT [UID [BINARY [MAIN-LINES]]]: a complete nginx in a folder of that user, started by that
# user; it answers with NAME. It counts as foreign from then on. Its configuration is DIR/conf/nginx.conf.
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

# Runs a command as that user, without supplementary groups.
as_user() {
	if (($1 == 0)); then "${@:2}"; else setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; fi
}

# home UID: creates a folder of that user
home() {
	mkdir -p "/run/home/$1"
	chown "$1:$1" "/run/home/$1"
	echo "/run/home/$1"
}

ids_of() { awk '/^Uid/ { print $2, $3, $4, $5 }' "/proc/$1/status" 2>/dev/null; }
children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null; }

# --- who must not be reached ------------------------------------------------------------------------

# foreign NAME PID [ERROR-LOG]: from now on this process must not end, get a signal, or lose a worker
foreign() {
	local children
	read_children "$2"
	FOREIGN[$2]=$1
	FOREIGN_WORKERS[$2]=${children[*]}
	FOREIGN_LOG[$2]=${3:-}
	FOREIGN_SEEN[$2]=$(signals_in "${3:-}")
}

# signals_in ERROR-LOG: the signals that nginx logged, without those of its own children and its alarms
signals_in() {
	local -A signals=()
	[[ -z $1 ]] || { count_signals "$1" && echo "${signals[$1]}"; }
}

# count_signals ERROR-LOG...: counts them in the map `signals`
count_signals() {
	local log count
	for log; do signals[$log]=0; done
	while IFS=: read -r log count; do signals[$log]=$count; done < <(grep -PHc 'signal [0-9]+ \((?!SIGCHLD|SIGALRM|SIGIO)SIG[^)]*\) received' "$@" 2>/dev/null)
}

no_longer_foreign() {
	unset "FOREIGN[$1]" "FOREIGN_WORKERS[$1]" "FOREIGN_LOG[$1]" "FOREIGN_SEEN[$1]"
}

# Prints a line for each foreign process that was signalled or ended.
foreign_reached() {
	local pid children logs=()
	local -A signals=()
	for pid in "${FOREIGN_LOG[@]}"; do [[ -z $pid ]] || logs+=("$pid"); done
	((${#logs[@]} == 0)) || count_signals "${logs[@]}"
	for pid in "${!FOREIGN[@]}"; do
		read_children "$pid"
		if gone "$pid"; then
			echo "signalled: ${FOREIGN[$pid]} ($pid) has ended"
		elif [[ -n ${FOREIGN_LOG[$pid]} && ${signals[${FOREIGN_LOG[$pid]}]} != "${FOREIGN_SEEN[$pid]}" ]]; then
			echo "signalled: ${FOREIGN[$pid]} ($pid): $(grep 'signal [0-9]* (SIG' "${FOREIGN_LOG[$pid]}" | grep -v SIGCHLD | tail -n 1)"
		elif [[ ${children[*]} != "${FOREIGN_WORKERS[$pid]}" ]]; then
			echo "signalled: ${FOREIGN[$pid]} ($pid) has other workers"
		fi
	done
}

# Signals that attackers got, except from nginx, and except CONT from the kernel.
attackers_signalled() {
	awk '$1 == "signal" && $4 != 18 && $5 != "nginx" { print "signalled: " $2 " (" $3 ") by " $5 ": " $4 }
		$1 == "stranger" { print "signalled: a stranger (" $2 "): " $3 }' $WITNESS/log
}

# Programs of other users that were executed with a user id of root.
executed_as_root() { awk '$1 == "exec" && ($3 == 0 || $4 == 0) { print "executed as root: " $0 }' $WITNESS/log; }

# false_exit WHAT...: notes a wrong exit code, or a state that contradicts it. Many of them end the test.
false_exit() {
	echo "false exit: $*" | tee -a $WITNESS/false
	(($(wc -l <$WITNESS/false) < 8)) || fail 'that is enough'
}

attack() { ATTACKS=$((ATTACKS + 1)); }

# harm: prints everything forbidden that has happened so far in this test
harm() {
	executed_as_root
	foreign_reached
	attackers_signalled
	cat $WITNESS/false
}

# Ends a test: fails if there was any harm.
assert_no_harm() {
	local found
	found=$(harm)
	[[ -z $found ]] || fail "$found"
}

# The last test of a file: checks the log of all tests in it.
assert_counted() {
	local attacks
	attacks=$(awk '$1 == "attacks" { sum += $2 } END { print sum + 0 }' $WITNESS/all)
	echo "# attacks tried: $attacks, files of another user executed as root: $(grep -c '^executed' $WITNESS/all)," \
		"foreign processes signalled: $(grep -c '^signalled' $WITNESS/all), false exits: $(grep -c '^false' $WITNESS/all)" | tee /dev/fd/3
	((attacks > 0)) || fail 'nothing was tried'
	! grep '^executed\|^signalled\|^false' $WITNESS/all
}

# --- attackers --------------------------------------------------------------------------------------

# attacker UID ARGV0 FILE [ARGUMENT...]: starts the program in the background, as that user, in a folder of that user,
# without inherited descriptors. The array ATTACKER_ENV is its environment. Sets ATTACKER.
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

# poser UID TITLE [PID-FILE]: starts a program of that user with that title; returns when it waits. Sets POSER, its file.
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

# own_poser UID FILE [NGINX]: a program of that user, which answers -V like that nginx, by default the distribution's
own_poser() {
	cp $ATTACK/poser "$2"
	"${3:-$DISTRO}" -V >"$2.V" 2>&1 || :
	chown "$1:$1" "$2" "$2.V"
}

# Whether it has executed its program, and waits in pause().
waits() {
	local call name
	{ read -rd '' call <"/proc/$1/wchan" || [[ -n $call ]]; } 2>/dev/null && { read -r name <"/proc/$1/comm"; } 2>/dev/null &&
		[[ $name != @(bash|env|setpriv) && $call != 0 ]]
}

# Which programs of other users were started, by anybody.
kill_users_programs() {
	local dir executes
	while read -r dir executes; do
		[[ $executes != @(/run/home|$ATTACK)/* ]] || kill -KILL "${dir#/proc/}" 2>/dev/null || :
	done < <(find /proc/[0-9]*/exe -maxdepth 0 -printf '%h %l\n' 2>/dev/null)
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

# way_runs WAY VERB [OPTION...]: runs the helper from a shell, with options; with the WAY "script", by the init script.
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

# judge_stopped WAY VERB: root's nginx was stopped; checks that $status is right, and the state afterwards
judge_stopped() {
	local said="$2 ($1) says $status"
	# At a shell, a verb may also be refused if only a stranger runs.
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

# each_verb_stopped WAY [BEFORE]: every verb while root's nginx is stopped. The command BEFORE runs before each.
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

# each_verb_running WAY: every verb while root's nginx runs and is meant. Each must do its work.
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
