# The old binary is not put back.
s/return decision_act(ACT_RESTORE_BINARY);/return decision_end(OUTCOME_UNDONE, FAULT_NONE);/
