# The new generation is not watched when the old master has left by itself.
s/if (!acted(h, ACT_QUIT_OLD) && h->now_us < h->phase_since_us + a->settle_us)/if (0)/
