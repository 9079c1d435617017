#!/usr/bin/env bats
# Installing a binary, killed at every system call, and with each of these calls refused: the path
# always has the complete old or new build, a failure changes nothing, and the next run cleans up. The other cases
# share most calls with the plain install and restore, so only every third of their calls is tried,
# each case beginning with another one, unless NH_EVERY_CALL=1 is in the environment.
# shellcheck disable=SC2030,SC2031,SC2154

load lib/common
load lib/install

setup() { install_setup; }
teardown() { install_teardown; }

# Each case creates the folder and sets `command`, `more` (more options for strace), `old` and `new` (the builds
# that may be at the target before and after; "-": nothing).
fresh() {
	dir=$BATS_TEST_TMPDIR/d
	rm -rf "$dir"
	at "$dir"
	more=() old=a new=b
	command=(install "$builds/b" "$dir/nginx" /proc/self/fd/8 1.18.0)
}
case_install() { fresh; }
case_other_build_saved() {
	fresh
	cp "$builds/c" "$dir/nginx.1.18.0"
}
case_same_bytes_saved() {
	fresh
	cp "$builds/a" "$dir/nginx.1.18.0"
}
case_no_links() {
	fresh
	more=(-e inject=linkat:error=EPERM)
}
case_target_deleted() {
	fresh
	rm "$dir/nginx"
	old=-
}
case_save() {
	fresh
	cp "$builds/c" "$dir/x"
	mv "$dir/x" "$dir/nginx"
	command=(save "$dir/nginx" /proc/self/fd/8 1.18.0)
	old=c new=c
}
case_restore() {
	fresh
	install >/dev/null
	command=(restore "$dir/nginx" /proc/self/fd/8)
	old=b new=a
}
case_restore_without_backup() {
	case_restore
	rm "$dir/nginx.1.18.0"
}

target_is() {
	if [ "$1" = - ]; then
		[ ! -e "$dir/nginx" ]
	else
		cmp -s "$dir/nginx" "$builds/$1"
	fi
}

# Each system call of the work itself, with its number among the calls of that name: "openat 7"
# calls [FIRST]: every third of these, beginning with that one
calls() {
	local first=${1-}
	[ -z "${NH_EVERY_CALL-}" ] || first=
	strace -qq -o "$BATS_TEST_TMPDIR/trace" "${more[@]}" "$driver" "${command[@]}" 8<&8 >/dev/null
	awk -F'(' '
		{ n[$1]++ }
		$1 == "getppid" { if (on++) exit; next }
		on && $1 !~ /^(brk|mmap|munmap|getpid|getrandom)$/ && !/INJECTED/ && (first == "" || taken++ % 3 == first) {
			print $1, n[$1]
		}' first="$first" "$BATS_TEST_TMPDIR/trace"
}

# struck CALL N HOW: the command, with a fault in that call
struck() {
	strace -qq -o "$BATS_TEST_TMPDIR/trace" "${more[@]}" -e "inject=$1:$3:when=$2" "$driver" "${command[@]}" 8<&8
}

# Checks what may be in the folder after any fault; an incomplete copy must be readable only for us. (This
# and heals must not be called before || or in a condition: there bash goes on after a failure.)
nothing_half() {
	local file
	for file in "$dir"/* "$dir"/.nginx*; do
		[ -e "$file" ] || continue
		case ${file##*/} in
		nginx) target_is "$old" || target_is "$new" || fail 'the target is not whole' ;;
		nginx.1.18.0) is "${file##*/}" a c ;;
		nginx.1.18.0-[23]) is "${file##*/}" a ;; # -3: where -2 could not be looked at
		.nginx-handover.??????)
			is "${file##*/}" a b 2>/dev/null >&2 || [ "$(stat -c %a "$file")" = 600 ] || fail 'half a copy is open to all'
			;;
		*) fail "what is this: $file" ;;
		esac
	done
	[ -e "$dir/nginx" ] || [ "$old" = - ] || fail 'nothing stands at the target'
}

# Then a run that sweeps, and one that repeats the work, must succeed.
heals() {
	"$driver" sweep "$dir/nginx" >/dev/null
	! compgen -G "$dir/.nginx-*" || fail 'not swept'
	[ ! -e "$dir/nginx.1.18.0" ] || "$driver" prune "$dir/nginx" 99 >/dev/null
	run "$driver" "${command[@]}" 8<&8
	[ "$status" = 0 ] || fail "the next run fails: $output"
	target_is "$new" || fail 'the next run does not do it'
	nothing_half
}

