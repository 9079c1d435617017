#!/usr/bin/env bats
# Installing a binary with every system call refused: a failure changes nothing, and the next run cleans up. The other
# cases share most calls with the plain install, so only every sixth of their calls is tried, each case beginning with
# another one, unless NH_EVERY_CALL=1 is in the environment.
# shellcheck disable=SC2154

load lib/common
load lib/install
load lib/install_faults

setup() { install_faults_setup; }
teardown() { install_teardown; }

refused_everywhere() {
	local setup=case_$1 error=$2 call n list before status output but='' count=0 failed=0
	local first=${3-}
	# A backup with the same bytes may have become a hard link to the file.
	[ "$1" != same_bytes_saved ] || but=nginx.1.18.0
	$setup
	list=$(calls "$first")
	while read -r call n; do
		echo "refused at $call $n"
		$setup
		before=$(snapshot "$but")
		status=0
		struck "$call" "$n" "error=$error" 8<&8 >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
		output=$(<"$BATS_TEST_TMPDIR/said")
		look
		if [ "$status" = 0 ]; then
			target_is "$new" || fail "$call $n: says it is done, and it is not"
			[ "$call" = unlinkat ] || ! compgen -G "$dir/.nginx-*" || fail "$call $n: leaves a temporary file"
		elif [[ "$1 $call" =~ ^(target_deleted|no_links)' fsync'$ ]] && target_is a; then
			old=a # could not be synced after the change: what runs stands there again, or a copy of it
		elif [[ $1 == restore* && $call == fsync ]] && target_is a; then
			: # done, but not certain to last
		else
			failed=$((failed + 1))
			[ "$status" = 1 ] || fail "$call $n: exit status $status: $output"
			[[ $output == 'cannot '*': '* ]] || fail "$call $n: no message: $output"
			[ "$(snapshot "$but")" = "$before" ] || fail "$call $n ($output): before: $before now: $(snapshot "$but")"
		fi
		nothing_half
		heals
		count=$((count + 1))
	done <<<"$list"
	echo "# $1: $count calls refused with $error, $failed of them a failure" >&3
	[ "$failed" -gt 0 ] || fail 'no failures: is the trace right?'
}

@test "install: every system call refused" {
	refused_everywhere install EIO
	refused_everywhere install EPERM 1
}
@test "install, another build has the backup's name: every system call refused" { refused_everywhere other_build_saved EIO 0; }
@test "install, the same bytes are saved already: every system call refused" { refused_everywhere same_bytes_saved EIO 1; }
@test "install, no hard links: every system call refused" { refused_everywhere no_links EIO 2; }
@test "install, the target was deleted: every system call refused" { refused_everywhere target_deleted EIO 4; }
@test "saving what runs: every system call refused" { refused_everywhere save EDQUOT 1; }
@test "restore: every system call refused" { refused_everywhere restore EIO 3; }
@test "restore, no backup: every system call refused" { refused_everywhere restore_without_backup EROFS 5; }
