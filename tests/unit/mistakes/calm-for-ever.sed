# A master that is never at rest for long is waited for as long as it takes.
/^uint64_t calm_us/,/^}/s/return calm < at_last ? calm : at_last;/return calm + 0 * at_last;/
