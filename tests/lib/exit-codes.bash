# For tests/lint: what the manual, the schema and the scripts say of exit codes is what the table of the program says.
# shellcheck shell=bash

CODES=include/os/exit_code.h

# code_rows TABLE: "number<TAB>word<TAB>text" of each row of that table
code_rows() {
	sed -n "/^#define $1(X)/,/[^\\\\]\$/p" "$CODES" |
		sed -nE 's/^\tX\([A-Z_]+, *([0-9]+), *"([a-z_]*)", *"([^"]*)"\).*/\1\t\2\t\3/p'
}

# of_page PAGE HEADING: "numbers: what is said of them" for each entry under that heading, with more than one in
# an entry parted by blanks
of_page() {
	sed 's/\\-/-/g; s/\\f[BIR]//g' "$1" | awk -v heading="$2" '
		function flush() { if (numbers != "") print numbers ": " text; numbers = text = "" }
		/^\.S[HS] / { flush(); in_it = $0 ~ "^[.]S[HS] \"?" heading "\"?$"; next }
		!in_it { next }
		/^\.TP/ { flush(); wants = 1; next }
		wants { wants = 0; sub(/^\.[A-Z]+ */, ""); gsub(/[^0-9]+/, " "); numbers = $0; next }
		/^\.PP/ { flush(); next }
		{ sub(/^\.[A-Z]+ */, ""); text = text $0 " " }
		END { flush() }'
}

# Without what parts clauses, so that a full stop may stand there for a semicolon.
plainly() { tr -d '.,;:' | tr -s ' '; }

# codes_of_page PAGE HEADING TABLE [MORE]: the page names each code of the table under that heading once, in the words
# of the table, and no other but those of MORE.
codes_of_page() {
	local page=$1 heading=$2 have want number word text
	have=$(of_page "$page" "$heading")
	want=$(code_rows "$3")
	[[ -n $have && -n $want ]] || printf '%s: no exit codes under "%s", or none in %s\n' "$page" "$heading" "$CODES"
	cut -d: -f1 <<<"$have" | tr -s ' ' '\n' | grep . | sort -n | uniq -d | sed "s|^|$page: \"$heading\" has twice |"
	cut -d: -f1 <<<"$have" | tr -s ' ' '\n' | grep . | grep -vxFf <(
		printf '0\n'
		code_rows "$3" | cut -f1
		code_rows "${4-$3}" | cut -f1
	) |
		sed "s|^|$page: $CODES does not have what stands under \"$heading\": |"
	while IFS=$'\t' read -r number word text; do
		grep -E "^([0-9 ]* )?$number( [0-9 ]*)?:" <<<"$have" | plainly | grep -qiF -e "$(plainly <<<"$text")" ||
			printf '%s: %s (%s) under "%s" does not say "%s"\n' "$page" "$number" "$word" "$heading" "$text"
	done <<<"$want"
}

# Scripts that are called with a code, or ask for one, know no other.
codes_of_scripts() {
	local known
	known=$(for table in EXIT_CODES STATUS_CODES; do code_rows "$table"; done | cut -f1 | sort -u | tr '\n' '|')
	files 'packaging/needrestart/*' packaging/rpm/transaction 'sysv-init/*' 'openrc/*' 'ansible/*.py' 'debian/tests/*' |
		xargs -r -d '\n' grep -noE '\b1[5][0-9]\b' | grep -vE ":(${known%|})\$" | sed "s|\$|: no exit code of $CODES|"
}

# An exit code is written by its name. In commands/ a step returns 0 (it went well) or an exit code: no other number, and
# no truth value.
codes_by_name() {
	# shellcheck disable=SC2016 # it is awk's
	files 'systemd-helper/*.c' | xargs -r -d '\n' awk '
		function tell(what) { printf "%s:%d: %s for an exit code:%s\n", FILENAME, FNR, what, $0 }
		FNR == 1 {
			by_code = FILENAME ~ /\/commands\/|\/main\.c$|\/run_exit\.c$/
			returns = asks = 0
		}
		by_code && /^[a-z].*\(/ { is_int = /^(static )?int / }
		by_code && /^\t+return / { returns = 1 }
		returns && (/return [1-9][0-9]*;/ || /[?:] *[1-9][0-9]*( *:|;|$)/) { tell("a number") }
		returns && is_int && /^\t+return [^?(]*( (<|>|<=|>=|==|!=|&&|\|\|) )[^?]*;/ { tell("a truth value") }
		/;$/ { returns = 0 }
		by_code && /(^|[^a-z_])(code|exit_code|r) = [1-9][0-9]*;/ { tell("a number") }
		/\*ret_code = [1-9]/ || /exit_code (=|==|!=) [0-9]/ { tell("a number") }
		/problem_(add|set|distrust)\(/ { asks = 1 }
		asks && /problem_[a-z]*\([^,()]*, *[0-9]/ { tell("a number") }
		/;$|^}/ { asks = 0 }'
}

exit_codes() {
	{
		codes_by_name
		codes_of_page man/nginx-handover.8 'EXIT STATUS' EXIT_CODES
		codes_of_page man/nginx-handover.errors.7 'EXIT STATUS' EXIT_CODES
		codes_of_page man/nginx-handover.errors.7 'Of status' STATUS_CODES EXIT_CODES
		codes_of_scripts
		# What a table of the program may say in "verdict" is in the schema.
		for table in EXIT_CODES STATUS_CODES NEEDED_CODES DOCTOR_CODES; do code_rows "$table"; done | cut -f2 | sort -u |
			while IFS= read -r word; do
				grep -qE "\"verdict\": \{\"enum\": \[[^]]*\"$word\"" doc/events.schema.json ||
					printf 'doc/events.schema.json: has no verdict "%s"\n' "$word"
			done
	} | nothing
}
