# The first look that fails is the end.
s/return wait_or(h, until_us,$/return wait_or(h, 0,/
