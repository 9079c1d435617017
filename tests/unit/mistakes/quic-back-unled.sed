# An undo ends the new generation while it gets all new clients.
/^static struct decision end_new/,/^}/s/if (leads_to_old(f, a, h, &d))/if (0)/
