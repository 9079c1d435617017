# ... or while the old generation drains alone, with nobody in charge.
s/(void)detaches(f, a, h, &d);/(void)h;/
