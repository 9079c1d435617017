# QUIT does not wait for a probe that goes.
s/if (is_proven(f, a))/if (f->probe != PROBE_FAILED)/
