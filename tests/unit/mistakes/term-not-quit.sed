# The new master gets TERM first, which up to 1.19.0 unlinks shared unix sockets.
s/return decision_act(ACT_QUIT_NEW);/return decision_act(acted(h, ACT_TERM_NEW) ? ACT_QUIT_NEW : ACT_TERM_NEW);/
