# The new generation is ended before the old one has its workers back.
/^static struct decision back_shifted/,/^}/s/return decision_act(ACT_HUP_OLD);/return end_new(f, a, h);/
