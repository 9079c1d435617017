# Finish trusts a new generation that may have had QUIT from a run before.
s/if (!acted(h, ACT_USR2) && h->now_us < h->phase_since_us + CALM_US)/if (0)/
