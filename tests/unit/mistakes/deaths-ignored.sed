# Workers of the new generation that die are not seen.
s/if (f->new.deaths)/if (0)/
