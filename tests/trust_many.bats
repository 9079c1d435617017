#!/usr/bin/env bats
# Two instances, those of three users, a panel's and the distribution's nginx, and one in a container, all at once: each
# of 200 random commands reaches exactly the one that is meant. The seed is printed; NH_SEED repeats a run.

# shellcheck disable=SC2015 # false_exit succeeds, or it ends the test
load lib/attack

setup() { attack_setup; }
teardown() { attack_teardown; }

COMMANDS=200
SECONDS_MOST=90 # of the random commands; fewer of them then have to do
KINDS=(a b user1 user2 user3 panel distro)

# For each: the pid file, binary, configuration, port, user; and while it runs, its master. UP is empty when it is stopped.
declare -gA PID_OF BINARY_OF CONF_OF PORT_OF UID_OF UP

# instance NAME PID-FILE BINARY CONF PORT UID
instance() { PID_OF[$1]=$2 BINARY_OF[$1]=$3 CONF_OF[$1]=$4 PORT_OF[$1]=$5 UID_OF[$1]=$6; }

everybody() {
	local name user dir port=8100
	install_old 1.18.0
	for name in a b; do
		mkdir -p $PREFIX/conf
		{
			echo "user root; worker_processes 1; pid $PREFIX/logs/$name.pid; error_log $PREFIX/logs/$name.log notice;"
			server $((++port)) $name
		} >$PREFIX/conf/$name.conf
		instance $name $PREFIX/logs/$name.pid $TARGET $PREFIX/conf/$name.conf $port 0
		$TARGET -c $PREFIX/conf/$name.conf 3>&-
		wait_until 10 master_ready $PREFIX/logs/$name.pid
		now_up $name
	done
	for user in 1 2 3; do
		dir=$(home 200$user)/ngx
		private_nginx user$user "$dir" $((++port)) 200$user
		instance user$user "$dir/logs/nginx.pid" "$dir/sbin/nginx" "$dir/conf/nginx.conf" $port 200$user
		UP[user$user]=$(<"$dir/logs/nginx.pid")
	done
	private_nginx panel /run/panel $((++port))
	instance panel /run/panel/logs/nginx.pid /run/panel/sbin/nginx /run/panel/conf/nginx.conf $port 0
	UP[panel]=$(</run/panel/logs/nginx.pid)
	instance distro $DISTRO_PID $DISTRO /etc/nginx/nginx.conf $DISTRO_PORT 0
	start_distro
	now_up distro
	boxed
}

log_of() { sed -n 's/.*error_log \([^ ]*\) .*/\1/p' "${CONF_OF[$1]}"; }

now_up() {
	UP[$1]=$(<"${PID_OF[$1]}")
	foreign "$1" "${UP[$1]}" "$(log_of "$1")"
}

now_down() {
	[[ -z ${UP[$1]-} ]] || no_longer_foreign "${UP[$1]}"
	UP[$1]=
}

boxed() {
	mkdir -p /run/box
	{
		echo "user root; worker_processes 1; pid /run/box/nginx.pid; error_log /run/box/error.log notice;"
		server 8096 box
	} >/run/box/nginx.conf
	unshare --pid --mount --fork --mount-proc $DISTRO -c /run/box/nginx.conf -g 'daemon off;' </dev/null >/dev/null 2>&1 3>&- &
	disown $!
	wait_until 10 box_says
	BOX=$(pgrep -f '^nginx: master process .*/run/box/nginx.conf')
	foreign box "$BOX" /run/box/error.log
}

box_says() { [[ $(says 8096) == box ]]; }

pick() {
	local which=$((RANDOM % $# + 1))
	PICKED=${!which}
}

# Sets `words` to options that name the instance, in one of the possible ways.
name_it() {
	local name=$1 ways=(pid-file)
	case $name in
	distro) ways+=(nginx service none) ;;
	panel | user?) ways+=(nginx) ;;
	a | b) [[ $name == a && -n ${UP[b]} ]] || [[ $name == b && -n ${UP[a]} ]] || ways+=(nginx) ;;
	esac
	# At a shell, two masters from usual places are ambiguous.
	pick "${ways[@]}"
	[[ $PICKED != none || -z ${UP[a]}${UP[b]} ]] || PICKED=service
	case $PICKED in
	pid-file) words=(--pid-file "${PID_OF[$name]}") ;;
	nginx) words=(--nginx "${BINARY_OF[$name]}") ;;
	service) words=(--service nginx) ;;
	none) words=() ;;
	esac
	# An nginx that does not run can be found only by its own configuration.
	[[ $name == distro || ${words[*]} != --nginx* && -n ${UP[$name]} ]] ||
		words=(--nginx "${BINARY_OF[$name]}" --conf "${CONF_OF[$name]}" --pid-file "${PID_OF[$name]}")
}

