# What the scripts here share: Debian trees, and a box that what works on one runs in.
# The script that sources it sets `litter` and `box` to nothing and traps EXIT with clean_up.
# shellcheck shell=bash disable=SC2154

say() { printf '%s: %s\n' "${SELF##*/}" "$*" >&2; }
die() {
	say "$@"
	exit 2
}

# Runs "$@" in mount and pid namespaces of its own. The pid namespace ends with its first process, and
# that one dies with unshare, and unshare with this script, even if it gets SIGKILL.
# In the background, so that a signal is acted on at once; bash would let INT and QUIT be ignored there.
boxed() {
	local rc=0
	env --default-signal setpriv --pdeathsig KILL \
		unshare --mount --propagation private --pid --fork --kill-child "$@" <&0 &
	box=$!
	wait "$box" || rc=$?
	box=
	return "$rc"
}

# Ends the box through its first process: unshare is done only when the whole namespace is.
end_box() {
	local pid=$box first
	[[ -n $pid ]] || return 0
	box=
	first=$(<"/proc/$pid/task/$pid/children")
	[[ -n $first ]] || first=$pid
	kill -KILL "${first%% *}" || :
	wait "$pid" || :
} 2>/dev/null

clean_up() {
	end_box
	((${#litter[@]} == 0)) || rm -rf --one-file-system "${litter[@]}"
}

end_cleanly() {
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# bootstrap SUITE DIR PACKAGES: a minimal Debian with these packages (a,b,c) as DIR/tree; the log is DIR/log
bootstrap() {
	local suite=$1 new=$2
	say "making a $suite tree"
	# shellcheck disable=SC2016 # expanded by the shell inside
	if ! boxed bash -c 'mount -t proc proc /proc && exec debootstrap --variant=minbase "$@"' \
		debootstrap --include="$3" "$suite" "$new/tree" >"$new/log" 2>&1; then
		tail -n 20 "$new/log" >&2
		tail -n 5 "$new/tree/debootstrap/debootstrap.log" >&2 || :
		die "debootstrap $suite failed"
	fi
	rm -f "$new"/tree/var/cache/apt/archives/*.deb
}

# How this machine reaches its packages (proxies, what to check), not what it installs.
apt_settings() {
	command -v apt-config >/dev/null || return 0
	apt-config dump | grep '^Acquire::' |
		grep -Ev '^Acquire::(IndexTargets|Changelogs|CompressionTypes|Languages|GzipIndexes|cdrom)\b' || :
}

# npm_settings ROOT: the same for npm: whom it asks, through whom, and whom it believes (those certificates
# are put into the tree at ROOT), but not as whom.
npm_settings() {
	local line extra=${NODE_EXTRA_CA_CERTS:-}
	command -v npm >/dev/null || return 0
	while read -r line; do
		case $line in
		*=null | *=undefined | *=) ;;
		cafile=*) cat "${line#*=}" >"$1/etc/npm-ca.crt" ;;
		*=*) printf '%s\n' "$line" ;;
		esac
	done < <(npm config get registry proxy https-proxy noproxy strict-ssl cafile)
	if [[ ! -e $1/etc/npm-ca.crt && -n $extra ]]; then
		cat /etc/ssl/certs/ca-certificates.crt "$extra" >"$1/etc/npm-ca.crt"
	fi
	[[ ! -e $1/etc/npm-ca.crt ]] || echo 'cafile=/etc/npm-ca.crt'
}

# scratch_copy TREE DIR: DIR/tree is the tree, and what is written to it stays on a tmpfs. For use in a box.
scratch_copy() {
	mkdir -p "$2"
	mount -t tmpfs -o mode=755 tmpfs "$2"
	mkdir "$2"/{upper,work,tree}
	mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/tree"
}
