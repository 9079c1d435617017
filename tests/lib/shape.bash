# For tests/lint: who includes whom, how long files and functions are, and what the sources do not do.
# shellcheck shell=bash

LINES_MOST=400
FUNCTION_LINES_MOST=79

# What a room may include; see "layering".
declare -A MAY_INCLUDE=(
	[main]='commands os trust ui'
	[commands]='commands core init nginx trust os ui'
	[core]='core init nginx trust os'
	[init]='init trust os ui'
	[nginx]='nginx trust os'
	[bpf]='nginx'
	[trust]='trust os'
	[os]='os'
	[ui]='os ui'
)

# Arrows go down only: main -> commands -> core -> nginx, init -> trust -> os. What is said, ui, is called by
# commands and by what speaks to an init system. Quotes are for our own headers, and those are named
# from include/.
layering() {
	local room line file header
	files 'systemd-helper/*.c' 'include/*.h' |
		xargs -r -d '\n' grep -HnoE '^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"[^"]*"' |
		while IFS= read -r line; do
			file=${line%%:*}
			header=${line#*\"}
			header=${header%\"}
			room=${file#*/}
			room=${room%%/*}
			[[ $room != main.c ]] || room=main
			[[ " ${MAY_INCLUDE[$room]-} " == *" ${header%%/*} "* && -f include/$header ]] ||
				printf '%s: %s may not include "%s"\n' "${line%:*}" "$room" "$header"
		done | nothing
}

# A header of include/ROOM belongs to code of systemd-helper/ROOM. (The table of exit codes has no code.)
headers_at_home() {
	local header room
	files 'include/*.h' | grep -vxF include/os/exit_code.h | while IFS= read -r header; do
		room=${header#include/}
		room=${room%/*}
		grep -rqsF "#include \"${header#include/}\"" "systemd-helper/$room" "include/$room" ||
			printf '%s: nothing of %s includes it\n' "$header" "$room"
	done | nothing
}

# The words that the adapters name in their table, as a pattern.
adapter_words() { sed -n 's,^\tADAPTER(.*/\* \(.*\) \*/.*,\1,p' include/init/adapters.h | sed 's/, /\n/g' | paste -sd '|'; }

# Variables that keep their value from call to call belong to the whole process; what belongs to a run stands in its
# session. So few files have such: they know the terminal and the logs, what signals have brought, what was loaded or asked
# of the system once, and what this process has told or changed already. Those of the last line only have strings that
# execve(2) and its like do not take as const.
PROCESS_STATE='main commands/report commands/verdict init/console init/libdbus init/libsystemd init/systemd_journal
	init/systemd_notify nginx/quic_steer_own os/descriptors os/identity os/inbox os/permitted os/procfs os/waker
	ui/live ui/say ui/stream ui/system_log
	nginx/ask_nginx nginx/http_requests trust/actor trust/door_child'

process_state() {
	local place may=()
	for place in $PROCESS_STATE; do
		may+=(-e "systemd-helper/$place.c")
	done
	# shellcheck disable=SC2016 # they are variables of perl
	files 'systemd-helper/*.c' | grep -vxF "${may[@]}" | xargs -r -d '\n' perl -ne '
		print "$ARGV:$.: keeps its value from call to call: $_"
			if /^\s*static (?!inline\b)[^()]*( =|;|\{)\s*/ && !/^\s*static (const struct|const)\b[^*]*$/
			&& !/\*const\b/;
		close ARGV if eof' | nothing
}

# Nothing outside init/ knows the words of an init system, or includes an adapter. (Who "run" is is ourselves.)
# Where a way of reading is another program's, its source may be named; and an advice may list all there are. How an init
# script is called stands in init_script.c.
adapters() {
	{
		files 'systemd-helper/core/*.c' 'systemd-helper/commands/*.c' systemd-helper/main.c 'include/core/*.h' \
			'include/commands/*.h' | grep -vxF systemd-helper/commands/init_script.c | xargs -r -d '\n' grep -HnE "$(adapter_words)" |
			grep -vE 'systemd\.exec\(5\)|/\* systemd: |systemctl\(1\)|\\"sv restart\\"'
		files 'systemd-helper/*.c' 'include/*.h' | grep -vE '/init/' |
			xargs -r -d '\n' grep -HnE '#include "init/' | grep -vE '"init/(init|adapters|limits|foreground)\.h"'
	} | nothing
}

# What is said goes through ui/: stdio and syslog(3) wait for whoever does not read.
never_blocks() {
	files 'systemd-helper/*.c' | xargs -r -d '\n' grep -HnE \
		'\b(printf|vprintf|puts|putchar|perror|dprintf|openlog|syslog) ?\(|[(, ](stdout|stderr)[,)]' |
		grep -v '^[^:]*:[0-9]*: \*' | nothing
}

# Executing and signalling is for those who vet; see tests/lib/one-door.bash, and tests/door.bats for what the
# compiler made of it.
one_door() { files 'systemd-helper/*.c' | one_door_sources | nothing; }

# Files, and functions: clang-format puts their braces into column 0.
lengths() {
	{
		{
			files '*.c' '*.h' '*.mk' Makefile
			shell_files
		} | xargs -r -d '\n' awk -v most="$LINES_MOST" '
			FNR == most + 1 { print FILENAME ": more than " most " lines" }'
		files '*.c' '*.h' | xargs -r -d '\n' awk -v most="$FUNCTION_LINES_MOST" '
			FNR == 1 { begin = 0 }
			/^\{/ { begin = FNR }
			/^\}/ && begin {
				if (FNR - begin + 1 > most)
					print FILENAME ":" begin ": a function of " FNR - begin + 1 " lines"
				begin = 0
			}'
	} | nothing
}

# A file begins by saying what it is for.
opening() {
	local file
	files '*.c' '*.h' | while IFS= read -r file; do
		[[ $(head -c 2 "$file") == '/*' ]] || printf '%s:1: no comment says what it is for\n' "$file"
	done | nothing
}

# A message stands on one line of source, however long, so that grep finds it.
one_string() {
	files 'systemd-helper/*.c' 'include/*.h' | xargs -r -d '\n' awk '
		FNR > 1 && /^[[:blank:]]*"/ && ended { print FILENAME ":" FNR ": goes on with the string of the line before" }
		{ ended = /"[[:blank:]]*$/ }' | nothing
}

# Each test that SECURITY.md names is there: a line "  - FILE: the name of a test, or what a unit test says".
held_by_tests() {
	local file name
	{
		grep -q '^  - tests/' SECURITY.md || echo 'SECURITY.md names no tests'
		sed -n 's/^  - \(tests\/[^ :]*\): /\1\t/p' SECURITY.md | while IFS=$'\t' read -r file name; do
			grep -qsF -e "$name" "$file" || printf 'SECURITY.md: %s has no test "%s"\n' "$file" "$name"
		done
	} | nothing
}

# Every wait has an event. The module that makes an nginx slow is slow by intent. What stands in
# comments is not meant: a "//" or "#" comment, or a line that begins like the inside of one.
no_sleeping() {
	{
		files '*.c' '*.h' | grep -v '^tests/lib/fault_module/' |
			xargs -r -d '\n' grep -HnE '\b(clock_nano|nano|u)?sleep[[:blank:]]*\('
		{
			shell_files | grep -vx tests/lib/shape.bash
			files '*.mk' Makefile
		} | xargs -r -d '\n' grep -HnE '\b(u|nano)?sleep\b' |
			grep -vE '^[^:]*:[0-9]*:[[:blank:]]*#'
	} | nothing
}
