# A run turns back after QUIT.
s/return decision_end(OUTCOME_STUCK, FAULT_NEW_GONE);/return decision_turn(FAULT_NEW_GONE);/
