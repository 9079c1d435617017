# HUP is judged before the master has dealt with it.
/^static struct decision reload_sent/,/^}/s/if (!f->old.idle)/if (0)/
