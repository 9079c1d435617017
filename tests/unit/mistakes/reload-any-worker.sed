# Any worker that accepts is taken for one with the new configuration.
s/if (f->old.fresh == f->old.accepting)/if (f->old.accepting)/
