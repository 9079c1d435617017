# The way back forgets that WINCH is on its way.
s/if (acted(h, ACT_WINCH) && !acted(h, ACT_HUP_OLD))/if (0)/
