# For tests/lint: what the pages of the manual must contain, and whether their references are right.
# shellcheck shell=bash

# lacking PAGE: reads patterns, and prints those that are not in the page
lacking() {
	local name
	while IFS= read -r name; do
		sed 's/\\-/-/g' "$1" | grep -qE -e "$name" || printf '%s lacks %s\n' "$1" "$name"
	done
}

# Every command is in nginx-handover(8), every option has a heading of its own in nginx-handover.conf(5), and
# nginx-handover(8) stays short and names all other pages.
manual_complete() {
	local page first=man/nginx-handover.8
	{
		sed -n 's/^\t[XALIS]*([A-Z_]*, "\([a-z-]*\)", .*/^\\.BR? \1$/p' include/commands/verbs.h | lacking "$first"
		sed -n 's/^\t{"\([a-z-]*\)", .*KIND_.*/^\\.B[IR]? .*--\1\\b/p' <(grep -v INTERNAL systemd-helper/commands/settings_table.c) |
			lacking man/nginx-handover.conf.5
		files 'man/*' | grep -vx "$first" | while IFS= read -r page; do
			page=${page#man/}
			printf '^\\.BR %s \\(%s\\)\n' "${page%.*}" "${page##*.}"
		done | lacking "$first"
		awk 'END { if (NR >= 300) print FILENAME " has " NR " lines" }' "$first"
	} | nothing
}

# References to another page are right: the page exists, and so does a heading that is named in capitals.
manual_references() {
	# shellcheck disable=SC2016 # it is awk that expands it
	files 'man/*' | xargs -r -d '\n' awk '
		{ gsub(/\\-/, "-") }
		/^\.SH / { sub(/^\.SH /, ""); gsub(/"/, ""); have[FILENAME, $0] = 1 }
		match($0, /nginx-handover[.a-z]* \([1-9]\)/) {
			page = substr($0, RSTART, RLENGTH - 3)
			sub(/ $/, "", page)
			to = "man/" page "." substr($0, RSTART + RLENGTH - 2, 1)
			if ((getline line <to) < 0)
				print FILENAME ": there is no " to
			close(to)
			if (before ~ /^in$/ && heading ~ /^\.B [A-Z][A-Z ,]+$/)
				want[FILENAME, to, substr(heading, 4)] = 1
		}
		{ heading = before; before = $0 }
		END {
			for (w in want) {
				split(w, part, SUBSEP)
				if (!((part[2], part[3]) in have))
					print part[1] ": " part[2] " has no " part[3]
			}
		}' | nothing
}
