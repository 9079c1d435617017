# The old master gets QUIT though it was to be held.
s/return a->hold_us ? decision_end(OUTCOME_HELD, FAULT_NONE)/return a->hold_us \&\& 0 ? decision_end(OUTCOME_HELD, FAULT_NONE)/
