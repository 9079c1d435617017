# The end does not mind sockets that nobody reads.
/^static struct decision forward_over/,/^}/s/leaves_clean(f, a, h, &d)/detaches(f, a, h, \&d)/
