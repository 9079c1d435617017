# A probe that comes to no end is waited for.
s/return wait_or(h, probed_by_us(a, h), decision_turn(FAULT_PROBE));/return decision_wait(h->now_us + 1);/
