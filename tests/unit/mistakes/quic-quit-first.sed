# A run that picks up a killed one sends QUIT while the old generation gets all new clients.
/^static struct decision forward_shifted/,/^}/s/if (leads_to_new(f, a, h, &d))/if (0)/
