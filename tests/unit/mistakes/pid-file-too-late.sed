# The time to rename the pid file is counted from the begin of a long phase.
s/uint64_t since = h->steady_us;/uint64_t since = h->phase_since_us;/
