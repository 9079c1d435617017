# The new generation is not watched when the old master has left by itself.
s/if (!acted(h, ACT_QUIT_OLD) && h->now_us < settled_by_us(a, h))/if (0)/
