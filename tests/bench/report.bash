# The report of tests/bench/run: from the lines of $DATA a table, and a plot.
#
#	PART VALUE ACTOR took TURN MICROSECONDS
#	PART VALUE ACTOR requests FAILED ALL
#	PART VALUE helper cost CPU-MICROSECONDS PEAK-KB WAKE-UPS
#	drain SECONDS helper woke WAKE-UPS CPU-MICROSECONDS
# shellcheck shell=bash disable=SC2154 # DATA and TARGET are of tests/bench/run

# On which machine, with what.
report_machine() {
	local cpu
	cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
	printf '%s, of %s with nginx %s, on %s\n' "$("$HANDOVER" --version)" "$(date +%F)" \
		"$("$TARGET" -v 2>&1 | sed 's,.*/,,')" "$(nproc) x ${cpu:-a processor without a name}"
	printf 'Linux %s, %s, %d MB of memory\n' "$(uname -r)" "$(. /etc/os-release && echo "$PRETTY_NAME")" \
		$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) / 1024))
}

report_title() {
	case $1 in
	workers) echo 'By workers' ;;
	connections) echo 'By idle connections, 2 workers' ;;
	servers) echo 'By server blocks, 2 workers' ;;
	processes) echo 'By other processes on the machine, 2 workers' ;;
	instances) echo 'By instances of 2 workers, all at once: until the last is done. Floors spin, and so are in each other'"'"'s way' ;;
	drain) echo 'While an old generation drains' ;;
	esac
}

# report_rows PART: a line for each value: medians in ms, and the ratios of the pairs to the floor (median, least, greatest)
report_rows() {
	awk -v part="$1" '
		function sort(a, n,   i, j, t) {
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
		}
		function take(value, actor, ratio,   i, n) {
			n = 0
			delete list
			for (i = 0; i < turns[value]; i++)
				if ((value, actor, i) in took)
					list[++n] = took[value, actor, i] / (ratio ? took[value, "floor", i] : 1000)
			sort(list, n)
			return n
		}
		function ms(value, actor,   n) {
			n = take(value, actor, 0)
			return n ? sprintf("%.1f", list[int((n + 1) / 2)]) : "-"
		}
		function ratio(value, actor,   n) {
			n = take(value, actor, 1)
			return n ? sprintf("%.2f (%.2f-%.2f)", list[int((n + 1) / 2)], list[1], list[n]) : "-"
		}
		function failed(value, actor) {
			return (value, actor) in requests ? requests[value, actor] : "-"
		}
		$1 != part { next }
		!($2 in turns) { order[++count] = $2; turns[$2] = 0 }
		$4 == "took" { took[$2, $3, $5] = $6; if ($5 + 1 > turns[$2]) turns[$2] = $5 + 1 }
		$4 == "requests" { requests[$2, $3] = $5 " of " $6; loaded = 1 }
		$4 == "cost" { cost[$2] = sprintf("%.1f ms, %.1f MB, %d", $5 / 1000, $6 / 1024, $7); costs = 1 }
		$4 == "probe" { cost[$2] = cost[$2] sprintf("; %.1f ms", $5 / 1000) }
		END {
			printf "%9s %9s %9s %-18s %9s %-18s %9s  %s\n", "", "floor", "helper", "  ratio", "2.6.32", "  ratio",
				"script", costs ? "helper: CPU, memory, wake-ups; built-in probe" : ""
			for (i = 1; i <= count; i++) {
				v = order[i]
				printf "%9s %9s %9s   %-16s %9s   %-16s %9s  %s\n", v, ms(v, "floor"), ms(v, "helper"), ratio(v, "helper"),
					ms(v, "2.6.32"), ratio(v, "2.6.32"), ms(v, "script"), cost[v]
			}
			if (!loaded)
				exit
			printf "\n%9s requests that failed, under load\n", ""
			for (i = 1; i <= count; i++) {
				v = order[i]
				printf "%9s floor %s, helper %s, 2.6.32 %s, script %s\n", v, failed(v, "floor"), failed(v, "helper"),
					failed(v, "2.6.32"), failed(v, "script")
			}
		}' "$DATA" | sed 's/ *$//'
}

# report_table PART...
report_table() {
	local part
	echo 'What a handover takes, in milliseconds: medians, and the ratio to the floor of the same turn (least to greatest).'
	echo 'floor: nginx alone, driven by a loop that spins. 2.6.32: as if on that kernel. script: of the package of this machine.'
	echo
	report_machine
	for part; do
		echo
		report_title "$part"
		if [[ $part == drain ]]; then
			awk '$1 == "drain" { printf "%9s seconds: the helper woke up %d times, and used %.1f ms of processor time\n", $2, $5, $6 / 1000 }' "$DATA"
		else
			report_rows "$part"
		fi
	done
}

# report_medians PART ACTOR: value and median in ms, a line each
report_medians() {
	awk -v part="$1" -v actor="$2" '$1 == part && $3 == actor && $4 == "took" { print $2, $6 / 1000 }' "$DATA" |
		sort -k1,1n -k2,2n | awk '
			$1 != value && n { print value, list[int((n + 1) / 2)]; n = 0 }
			{ value = $1; list[++n] = $2 }
			END { if (n) print value, list[int((n + 1) / 2)] }'
}

# report_plot PART...: SVG, a panel for each part
report_plot() {
	local part actor n=0 panels=()
	for part; do
		[[ $part == drain ]] || panels+=("$part")
	done
	((${#panels[@]})) || return 0
	{
		echo "set terminal svg size 900,$((300 * (${#panels[@]} + 1) / 2)) font 'sans-serif,11' background '#ffffff'"
		echo "set multiplot layout $(((${#panels[@]} + 1) / 2)),2"
		echo 'set logscale y; set grid y; set key top left; set ylabel "ms"; set style data linespoints; set offsets 0.3,0.3,0,0'
		for part in "${panels[@]}"; do
			n=0
			for actor in floor helper 2.6.32 script; do
				echo "\$d$((n++)) << EOD"
				report_medians "$part" "$actor" | awk '{ print NR - 1, $0 }'
				echo EOD
			done
			echo "set title '$(report_title "$part" | sed 's/[:,].*//')'"
			# Values that are next to one another stand next to one another, whatever is between them.
			# shellcheck disable=SC2016 # gnuplot expands them
			echo 'plot $d0 using 1:3:xtic(2) title "floor", $d1 using 1:3 title "helper", $d2 using 1:3 title "as if on 2.6.32", $d3 using 1:3 title "script"'
		done
	} | gnuplot 2>"$BATS_TEST_TMPDIR/gnuplot" || fail "$(<"$BATS_TEST_TMPDIR/gnuplot")"
}
