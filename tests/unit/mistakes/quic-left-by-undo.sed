# Nor does the end of an undo.
/^static struct decision back_alone/,/^}/s/if (leaves_clean(f, a, h, &d))/if (detaches(f, a, h, \&d))/
