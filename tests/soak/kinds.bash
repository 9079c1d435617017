# What may come of a handover to each kind of new binary. See make-broken for what they are.
# shellcheck shell=bash disable=SC2034 # all of it is for tests/soak/run

GOOD='1.18.0-plain 1.22.1-plain 1.22.1-options 1.26.3-plain'
KINDS=()
declare -A CODES=([good]=0) OPTIONS=() SERVES=()

# kind NAME "CODES" [serves] [OPTIONS...]     serves: it takes requests, and what it loses is its own
kind() {
	KINDS+=("$1")
	CODES[$1]=$2
	if [[ ${3-} == serves ]]; then
		SERVES[$1]=1
		OPTIONS[$1]=${*:4}
	else
		OPTIONS[$1]=${*:3}
	fi
}

# refused before any signal
kind wrong-arch 154
kind truncated 154
kind empty 154
kind not-executable 154
kind missing-library 154
kind refuses-configuration 6
# the first process does not become a master
kind exits-at-once 150
kind exits-0-at-once 150
kind forks-and-exits 150
kind dies-before-pid 150
kind dies-after-pid 150
kind hangs-before-pid 150 --start-timeout 1
kind hangs-before-loop 150 serves --start-timeout 1
# it does, and its pid file is wrong
kind no-pid-file 150
kind others-pid 150
# it dies with workers that go on
kind killed-after-fork 150 serves
kind dies-after-300ms 150 serves
# its workers
kind one-worker 150 serves
kind worker-crash-at-start 150
kind worker-exit2 150 --start-timeout 1
kind workers-hang-at-start 150 --start-timeout 1
kind worker-crash-at-request 150 serves
kind workers-die-after-600ms 150 serves
kind ignores-quit-workers-crash 150 serves --start-timeout 1
# The built-in probe finds it.
kind never-accepts 150 serves
# good ones
kind slow-start 0
kind very-slow-start 0
kind wrapper 0
kind launcher '0 150 154'
