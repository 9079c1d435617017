# Which files may execute programs and send signals: the check "one_door" of tests/lint (for the sources), and
# tests/door.bats (for the objects), share one table.
# shellcheck shell=bash

# Functions, and the files (below systemd-helper/) that may call them.
ONE_DOOR=(
	'exec(l|le|lp|v|ve|vp|vpe|veat)|fexecve|compat_execveat|posix_spawnp?|system|popen|wordexp'
	'trust/door[a-z_]*'
	'kill|killpg|tkill|tgkill|sigqueue|raise|pthread_(kill|sigqueue)|pidfd_send_signal|compat_pidfd_send_signal'
	'os/process|trust/door[a-z_]*|trust/usr2_fresh' # its own child
	'process_signal'                                # stop, at_work, watcher: to the process that holds our lock, according to the kernel
	'os/process|trust/subject|commands/stop|commands/at_work|commands/watcher'
	'v?fork|_?clone3?'
	# package_update continues in the background, usr2_fresh traces, permitted tries a call; no child executes a program
	'trust/door[a-z_]*|commands/package_update|trust/usr2_fresh|os/permitted'
	'syscall'
	'os/compat'
)
# A line that names one of them without calling it: its own definition.
ONE_DOOR_DEFINED='os/compat:(compat_execveat|compat_pidfd_send_signal)'

# Reads lines "WHERE:NAME", where WHERE begins with a file below systemd-helper/, without its ending. Prints a line for
# each call that is not allowed.
one_door_judge() {
	local where name file i
	while IFS=: read -r file where name; do
		for ((i = 0; i < ${#ONE_DOOR[@]}; i += 2)); do
			[[ $name =~ ^(${ONE_DOOR[i]})$ ]] || continue
			[[ $file =~ ^(${ONE_DOOR[i + 1]})$ || $file:$name =~ ^($ONE_DOOR_DEFINED)$ ]] ||
				printf '%s%s: %s is not for this file to call\n' "$file" "${where:+:$where}" "$name"
		done
	done
}

# one_door_sources: reads names of .c files, and checks them, without comments and strings.
one_door_sources() {
	local names i
	for ((i = 0; i < ${#ONE_DOOR[@]}; i += 2)); do names+=${names:+|}${ONE_DOOR[i]}; done
	# shellcheck disable=SC2016 # it is perl that expands it
	xargs -r -d '\n' perl -e '
		my $names = shift;
		for my $file (@ARGV) {
			open my $in, "<", $file or die "$file: $!\n";
			local $/;
			my $text = <$in>;
			$text =~ s{/\*.*?\*/|"(?:\\.|[^"\\\n])*"|//[^\n]*}{"\n" x ($& =~ tr/\n//)}gse;
			my ($short) = $file =~ m{systemd-helper/(.*)\.c$} or next;
			my $number = 0;
			for (split /\n/, $text) {
				$number++;
				print "$short:$number:$1\n" while /(?<![\w.])(?<!->)($names)\s*\(/g;
			}
		}' "(?:$names)" | one_door_judge
}

# one_door_objects FOLDER: checks the objects below it, by their undefined symbols.
one_door_objects() {
	find "$1" -name '*.o' -print0 | sort -z | xargs -r -0 nm -A -u |
		sed -nE "s|^$1/(.*)\.o: *[Uw] ([^@]*).*|\1::\2|p" | one_door_judge
}
