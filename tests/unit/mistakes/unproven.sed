# One worker that accepts is taken for a generation that is ready.
s/ready = f->new.accepting && f->new.idle && !f->new.starting;/ready = f->new.accepting;/
