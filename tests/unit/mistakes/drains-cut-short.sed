# A drain is ended with TERM though it was to be left alone.
s/a->drain_term ? decision_act(ACT_TERM_OLD)/true ? decision_act(ACT_TERM_OLD)/
