# A run that begins after QUIT does not see it.
s/if (f->closing || acted(h, ACT_QUIT_OLD))/if (acted(h, ACT_QUIT_OLD))/
