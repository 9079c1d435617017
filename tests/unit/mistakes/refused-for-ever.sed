# What is refused is tried again and again.
s/h->refused_us < h->refused_since_us + patience_us(&d, a, h))/h->refused_us + patience_us(\&d, a, h))/
