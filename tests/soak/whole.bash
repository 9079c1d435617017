# Is what the program says, by its exit code and its words, what really runs? Shared by the soak and the injection;
# common.bash comes first. What runs is seen by look.c, which knows nothing of generations.
# shellcheck shell=bash disable=SC2154 # output, wanted_image and wanted_file are the callers'

LOOK_TOOL=$TOP/build/tests/look
WORKERS=2
declare -A parent=() role=() image=() sockets=() descriptors=() path=()

# Fills these arrays, by pid.
look_now() {
	local pid ppid what file holds fds name
	parent=() role=() image=() sockets=() descriptors=() path=()
	while read -r pid ppid what file holds _ fds _ name; do
		parent[$pid]=$ppid role[$pid]=$what image[$pid]=$file sockets[$pid]=$holds
		# shellcheck disable=SC2034 # for the soak
		descriptors[$pid]=$fds
		path[$pid]=$name
	done < <("$LOOK_TOOL" processes "$(readlink -f "$HELPER_FILE")")
}

# For a person who looks into it later.
show_now() {
	"$LOOK_TOOL" processes "$(readlink -f "$HELPER_FILE")"
	"$LOOK_TOOL" ask "$PORT" 8
	echo "pid file: $(cat "$PID_FILE" 2>&1); .oldbin: $(cat "$PID_FILE.oldbin" 2>&1)"
	ls -lAi "$PREFIX/sbin"
}

workers_seen() {
	local pid
	for pid in "${!role[@]}"; do
		[[ ${parent[$pid]} != "$1" || ${role[$pid]} != worker || ${sockets[$pid]} == 0 ]] || echo "$pid"
	done | sort -n
}

same_bytes() { cmp -s "$1" "$2"; }

# inode_of PATH: of what stands there
inode_of() { stat -c %d:%i "$1" 2>&1; }

# What serves before the run: sets old, old_workers, old_inode (of the file at the path) and old_image (a
# descriptor on a file with the bytes that the master executes).
note_before() {
	old=$(master)
	look_now
	old_workers=$(workers_seen "$old")
	old_inode=$(inode_of "$TARGET")
	[[ -z ${old_image:-} ]] || exec {old_image}<&-
	exec {old_image}<"/proc/$old/exe"
}

# serves_alone MASTER: it and its workers, and nobody else but those that finish their clients; prints what is not so.
serves_alone() {
	local pid count
	count=$(workers_seen "$1" | wc -l)
	[[ ${role[$1]-} == master ]] || echo "process $1 is no nginx master"
	((count == WORKERS)) || echo "master $1 has $count workers with sockets where $WORKERS should be"
	[[ $(cat "$PID_FILE" 2>&1) == "$1" ]] || echo "the pid file says \"$(cat "$PID_FILE" 2>&1)\" while master $1 serves"
	[[ -S $SOCKET ]] || echo "the socket $SOCKET, on which nginx listens, has lost its name"
	[[ ! -e $PID_FILE.oldbin || $output == *'has had QUIT'* || $code == 151 ]] || echo "$PID_FILE.oldbin is left"
	for pid in "${!role[@]}"; do
		[[ $pid != "$1" ]] || continue
		[[ ${parent[$pid]} != "$1" || ${image[$pid]} != "${image[$1]}" ]] || [[ ${role[$pid]} == master ]] || continue
		if ((sockets[$pid])); then
			echo "process $pid (${role[$pid]}, child of ${parent[$pid]}, ${path[$pid]}) holds ${sockets[$pid]} listening sockets beside master $1"
		elif [[ ${role[$pid]} != leaving && $output != *"$pid"* ]]; then
			echo "process $pid (${role[$pid]}, child of ${parent[$pid]}, ${path[$pid]}) is left, and no word names it"
		fi
	done
}

# Sets said_master and said_workers from the last words that name who serves; empty where none do.
read_words() {
	local line
	said_master='' said_workers=''
	while read -r line; do
		if [[ $line =~ (master|'to master')' '([0-9]+)' serves with '([0-9]+)' workers' ]]; then
			said_master=${BASH_REMATCH[2]} said_workers=${BASH_REMATCH[3]}
		elif [[ $line =~ 'handed over to master '([0-9]+)';' || $line =~ 'master '([0-9]+)' serves as before' ]]; then
			said_master=${BASH_REMATCH[1]} said_workers=''
		fi
	done <<<"$output"
}

