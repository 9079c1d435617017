# QUIT goes to the old master as soon as the new generation serves alone.
s/sound_by = h->phase_since_us + a->settle_us;/sound_by = h->phase_since_us;/
