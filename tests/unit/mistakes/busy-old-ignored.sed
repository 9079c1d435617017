# What a master has been sent and not yet handled is forgotten, on both ways.
s/if (!f->old.idle)/if (0)/
