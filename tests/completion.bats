#!/usr/bin/env bats
# Real shells offer what the help of nginx-handover shows; and that help fits a screen.

load lib/common

setup_file() {
	local shell
	for shell in bash zsh fish; do
		"$TOP/packaging/completion/generate" $shell >"$BATS_FILE_TMPDIR/$shell"
	done
	mkdir "$BATS_FILE_TMPDIR/functions"
	mv "$BATS_FILE_TMPDIR/zsh" "$BATS_FILE_TMPDIR/functions/_nginx-handover"
}

# offers_bash WORD...: prints the completions of the last word, sorted, one a line
offers_bash() {
	# shellcheck source=/dev/null
	. "$BATS_FILE_TMPDIR/bash"
	COMP_WORDS=("$HANDOVER" "$@") COMP_CWORD=$#
	_nginx_handover
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

offers_zsh() { timeout 30 "$TOP/tests/lib/zsh-completion" "$BATS_FILE_TMPDIR/functions" "nginx-handover $*"; }

# fish offers short options beside the long ones.
offers_fish() {
	# shellcheck disable=SC2016 # it is fish that expands it
	HOME=$BATS_TEST_TMPDIR fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$BATS_FILE_TMPDIR/fish" "nginx-handover $*" |
		sed 's/\t.*//' | grep -vx -e '-[a-zA-Z]' | sort
}

# Commands that are not in the help are aliases for init scripts.
commands() { "$HANDOVER" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'; }

# options COMMAND: all its options, according to its help
options() { "$HANDOVER" "$1" --help-all | sed -n 's/^  ..\{0,1\}. \{0,1\}\(--[a-z-]*\).*/\1/p' | sort; }

@test "every command, in each shell" {
	local all
	all=$(commands)
	(($(wc -l <<<"$all") > 12)) || fail 'too few commands in the help'
	assert_equal "$(offers_bash '')" "$(printf '%s\n' "$all" --help --help-all --version | sort)"
	assert_equal "$(offers_bash upg)" upgrade
	assert_equal "$(offers_zsh upg)" upgrade
	assert_equal "$(offers_fish '')" "$(sort <<<"$all")"
}

@test "every option of each command" {
	local command
	for command in $(commands) condrestart force-reload rotate; do
		[[ $(options "$command") == *--pid-file* ]] || fail "$command shows no options"
		assert_equal "$(offers_bash "$command" --)" "$(options "$command")" "what bash offers for $command"
	done
	# The completions of the other two shells come from the same table.
	for command in upgrade rotate; do
		assert_equal "$(offers_zsh "$command --")" "$(options "$command")" "what zsh offers for $command"
		assert_equal "$(offers_fish "$command --")" "$(options "$command")" "what fish offers for $command"
	done
	[[ $(options upgrade) == *--binary*--trace* && $(options rotate) != *--binary* ]]
	[[ $(offers_bash finish --) != *--held-until* ]] || fail 'an option for ourselves is offered'
}

# What --init may be, sorted.
inits() { (cd "$TOP" && { printf '%s\n' auto none && sed -n 's/^\tADAPTER(\([a-z]*\)).*/\1/p' include/init/adapters.h; } | sort | xargs); }

@test "the values of an option: words, files, users, or nothing" {
	local asks
	cd "$TOP"
	assert_equal "$(offers_bash start --init '' | xargs)" "$(inits)"
	assert_equal "$(offers_bash start --init = s | xargs)" 'systemd sysv' # as bash parts --init=s
	assert_equal "$(offers_bash start --init = | xargs)" "$(inits)"
	assert_equal "$(offers_bash upgrade --settle '')" ''
	for asks in offers_bash offers_zsh offers_fish; do
		assert_equal "$($asks upgrade --drain-expired l)" leave "$asks: a word"
		assert_equal "$($asks upgrade --binary LICEN)" LICENSE "$asks: a file"
		assert_equal "$($asks upgrade --textfile-dir systemd-h | tr -d /)" systemd-helper "$asks: a folder"
		assert_equal "$($asks upgrade --probe-user daemo)" daemon "$asks: a user"
	done
	assert_equal "$(offers_zsh start --init= | xargs)" "$(inits)"
}

@test "bash asks it for nginx-handover, and it is read by bash as any other" {
	# shellcheck source=/dev/null
	. "$BATS_FILE_TMPDIR/bash"
	run complete -p nginx-handover
	assert_output '-F _nginx_handover nginx-handover'
	run bash -nu "$BATS_FILE_TMPDIR/bash"
	assert_equal "$status $output" '0 '
}

@test "the help of each command fits a screen of 24 lines and 80 columns; that of all options is as wide" {
	local command
	for command in '' $(commands); do
		"$HANDOVER" ${command:+"$command"} --help >"$BATS_TEST_TMPDIR/help"
		(($(wc -l <"$BATS_TEST_TMPDIR/help") < 24)) || fail "${command:-it} has more than a screen: $(cat "$BATS_TEST_TMPDIR/help")"
		"$HANDOVER" ${command:+"$command"} --help-all >>"$BATS_TEST_TMPDIR/help"
		assert_equal "$(grep -nE '.{81}' "$BATS_TEST_TMPDIR/help")" '' "lines of ${command:-it} that are too wide"
	done
	# the options of this command alone are all in the short help
	[[ $("$HANDOVER" rollback --help) == *--to*--restart*--rollback-restarts*--dry-run*--drain-timeout*--help-all* ]]
	[[ $("$HANDOVER" status --help) == *--watch* && $("$HANDOVER" status --help) != *--settle* ]]
}
