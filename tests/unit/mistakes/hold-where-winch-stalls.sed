# The old master is held though sockets are left to nobody.
s/if (a->hold_us && skips_winch(f, h))/if (0)/
s/if (stalls && a->hold_us)/if (0)/