killed_everywhere() {
	local setup=case_$1 call n list count=0 survived=0
	$setup
	list=$(calls "${2-}")
	while read -r call n; do
		echo "killed at $call $n"
		$setup
		run struck "$call" "$n" signal=KILL 8<&8
		[ "$status" = 137 ] || fail "$call $n: not killed: $output"
		nothing_half
		target_is "$old" || survived=$((survived + 1))
		heals
		count=$((count + 1))
	done <<<"$list"
	echo "# $1: killed at $count calls, at $survived of them after the change" >&3
	[ "$count" -gt 7 ] || fail 'too few calls: is the trace right?'
	[ "$old" = "$new" ] || [ "$survived" -gt 0 ] || fail 'never killed after the change: is the trace right?'
}

refused_everywhere() {
	local setup=case_$1 error=$2 call n list before but='' count=0 failed=0
	local first=${3-}
	# A backup with the same bytes may have become a hard link to the file.
	[ "$1" != same_bytes_saved ] || but=nginx.1.18.0
	$setup
	list=$(calls "$first")
	while read -r call n; do
		echo "refused at $call $n"
		$setup
		before=$(snapshot "$but")
		run struck "$call" "$n" "error=$error" 8<&8
		if [ "$status" = 0 ]; then
			target_is "$new" || fail "$call $n: says it is done, and it is not"
			[ "$call" = unlinkat ] || ! compgen -G "$dir/.nginx-*" || fail "$call $n: leaves a temporary file"
		elif [[ "$1 $call" =~ ^(target_deleted|no_links)' fsync'$ ]] && target_is a; then
			old=a # could not be synced after the change: what runs stands there again, or a copy of it
		elif [[ $1 == restore* && $call == fsync ]] && target_is a; then
			: # done, but not certain to last
		else
			failed=$((failed + 1))
			[ "$status" = 1 ] || fail "$call $n: exit status $status: $output"
			[[ $output == 'cannot '*': '* ]] || fail "$call $n: no message: $output"
			[ "$(snapshot "$but")" = "$before" ] || fail "$call $n ($output): before: $before now: $(snapshot "$but")"
		fi
		nothing_half
		heals
		count=$((count + 1))
	done <<<"$list"
	echo "# $1: $count calls refused with $error, $failed of them a failure" >&3
	[ "$failed" -gt 0 ] || fail 'no failures: is the trace right?'
}

@test "install: killed at every system call" { killed_everywhere install; }
@test "install, another build has the backup's name: killed at every system call" { killed_everywhere other_build_saved 0; }
@test "install, the same bytes are saved already: killed at every system call" { killed_everywhere same_bytes_saved 1; }
@test "install, no hard links: killed at every system call" { killed_everywhere no_links 2; }
@test "install, the target was deleted: killed at every system call" { killed_everywhere target_deleted 0; }
@test "saving what runs: killed at every system call" { killed_everywhere save 1; }
@test "restore: killed at every system call" { killed_everywhere restore; }
@test "restore, no backup: killed at every system call" { killed_everywhere restore_without_backup 2; }

@test "install: every system call refused" {
	refused_everywhere install EIO
	refused_everywhere install EPERM 1
}
@test "install, another build has the backup's name: every system call refused" { refused_everywhere other_build_saved EIO 0; }
@test "install, the same bytes are saved already: every system call refused" { refused_everywhere same_bytes_saved EIO 1; }
@test "install, no hard links: every system call refused" { refused_everywhere no_links EIO 2; }
@test "install, the target was deleted: every system call refused" { refused_everywhere target_deleted EIO 0; }
@test "saving what runs: every system call refused" { refused_everywhere save EDQUOT 1; }
@test "restore: every system call refused" { refused_everywhere restore EIO; }
@test "restore, no backup: every system call refused" { refused_everywhere restore_without_backup EROFS 2; }

@test "a sweep between the making of the copy and its lock is no harm" {
	local trace=$BATS_TEST_TMPDIR/trace tracer call
	case_install
	calls >/dev/null
	call=$(awk '/^openat\(/ { n++ } /\.nginx-handover\..*O_RDONLY/ { print n; exit }' "$trace")
	case_install
	: >"$trace"
	struck openat "$call" signal=SIGSTOP >"$BATS_TEST_TMPDIR/said" 3>&- &
	tracer=$!
	wait_until 10 grep -q 'stopped by SIGSTOP' "$trace"
	assert_equal "$("$driver" sweep "$dir/nginx")" 1 'files swept'
	kill -CONT "$(pgrep -f "^$driver install .*$dir/nginx")"
	wait $tracer || fail "$(cat "$BATS_TEST_TMPDIR/said")"
	is nginx b
	holds nginx nginx.1.18.0
}
