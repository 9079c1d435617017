# A look that failed counts, as the one before it.
s/if (h->unseen_us)$/if (0)/
