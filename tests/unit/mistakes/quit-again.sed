# QUIT goes to the new master for as long as it has workers.
s/if (!quit_us)/if (f->new.accepting)/
