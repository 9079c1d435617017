# What was refused once is given up.
s/^	if (turns || spared || h->refused_lastingly || a->start_timeout_us < LEAVE_GRACE_US)/	if (h->now_us)\n		return 0;\n&/
