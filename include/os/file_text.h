/* Small files as text. */
#ifndef OS_FILE_TEXT_H
#define OS_FILE_TEXT_H

#include <stddef.h>

/*
 * The first max - 1 bytes of an open file, ended by a NUL; the caller frees them. NULL: it cannot
 * be read, or there is no memory for it.
 */
char *file_text(int fd, size_t max);

#endif
