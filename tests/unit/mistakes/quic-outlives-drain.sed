# ... or are still led when it has gone.
s/ && (f->old.alive || f->old.orphans)//
