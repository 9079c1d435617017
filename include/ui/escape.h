/* Text from outside, made harmless. Pure. */
#ifndef UI_ESCAPE_H
#define UI_ESCAPE_H

#include <stddef.h>

/* See say_escape() in ui/say.h; it is the same function. */
const char *say_escape(const char *text, char *ret, size_t size);

/* A JSON string with its quotes; cut to fit, always well-formed. size is at least 3. Returns ret.
 */
const char *json_quote(const char *text, char *ret, size_t size);

#endif
