# A master that does not come to an end with HUP is waited for as long as it takes.
/^static struct decision reload_sent/,/^}/s/return await_old_idle(.*/return decision_wait(h->now_us + 1);/
