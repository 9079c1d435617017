# What has no effect is done again and again.
s/!alone || acted_in_phase(h, ACT_HEAL)/!alone/
