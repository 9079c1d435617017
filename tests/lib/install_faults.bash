# Installing a binary with a fault in each of its system calls, one at a time: the cases, what is done in each, and what
# must hold after it. Needs lib/common and lib/install.
# shellcheck shell=bash disable=SC2034,SC2154

install_faults_setup() {
	install_setup
	look_at_builds
}

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

# Reads what the files of the folder hold, into sums: the checksum and size of each name.
look() {
	local sum size name
	sums=()
	while read -r sum size name; do
		sums[${name##*/}]="$sum $size"
	done < <(cksum "$dir"/nginx* "$dir"/.nginx* 2>/dev/null)
}

# The builds, likewise.
look_at_builds() {
	local sum size name
	declare -gA sums=() sum_of=()
	while read -r sum size name; do
		sum_of[${name##*/}]="$sum $size"
	done < <(cksum "$builds"/?)
}

# holds_build NAME LETTER...: the file was one of these builds at the last look, complete
holds_build() {
	local letter
	for letter in "${@:2}"; do
		[[ ${sums[$1]-} != "${sum_of[$letter]}" ]] || return 0
	done
	return 1
}

# target_is LETTER: at the last look; "-": nothing was there
target_is() {
	if [[ $1 == - ]]; then
		[[ -z ${sums[nginx]-} ]]
	else
		holds_build nginx "$1"
	fi
}

# Each system call of the work itself, with its number among the calls of that name: "openat 7"
# calls [FIRST]: every sixth of these, beginning with that one, and the last
calls() {
	local first=${1-}
	[ -z "${NH_EVERY_CALL-}" ] || first=
	strace -qq -o "$BATS_TEST_TMPDIR/trace" "${more[@]}" "$driver" "${command[@]}" 8<&8 >/dev/null
	awk -F'(' '
		{ n[$1]++ }
		$1 == "getppid" { if (on++) exit; next }
		on && $1 !~ /^(brk|mmap|munmap|getpid|getrandom)$/ && !/INJECTED/ {
			left = $1 " " n[$1]
			if (first == "" || taken++ % 6 == first) {
				print left
				left = ""
			}
		}
		END { if (left) print left }
	' first="$first" "$BATS_TEST_TMPDIR/trace"
}

# struck CALL N HOW: the command, with a fault in that call
struck() {
	strace -qq -o "$BATS_TEST_TMPDIR/trace" "${more[@]}" -e "inject=$1:$3:when=$2" "$driver" "${command[@]}" 8<&8
}

# Checks what the last look may show after any fault; an incomplete copy must be readable only for us. (This and heals
# must not be called before || or in a condition: there bash goes on after a failure.)
nothing_half() {
	local file name
	for file in "$dir"/* "$dir"/.nginx*; do
		[[ -e $file ]] || continue
		name=${file##*/}
		case $name in
		nginx) target_is "$old" || target_is "$new" || fail 'the target is not whole' ;;
		nginx.1.18.0) holds_build "$name" a c || fail "$name is not whole" ;;
		nginx.1.18.0-[23]) holds_build "$name" a || fail "$name is not whole" ;; # -3: where -2 could not be looked at
		.nginx-handover.??????)
			holds_build "$name" a b || [[ $(stat -c %a "$file") == 600 ]] || fail 'half a copy is open to all'
			;;
		*) fail "what is this: $file" ;;
		esac
	done
	[[ -e $dir/nginx || $old == - ]] || fail 'nothing stands at the target'
}

# Then a run that sweeps, and one that repeats the work, must succeed.
heals() {
	"$driver" sweep "$dir/nginx" >/dev/null
	! compgen -G "$dir/.nginx-*" || fail 'not swept'
	[[ ! -e $dir/nginx.1.18.0 ]] || "$driver" prune "$dir/nginx" 99 >/dev/null
	"$driver" "${command[@]}" 8<&8 >"$BATS_TEST_TMPDIR/said" || fail "the next run fails: $(<"$BATS_TEST_TMPDIR/said")"
	look
	nothing_half
	target_is "$new" || fail 'the next run does not do it'
}
