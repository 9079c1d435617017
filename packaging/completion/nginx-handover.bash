# bash completion for nginx-handover(8). Its commands, options and their values are those that --help shows.
# shellcheck shell=bash

_nginx_handover_commands() { "$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'; }

# Lines of "OPTION VALUE", or just "OPTION", for a command.
_nginx_handover_options() {
	"$1" "$2" --help 2>/dev/null |
		sed -n 's/^  \(-[a-zA-Z], \|    \)\(--[a-z-]*\)\( \([^ ][^ ]*\)\)\{0,1\} .*/\2 \4/p'
}

_nginx_handover() {
	local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} options value
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_nginx_handover_commands "$program") --help --version" -- "$current")
		return
	fi
	options=$(_nginx_handover_options "$program" "${COMP_WORDS[1]}")
	value=$(sed -n "s/^${COMP_WORDS[COMP_CWORD - 1]} \(.\)/\1/p" <<<"$options")
	case $value in
	'') mapfile -t COMPREPLY < <(compgen -W "$(awk '{ print $1 }' <<<"$options")" -- "$current") ;;
	*'|'*) mapfile -t COMPREPLY < <(compgen -W "${value//|/ }" -- "$current") ;;
	FILE | NEW)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	esac
}

complete -F _nginx_handover nginx-handover
