# Sockets are taken out of use while old workers may have clients at them.
s/!a->heal || !f->unread || !alone || acted_in_phase(h, ACT_HEAL)/!a->heal || !f->unread || (!alone \&\& !f) || acted_in_phase(h, ACT_HEAL)/
