# The program stays attached after the end.
s/return heals(f, a, h, ret) || detaches(f, a, h, ret);/return heals(f, a, h, ret);/
