# The check "old_compiler" of tests/lint: gcc 4.4 with the headers of glibc 2.12 would compile the sources.
#
# Neither is available any more. So a newer gcc's warnings tell what they lack, and lists of names where there is no
# warning. OLD_LACKS has samples that the check must find; it is tried on them before the sources.
# shellcheck shell=bash

OLD_GCC=(-std=gnu99 -fsyntax-only -Werror -Wpedantic -Wc99-c11-compat)
# Newer compilers accept a const variable as a constant without a warning. Without const they do not.
OLD_GCC_CONST=(-std=gnu99 -fsyntax-only -w -Dconst=)

# Attributes of gcc 4.4 that are allowed; of its builtins only one, and no pragmas.
OLD_ATTRIBUTES='aligned|cold|const|constructor|deprecated|format|malloc|noinline|nonnull|noreturn|packed|pure|section|sentinel|unused|used|warn_unused_result|weak'
OLD_NO_NAMES='__builtin_[a-z_]+|__atomic_[a-z_]+|__auto_type|__has_[a-z_]+|__int128|__VA_OPT__|_Pragma|u8"'

# The system headers that the helper may include.
OLD_HEADERS='(ctype|dirent|dlfcn|elf|errno|fcntl|glob|grp|inttypes|limits|poll|pwd|sched|signal|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|strings|syslog|termios|time|unistd|sys/(file|ioctl|mount|prctl|resource|socket|stat|statvfs|syscall|sysmacros|time|types|uio|un|utsname|vfs|wait|xattr)|netinet/(in|tcp)|arpa/inet|linux/(capability|kd|netlink)|dbus/dbus)'

# Newer than Linux 2.6.32 or glibc 2.12: the file of the helper that uses one has an #ifndef for it.
OLD_NO_CONSTANTS='O_PATH|O_TMPFILE|AT_EMPTY_PATH|AT_NO_AUTOMOUNT|CLOCK_BOOTTIME|CLOCK_TAI|CLONE_(NEWCGROUP|NEWTIME|PIDFD)|EPOLLEXCLUSIVE|EPOLLWAKEUP|F_OFD_[A-Z]+|FALLOC_FL_[A-Z_]+|F_(ADD|GET)_SEALS|MFD_[A-Z_]+|P_PIDFD|PR_(SET|GET)_(CHILD_SUBREAPER|NO_NEW_PRIVS)|RENAME_(NOREPLACE|EXCHANGE)|SO_(REUSEPORT|PEERGROUPS|PEERPIDFD)|SYS_(getrandom|memfd_create|openat2|pidfd_[a-z_]+|renameat2|setns|statx)|TCP_FASTOPEN'

OLD_LACKS=(
	'_Static_assert(1, "true");'
	'int f(int x) { return _Generic(x, int: 1, default: 0); }'
	'_Noreturn void f(void);'
	'_Thread_local int x;'
	'_Alignas(8) char x;'
	'_Atomic int x;'
	'__int128 x;'
	'__auto_type x = 1;'
	'typedef int word; typedef int word;'
	'struct s { union { int a; }; } x = {.a = 1};'
	'struct s { struct { int a; }; } x = {{1}};'
	'int x = {};'
	'static const int a = 1; int b = a;'
	'struct s { int a; }; struct s x = (struct s){1};'
	'int f(int x) { static const int one = 1; switch (x) { case one: return 1; } return 0; }'
	'void f(int x) { if (x) goto end; end: }'
	'int f(int x) { switch (x) { case 1: int y = x; return y; } return 0; }'
	'void f(int) {}'
	'[[deprecated]] int x;'
	'const char *x = u8"x";'
	'int f(int x) { switch (x) { case 1: x++; __attribute__((fallthrough)); default: x++; } return x; }'
	'void f(void) __attribute__((unused, access(none, 1)));'
	$'void f(void)\n\t__attribute__((\n\t\tnonstring));'
	'int f(int x) { return __builtin_add_overflow(x, 1, &x); }'
	'int f(int *x) { return __atomic_load_n(x, 5); }'
	$'#if __has_attribute(unused)\n#endif'
	$'void f(void) {\n#pragma GCC diagnostic push\n}'
	$'# pragma GCC diagnostic ignored "-Wundef"'
	'#define F(x, ...) f(x __VA_OPT__(,) __VA_ARGS__)'
	$'#include <stdatomic.h>'
	$'#include <sys/random.h>'
	$'#include <fcntl.h>\nint x = O_PATH;'
	$'#include <sys/syscall.h>\nint x = SYS_pidfd_open;'
)

# The compiler's warnings about one file.
old_compiles() {
	local flags=()
	mapfile -t flags < <(dbus_flags | xargs -n 1)
	flags+=(-Iinclude -Itests/unit)
	gcc "${OLD_GCC[@]}" "${flags[@]}" "$1" && gcc "${OLD_GCC_CONST[@]}" "${flags[@]}" "$1"
}

# Reads file names; prints the attributes and builtins in these files that are not allowed.
old_names() {
	local files
	mapfile -t files
	grep -HnE "\b($OLD_NO_NAMES)|^[[:blank:]]*#[[:blank:]]*pragma\b" "${files[@]}" | grep -v '\b__builtin_prefetch('
	# an attribute is on one line; its arguments are removed before its name is checked
	grep -HnE '__attribute__' "${files[@]}" | sed 's/\([a-z_]\)([^()]*)/\1/g' |
		grep -vE "__attribute__ ?\(\(($OLD_ATTRIBUTES)(, ($OLD_ATTRIBUTES))*\)\)"
}

# Reads file names; prints the system headers and constants in these files that CentOS 6 may not have.
old_system() {
	local files file name place
	mapfile -t files
	grep -HnE '^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*<' "${files[@]}" | grep -vE "<$OLD_HEADERS\.h>"
	for file in "${files[@]}"; do
		# comments may name them
		sed -E 's,/\*.*\*/,,; s,(^[[:blank:]]*\*|/\*).*,,' "$file" | grep -noE "\b($OLD_NO_CONSTANTS)\b" |
			while IFS=: read -r place name; do
				grep -qE "^#ifn?def $name\$" "$file" || printf '%s:%s: %s\n' "$file" "$place" "$name"
			done
	done
}

old_check_is_awake() {
	local work lack r=0
	work=$(mktemp -d)
	for lack in "${OLD_LACKS[@]}"; do
		printf '%s\n' "$lack" >"$work/lack.c"
		! old_compiles "$work/lack.c" 2>/dev/null || old_names <<<"$work/lack.c" | grep -q . ||
			old_system <<<"$work/lack.c" | grep -q . || {
			printf 'it would not find: %s\n' "$lack"
			r=1
		}
	done
	rm -r "$work"
	return $r
}

old_compiler() {
	local r=0
	old_check_is_awake || return
	export -f old_compiles dbus_flags
	c_sources | each bash -c "$(declare -p OLD_GCC OLD_GCC_CONST); old_compiles \"\$0\"" || r=1
	# a compiler for BPF is never an old one
	files '*.c' '*.h' | grep -v '^systemd-helper/bpf/' | old_names | nothing || r=1
	files 'systemd-helper/*.c' 'include/*.h' 'packaging/*.c' | old_system | nothing || r=1
	return $r
}
