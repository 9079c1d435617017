# In a stop the new master gets QUIT first.
/^	for (i = 0; i < STEPS/,/^	}/{
	s/if (f->old.alive \&\& !acted(h, steps\[i\].on_old))/if (f->new.alive \&\& !acted(h, steps[i].on_new))/
	t
	s/return decision_act(steps\[i\].on_old);/return decision_act(steps[i].on_NEW);/
	s/if (f->new.alive \&\& !acted(h, steps\[i\].on_new))/if (f->old.alive \&\& !acted(h, steps[i].on_old))/
	s/return decision_act(steps\[i\].on_new);/return decision_act(steps[i].on_old);/
	s/on_NEW/on_new/
}
