/* Makes text from outside safe to print, and safe to put into JSON. Pure: no system calls. */
#ifndef UI_ESCAPE_H
#define UI_ESCAPE_H

#include <stddef.h>

/*
 * Replaces each byte that is no printable character by "\xNN": control characters and what is not
 * valid UTF-8. Truncated to fit. Returns ret.
 */
const char *say_escape(const char *text, char *ret, size_t size);

/*
 * Text as a JSON string, with its quotes. What say_escape() would replace becomes "\u00NN", and so
 * do quotes and backslashes. Truncated to fit, and always well-formed. size: at least 3. Returns
 * ret.
 */
const char *json_quote(const char *text, char *ret, size_t size);

/*
 * Removes each "/proc/self/fd/N" before a '/'. We reach the files of a process with another root
 * folder through a descriptor of ours: "/proc/self/fd/7/etc/nginx.conf". People want to see the
 * path as that process has it, "/etc/nginx.conf". Truncated to fit. Returns ret.
 */
const char *show_paths(const char *text, char *ret, size_t size);

#endif
