/*
 * Standard output and standard error, which never block, and are left as they were inherited. They
 * open themselves.
 */
#ifndef UI_STREAM_H
#define UI_STREAM_H

#include <stddef.h>

#include "ui/outlet.h"

/* Both are one where they lead to the same place, so that their lines stay in order. */
struct outlet *stream_output(void);
struct outlet *stream_error(void);

void stream_print(struct outlet *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
