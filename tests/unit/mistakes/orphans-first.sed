# Orphans of the old master are ended before the new generation is ready.
s/if (!f->new.accepting || !f->new.idle || f->new.starting)/if (0)/
