# USR2 comes with the program of a run that was killed.
s/if (!acted(h, ACT_STEER) \&\& detaches(f, a, h, &d))/if (0)/
