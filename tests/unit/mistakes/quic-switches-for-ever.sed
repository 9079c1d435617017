# A switch without effect is made again and again.
s/f->switched || acted_in_phase(h, ACT_SWITCH)/f->switched/
