# The old workers are told to leave while they get all new clients.
/^static struct decision forward_both/,/^}/s/if (leads_to_new(f, a, h, &d))/if (0)/