# Checks the state after a verb about a running instance, according to its exit code.
judge_up() {
	local name=$1 verb=$2 old=$3 said="$2 of $1 (${words[*]}) says $status"
	if [[ $verb == stop ]]; then
		((status == 0)) && [[ -z $(says "${PORT_OF[$name]}") ]] || false_exit "$said"
		return 0
	fi
	[[ $(says "${PORT_OF[$name]}") == "$name" ]] || false_exit "$said, and it does not serve"
	[[ $(ids_of "$(<"${PID_OF[$name]}")") == "${UID_OF[$name]} ${UID_OF[$name]} ${UID_OF[$name]} ${UID_OF[$name]}" ]] ||
		false_exit "$said, and it is another user's"
	case $verb in
	start) ((status == 0 || UID_OF[$name] != 0 && as == 0)) && [[ $(<"${PID_OF[$name]}") == "$old" ]] || false_exit "$said" ;;
	restart | condrestart | upgrade)
		if ((status == 0)); then
			[[ $(<"${PID_OF[$name]}") != "$old" ]] || false_exit "$said, and the master is the same"
		elif ((UID_OF[$name] != 0 && as == 0)); then # root may be refused that
			[[ $(<"${PID_OF[$name]}") == "$old" ]] || false_exit "$said, and the master is another"
		else
			false_exit "$said"
		fi
		;;
	*) ((status == 0)) && [[ $(<"${PID_OF[$name]}") == "$old" ]] || false_exit "$said" ;;
	esac
}

judge_down() {
	local name=$1 verb=$2 said="$2 of $1 (${words[*]}), which was stopped, says $status"
	case $verb in
	start | restart)
		((status == 0)) && [[ $(says "${PORT_OF[$name]}") == "$name" ]] || false_exit "$said"
		return 0
		;;
	stop | condrestart | finish) ((status == 0 || status == 7 && ${#verb} == 6)) || false_exit "$said" ;;
	status) ((status == 3)) || false_exit "$said" ;;
	configtest) ((status == 0)) || false_exit "$said" ;;
	*) ((status == 7)) || false_exit "$said" ;;
	esac
	[[ -z $(says "${PORT_OF[$name]}") ]] || false_exit "$said, and it runs"
}

# One random command on that instance.
command_on() {
	local name=$1 verb words=() old=${UP[$1]} as=0 helper=$HANDOVER
	if [[ -n $old ]]; then
		pick status status configtest reload reopen finish upgrade condrestart restart stop start
	else
		pick status stop condrestart reload start start restart
	fi
	verb=$PICKED
	name_it "$name"
	# A user's instance is started by that user, and half of its commands are called by that user.
	if ((UID_OF[$name] != 0)) && [[ -z $old || $verb == restart || $((RANDOM % 2)) == 0 ]]; then
		as=${UID_OF[$name]} helper=$ATTACK/nginx-handover
	fi
	[[ $verb != upgrade ]] || words+=(--settle 10ms)
	now_down "$name"
	attack
	run_shown as_user "$as" timeout 60 "$helper" "$verb" --start-timeout 3s "${words[@]}"
	if [[ -n $old ]]; then judge_up "$name" "$verb" "$old"; else judge_down "$name" "$verb"; fi
	[[ -z $(says "${PORT_OF[$name]}") ]] || now_up "$name"
	foreign_reached >"$BATS_TEST_TMPDIR/reached"
	[[ ! -s $BATS_TEST_TMPDIR/reached ]] ||
		fail "$verb of $name (${words[*]}) has reached another: $(cat "$BATS_TEST_TMPDIR/reached")"
}

@test "200 random commands in a row: each reaches exactly the nginx that is meant" {
	local seed=${NH_SEED:-$RANDOM} until i
	echo "# NH_SEED=$seed" | tee /dev/fd/3
	RANDOM=$seed
	everybody
	cp /usr/sbin/nginx-handover $ATTACK/nginx-handover
	until=$((SECONDS + SECONDS_MOST))
	for ((i = 0; i < COMMANDS && SECONDS < until; i++)); do
		pick "${KINDS[@]}"
		command_on "$PICKED"
	done
	echo "# $i commands" >/dev/fd/3
	((i == COMMANDS || i > COMMANDS / 10)) # a machine that is very busy comes less far
	assert_no_harm
}

@test "counted: nothing was executed as root, no foreign process signalled, no exit false" { assert_counted; }