# words_are MASTER
words_are() {
	[[ -n $said_master ]] || {
		echo "code $code, and no word says who serves"
		return
	}
	[[ $said_master == "$1" ]] || echo "it says that master $said_master serves, where master $1 should"
	[[ -z $said_workers || $said_workers == $(workers_seen "$1" | wc -l) ]] ||
		echo "it says $said_workers workers where there are $(workers_seen "$1" | wc -l)"
}

handed_over() {
	read_words
	[[ -n $said_master ]] || {
		echo "code $code, and no word says who serves"
		return
	}
	serves_alone "$said_master"
	words_are "$said_master"
	[[ $said_master != "$old" ]] || echo "code $code, and still master $old serves"
	same_bytes "/proc/$said_master/exe" "$wanted_image" ||
		echo "code $code, and master $said_master executes ${path[$said_master]-nothing}, which is not what was wanted"
	same_bytes "$TARGET" "$wanted_file" || echo "code $code, and the file at $TARGET is not what was wanted"
	[[ $code != 0 || -z ${role[$old]-} ]] || echo "code 0, and the old master $old is not gone"
}

undone_whole() {
	read_words
	words_are "$old"
	serves_alone "$old"
	if [[ $output == *'the old binary is back at'* ]]; then
		same_bytes "$TARGET" "/proc/self/fd/$old_image" || echo "it says that the old binary is back, and it is not"
	elif [[ $(inode_of "$TARGET") != "$old_inode" ]]; then
		echo "another file stands at $TARGET, and no word of it"
	fi
}

# Nothing was signalled.
unchanged() {
	serves_alone "$old"
	[[ $(workers_seen "$old") == "$old_workers" ]] || echo "code $code, and the workers are others than before"
	[[ $(inode_of "$TARGET") == "$old_inode" ]] || echo "code $code, and another file stands at $TARGET"
}

# whole CODE: prints each thing in which code and words ($output) are not what stands. note_before() came before
# the run; wanted_file is what should be at the path after it, wanted_image what its master then executes.
whole() {
	local code=$1
	look_now
	case $code in
	0)
		if [[ $output == *'nothing to do'* || $output == *'nothing was done'* ]]; then
			unchanged
		else
			handed_over
		fi
		;;
	151) handed_over ;;
	150) undone_whole ;;
	1) if [[ $output == *'nothing was changed'* ]]; then unchanged; else echo "exit code 1"; fi ;;
	6 | 154) unchanged ;;
	124 | 137) echo 'the program hung' ;;
	*) echo "exit code $code" ;;
	esac
}

# Of this moment, and for a caller that waits: nobody is left but one master and its workers.
only_one_generation() {
	look_now
	((${#role[@]} == WORKERS + 1)) && [[ $(workers_seen "$(master)" | wc -l) == "$WORKERS" ]]
}

# answered VERSION: prints what else answers.
answered() {
	local version count
	while read -r version count; do
		[[ $version == "$1" ]] || echo "$count of 8 requests: $version where $1 serves"
	done < <("$LOOK_TOOL" ask "$PORT" 8)
}

# What a run must not leave in folders; prints what it is.
leftovers() {
	local name count backups=0
	for name in "$PREFIX/sbin"/* "$PREFIX/sbin"/.[!.]*; do
		case ${name##*/} in
		nginx | '*' | '.[!.]*') ;;
		.nginx.served) ;; # the record of builds, where its usual place could not be had
		nginx.*) ((++backups)) ;;
		*) echo "left in the folder of the binary: ${name##*/}" ;;
		esac
	done
	((backups <= BACKUPS_MOST)) || echo "$backups backups where $BACKUPS_MOST are enough"
	count=$(find /run/nginx-handover -type f 2>/dev/null | wc -l)
	((count <= RUN_FILES_MOST)) || echo "$count files in /run/nginx-handover: $(ls -A /run/nginx-handover)"
}
BACKUPS_MOST=5   # three, what the last run has replaced, and the build that served last
RUN_FILES_MOST=8 # locks, and the traces of the last failures
