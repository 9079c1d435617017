# QUIT goes to the old master as soon as the new generation serves alone.
s/sound_by = settled_by_us(f, a, h);/sound_by = h->phase_since_us;/
