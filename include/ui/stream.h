/*
 * Standard output and standard error as outlets. Writing to them never blocks, and the inherited
 * descriptors are not changed. The first call opens them.
 */
#ifndef UI_STREAM_H
#define UI_STREAM_H

#include <stddef.h>

#include "ui/outlet.h"

/* Where both lead to the same place they are one outlet, so that their lines stay in order. */
struct outlet *stream_output(void);
struct outlet *stream_error(void);

/* Writes formatted text, without adding a newline. */
void stream_print(struct outlet *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
