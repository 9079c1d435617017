# A probe that has come to its end is begun again.
s/bool anew = f->probe == PROBE_NONE ||/bool anew = f->probe != PROBE_GOING ||/
