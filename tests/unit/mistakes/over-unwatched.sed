# The new generation is not watched when the old master has left by itself.
s/return h->now_us < settled_us || !is_proven(f, a);/return !is_proven(f, a);/
