# For tests/lint: what is written for people is spelt right, and what it names is there.
# shellcheck shell=bash

# Other programs' options that our texts name: configure's, make's (BENCH=), ansible-playbook's, rpm's and dpkg's, apt's,
# certbot's, and those of the programs that packages call.
NOT_OURS='(add|add-dynamic)-module|with-.*|prefix|quick|check|diff|verify|only-upgrade|deploy-hook|processes|root|services'

# What codespell takes for mistakes, and is none: "bu" of "\fBuser", "te" of the header, "upto", which is a name, and
# words of tests.
SPELT_SO=bu,te,upto,nin,infinit

# Chinese, generated files and random input have no English words.
spelling() {
	files | grep -vE '^(tests/fuzz/corpus/|README.zh-CN.md|packaging/portable/package-lock.json)|\.svg$|_program\.c$' |
		xargs -r -d '\n' codespell -q 3 -L "$SPELT_SO"
}

texts() { files 'man/*' '*.md'; }

# The program's options, and of those the settings.
options() { sed -n 's/^\t{"\([a-z-]*\)", .*KIND_.*/\1/p' systemd-helper/commands/settings_table.c; }
settings() { sed -n '/ANYWHERE/s/^\t{"\([a-z-]*\)", .*/\1/p' systemd-helper/commands/settings_table.c | tr a-z- A-Z_; }

# An option that a text names is one of the program's; and each setting stands in the list of the manual and in the
# file that is installed, which have no others. (That each option is in the manual, manual_complete asks.)
options_named() {
	local file unknown
	{
		texts | while IFS= read -r file; do
			unknown=$(sed 's/\\-/-/g; s/\\f[BIRP]//g' "$file" | grep -oE '(^|[^[:alnum:]-])--[a-z][a-z-]+' | sed 's/^[^-]*--//' |
				sort -u | grep -vxFf <(options) | grep -vxE "$NOT_OURS")
			[[ -z $unknown ]] || printf '%s: the program has no --%s\n' "$file" "${unknown//$'\n'/, --}"
		done
		sed -n '/^\.SH SETTINGS/,/^\.fi/p' man/nginx-handover.conf.5 | setting_list man/nginx-handover.conf.5
		# shellcheck disable=SC2094 # it reads both
		setting_list sysv-init/nginx.sysconfig <sysv-init/nginx.sysconfig
	} | nothing
}

# setting_list FILE: lines NAME=, also behind a "#"
setting_list() {
	comm -3 <(grep -oE '^#?[A-Z_]+=' | tr -d '#=' | sort -u) <(settings | sort) |
		sed "s|^\t\(.*\)|$1: lacks \1=|; t; s|.*|$1: there is no setting &|"
}

# A link leads to a file of ours; so does what stands in backquotes and begins with one of our folders.
# shellcheck disable=SC2016 # those of Markdown
links() {
	local file to folders
	folders=$(files '*/*' | cut -d / -f 1 | sort -u | paste -sd '|')
	files '*.md' | while IFS= read -r file; do
		{
			grep -oE '\]\([^)#]+' "$file" | sed "s|^](||; /^https*:/d; s|^|${file%"${file##*/}"}|"
			grep -oE "\`($folders)/[[:alnum:]_./-]+\`" "$file" | tr -d '`'
		} | sort -u | while IFS= read -r to; do
			[[ -e $to || $to == *NAME* ]] || printf '%s: there is no %s\n' "$file" "$to"
		done
	done | nothing
}

# The figures are what their texts say.
figures() { doc/figure --check; }
