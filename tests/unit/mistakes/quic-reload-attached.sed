# A reload does not mind it.
s/if (f->steered \&\& leaves_clean(f, a, h, &d))/if (0)/
