# Shared by the tests of reload: configurations that can be recognized in the answers.
# shellcheck shell=bash

# serving NAME [WORKERS [MAIN-LINES]]: a configuration whose NAME is in each answer. At level "notice" nginx logs the
# signals that it gets.
serving() {
	write_conf "${2:-2}" "${3:-error_log $ERROR_LOG notice;}" "add_header X-Conf $1;"
}

serves() {
	[[ $(http) == *"X-Conf: $1"* ]] || fail "the configuration \"$1\" does not serve, but: $(http | head -12)"
}

start_serving() {
	serving one
	start_nginx
	old=$(master)
}

# Replaces the file by a rename, as a package manager does.
replace_file() {
	cp "$1" "$2.tmp"
	mv "$2.tmp" "$2"
}

assert_kept() {
	assert_equal "$(master)" "$old" 'the master'
	serves one
	assert_equal "$(count_workers "$old")" "${1:-2}" 'number of workers'
}
