/* Text from outside, made harmless. Pure. */
#ifndef UI_ESCAPE_H
#define UI_ESCAPE_H

#include <stddef.h>

/* See say_escape() in ui/say.h; it is the same function. */
const char *say_escape(const char *text, char *ret, size_t size);

/* A JSON string with its quotes; cut to fit, always well-formed. size is at least 3. Returns ret.
 */
const char *json_quote(const char *text, char *ret, size_t size);

/*
 * A path of a process with another root is reached from here by a descriptor of ours,
 * "/proc/self/fd/7/etc/nginx.conf", which means nothing to anybody else, and less when we have
 * ended: what is shown is the path as that process has it. Cut to fit. Returns ret.
 */
const char *show_paths(const char *text, char *ret, size_t size);

#endif
