# Stop does not wait for a new master that is about to show.
s/if (new_may_be_lost(f, h) \&\& /if (0 \&\& new_may_be_lost(f, h) \&\& /
