# The run ends in a hold before the new generation is proven.
s/return when_proven(f, a, h, quit_old(f, a, h));/return a->hold_us ? quit_old(f, a, h) : when_proven(f, a, h, quit_old(f, a, h));/
