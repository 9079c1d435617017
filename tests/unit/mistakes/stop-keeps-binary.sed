# A stop leaves the binary at the path that was never proven.
/^struct decision decide_stop/,/^}/s/if (a->restore_binary \&\& .*/if (0)/
