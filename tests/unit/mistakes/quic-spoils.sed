# A handover is undone because something for HTTP/3 alone was refused.
s/return is_for_http3(action) ||/return/
