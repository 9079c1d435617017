# The pid file is put back while the new master may still come up.
s/if (f->old.idle && !f->old.starting && !acted(h, ACT_RESTORE_PID_FILE))/if (!acted(h, ACT_RESTORE_PID_FILE))/
