# One worker that accepts is taken for a generation that is ready.
s/return f->new.accepting && f->new.idle && !f->new.starting ?/return f->new.accepting ?/
