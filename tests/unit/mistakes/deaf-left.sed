# A new master that ignores QUIT is left, with its workers told to leave.
s/^	if (acted(h, ACT_QUIT_NEW_WORKERS))$/	if (0)/
