# USR2 comes before the program.
s/return a->attach \&\& f->old.accepting \&\&/return 0 \&\&/
