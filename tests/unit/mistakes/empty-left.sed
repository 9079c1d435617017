# A master without workers is left so when there is nothing to finish.
s/if (!f->old.accepting \&\& !f->old.starting)/if (0)/; s/^	if (!f->old.accepting)$/	if (0)/
