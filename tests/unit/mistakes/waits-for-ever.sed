# The deadline of a start moves on with the clock.
s/deadline = acted_or_began_us(h, ACT_USR2) + a->start_timeout_us;/deadline = h->now_us + a->start_timeout_us;/
