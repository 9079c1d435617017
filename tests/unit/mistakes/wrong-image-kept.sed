# A new master that executes another file than was installed is taken for the new one.
s/if (f->wrong_image)/if (0)/
