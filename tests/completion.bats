#!/usr/bin/env bats
# The completion for bash offers what the help of nginx-handover shows.

load lib/common

setup() {
	# shellcheck source=packaging/completion/nginx-handover.bash
	. "$TOP/packaging/completion/nginx-handover.bash"
}

# complete_with WORD...: what is offered for the last one, sorted, a line each
complete_with() {
	COMP_WORDS=("$HANDOVER" "$@") COMP_CWORD=$#
	_nginx_handover
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

# Commands that are not in the help are other names of the same, for init scripts.
commands() {
	sed -n 's/^\t{"\([a-z-]*\)", VERB_.*/\1/p' "$TOP/systemd-helper/main.c" | grep -vx -e condrestart -e force-reload -e rotate
}

@test "every command" {
	assert_equal "$(complete_with '')" "$( (commands && printf '%s\n' --help --version) | sort)"
	assert_equal "$(complete_with upg)" upgrade
}

@test "every option of each command" {
	local command
	for command in $(commands); do
		assert_equal "$(complete_with "$command" --)" \
			"$("$HANDOVER" "$command" --help | grep -oE '^ .{5}--[a-z-]+' | grep -oE -e '--.*' | sort)" \
			"what $command offers"
	done
	[[ $(complete_with upgrade --) == *--binary* ]] || fail 'upgrade has no --binary'
}

@test "the values of an option: words, files, or nothing" {
	assert_equal "$(complete_with start --init '' | xargs)" 'auto none systemd sysv'
	assert_equal "$(complete_with upgrade --drain-expired l)" leave
	cd "$TOP"
	assert_equal "$(complete_with upgrade --binary LICEN)" LICENSE
	assert_equal "$(complete_with upgrade --settle '')" ''
}

@test "bash asks it for nginx-handover" {
	run complete -p nginx-handover
	assert_output '-F _nginx_handover nginx-handover'
}
