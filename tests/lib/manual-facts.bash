# For tests/lint: what the manual says of options, files and lists is what the source has.
# shellcheck shell=bash

# setting_facts: a line "NAME<TAB>DEFAULT<TAB>VERBS<TAB>HELP" for each option; DEFAULT is "-" if settings_defaults() sets
# none, and a setting that is off is "no" or "0s".
setting_facts() {
	perl -0777 -ne '
		while (/^\ts->(\w+) = (?:"([^"]*)"|(\d+)u \* USEC_PER_SEC);/gm) { $default{$1} = $2 // "$3s" }
		while (/^\t\{"([a-z-]+)", [^,]+, (\w+), ([^,]+), ([^,]+), AT\((\w+)\),\s+[^,]+,\s+(?:"([^"]*)"|NULL)\},/gm) {
			my ($name, $kind, $where, $verbs, $field, $help) = ($1, $2, $3, $4, $5, $6 // "");
			next if $where =~ /INTERNAL/;
			my $value = $default{$field} // ($where !~ /ANYWHERE/ ? "-" : $kind eq "KIND_TIME" ? "0s" : $kind eq "KIND_SWITCH" ? "no" : "-");
			print join("\t", $name, $value, $verbs, $help), "\n";
		}' systemd-helper/commands/settings_table.c
}

# page_defaults PAGE: "PAGE<TAB>NAME<TAB>DEFAULT" for each option of the page that says one
page_defaults() {
	sed 's/\\-/-/g; s/\\f[BIRP]//g' "$1" | awk -v page="$1" '
		/^\.(TP|SS|SH)/ { name = ""; heading = 1; next }
		heading { heading = 0; if (match($0, /--[a-z][a-z-]+/)) name = substr($0, RSTART + 2, RLENGTH - 2); next }
		name != "" && sub(/^Default: /, "") { sub(/ plus .*/, ""); sub(/[.,]$/, ""); print page "\t" name "\t" $0; name = "" }'
}

# The defaults in the manual, in --help and in the file of settings are those of settings_defaults(). In
# nginx-handover.conf(5) each option with a default says it.
defaults_named() {
	local page=man/nginx-handover.conf.5 settings=sysv-init/nginx.sysconfig
	{
		setting_facts | cut -f1,2 | sed 's/^/source\t/'
		page_defaults "$page"
		page_defaults man/nginx-handover.8
		setting_facts | sed -nE 's/^([a-z-]+)\t.*\(([^():,]+)[^()]*\)$/--help\t\1\t\2/p'
		perl -ne 'if (/^#([A-Z_]+)=([^ \/]*)$/) { $name = lc $1; $name =~ tr/_/-/; print "$ARGV\t$name\t$2\n" }' "$settings"
	} | perl -F'\t' -lane '
		sub plain {
			my ($t) = @_;
			return $t unless my @p = $t =~ /^(?=\d)(?:(\d+)min)? ?(?:(\d+)s?)?$/;
			return (($p[0] // 0) * 60 + ($p[1] // 0)) . "s";
		}
		my ($where, $name, $value) = ($F[0], $F[1], plain($F[2]));
		if ($where eq "source") { $default{$name} = $value; $rows++; next }
		$said{$name} = 1 if $where eq "'"$page"'";
		my $is = $default{$name} // "-";
		print "$where: the default of --$name is $is, not $F[2]" if $is ne "-" && $is ne $value;
		END {
			print "too few rows were read from settings_table.c" if $rows < 40;
			$default{$_} eq "-" || $said{$_} || print "'"$page"': does not say the default of --$_" for sort keys %default;
		}' | nothing
}

# Under "Of VERB only" in nginx-handover.conf(5) stand the options of that verb alone; an option that a few verbs have
# stands under the first of them, and names the others.
verbs_of_options() {
	local page=man/nginx-handover.conf.5
	sed 's/\\-/-/g; s/\\f[BIRP]//g' "$page" | awk '
		/^\.S[SH] / { verb = ""; if (match($0, /Of [a-z-]+ only/)) verb = substr($0, RSTART + 3, RLENGTH - 8) }
		/^\.(TP|SS|SH)/ { name = ""; heading = /^\.TP/; next }
		heading { heading = 0; if (match($0, /--[a-z][a-z-]+/)) { name = substr($0, RSTART + 2, RLENGTH - 2); print name, verb } next }
		name != "" && /^Also for$/ { getline; gsub(/^\.[A-Z]+ |[",.]/, ""); gsub(/ and /, " "); print name, $0 }' |
		awk '{ for (i = 2; i <= NF; i++) print $1 "\t" $i }' | sort >"$1/page"
	setting_facts | awk -F '\t' '{ n = split($3, verbs, / *\| */)
		for (i = 1; i <= n; i++) { v = tolower(verbs[i]); sub(/^verb_/, "", v); gsub(/_/, "-", v); if (v != "all" && v != "drives") print $1 "\t" v } }' | sort >"$1/source"
	comm -23 "$1/page" "$1/source" | sed "s|\t| is no option of |; s|^|$page: --|"
	comm -13 "$1/page" "$1/source" | sed "s|\t| does not stand under, or does not name, |; s|^|$page: --|"
}

options_in_place() {
	local work
	work=$(mktemp -d)
	verbs_of_options "$work" | nothing
	local r=$?
	rm -r "$work"
	return $r
}

# page_words PAGE FROM TO: the words between these two lines, without macros and fonts
page_words() {
	sed 's/\\-/-/g; s/\\f[BIRP]//g' "$1" | sed -n "/$2/,/$3/p" | sed '1d; $d; s/^\.[A-Z]* //; s/[",]//g; s/\.$//' | tr -s ' ' '\n' | grep .
}

# The lists of the manual that the source has, too: the places in which nginx is looked for, and the metrics.
lists_named() {
	{
		diff <(sed -n '/^static const char \*const usual_places/,/^}/s/^\t"\(.*\)",/\1/p' systemd-helper/nginx/flavour.c) \
			<(page_words man/nginx-handover.service.7 '^The usual places:' '^\.SH') ||
			echo 'man/nginx-handover.service.7: the usual places are not those of systemd-helper/nginx/flavour.c'
		diff <(sed -nE 's/^\t*(gauge|head)\(w, "([a-z_]+)".*/\2/p' systemd-helper/core/metrics.c | sort) \
			<(sed -n '/^\.TS/,/^\.TE/s/^\([a-z_]*\)\({[a-z]*}\)\{0,1\}|.*/\1/p' man/nginx-handover.monitoring.7 | sort) ||
			echo 'man/nginx-handover.monitoring.7: the metrics are not those of systemd-helper/core/metrics.c'
	} | nothing
}

# Paths that no source has in one piece: a file that kept_file_create() makes, another program's, an example.
NOT_IN_SOURCE='/run/nginx-handover/trace|/etc/needrestart/conf.d|/var/run/nginx-blue.pid'

# A path of the system that a page names is known to the source, to a script, or to what is installed. What stands for
# something in it, in capitals, ends what is compared.
paths_named() {
	local work
	work=$(mktemp -d)
	files 'man/*' | xargs -r -d '\n' grep -oE '(^|[^[:alnum:]_./-])/(run|var|etc|tmp|usr/(sbin|lib|libexec))/[][:alnum:]_./@\\-]+' |
		sed -E 's/\\f.*//; s/\\-/-/g; s/:[^/]*/:/; s/[A-Z]{3}.*//; s/[./\\-]*$//' | grep -vE ":($NOT_IN_SOURCE)\$" | sort -u >"$work/named"
	files 'systemd-helper/*' 'include/*' 'packaging/*' 'units/*' 'sysv-init/*' 'openrc/*' 'debian/*' 'tests/*.bats' 'tests/*.bash' |
		xargs -r -d '\n' grep -hoF -f <(cut -d: -f2 "$work/named" | sort -u) | sort -u >"$work/known"
	# The longest is found where one begins like another.
	awk -F: 'NR == FNR { known[$0]; next } { for (k in known) if (index(k, $2) == 1) next; print $1 ": nothing in the source knows " $2 }' \
		"$work/known" "$work/named" | nothing
	local r=$?
	rm -r "$work"
	return $r
}

# A "make TARGET" that a text names can be made. (Words after "make" in a sentence are no targets.)
targets_named() {
	local known file
	known=$(files 'Makefile' '*.mk' | xargs -r -d '\n' sed -nE 's/^([a-z][a-z -]*):([^=]|$).*/\1/p' | tr ' ' '\n' | sort -u)
	texts | while IFS= read -r file; do
		sed 's/\\-/-/g; s/\\f[BIRP]//g' "$file" | grep -oE '(`|^    |&& |^\.BR? "?|\bB)make [a-z][a-z-]+' | sed 's/.*make //' | sort -u |
			grep -vxFf <(printf '%s\n' "$known") | sed "s|.*|$file: there is no \"make &\"|"
	done | nothing
}

# The tables of commands in both READMEs have every verb that the help has.
verbs_named() {
	local file verb
	for file in README.md README.zh-CN.md; do
		sed -n '/^static const struct verb verbs/,/^};/p' systemd-helper/main.c | tr -d '\n' |
			grep -oE '\{"[a-z-]+", VERB_[^}]*\}' | grep -v ' NULL}' | sed 's/{"\([a-z-]*\)".*/\1/' |
			while IFS= read -r verb; do
				grep -qE "^\\| .*\`${verb}[\` ]" "$file" || printf '%s: the table lacks %s\n' "$file" "$verb"
			done
	done | nothing
}
