/* Reads files that are searched as a whole. */
#include <stdlib.h>
#include <unistd.h>

#include "os/file_text.h"

char *file_text(int fd, size_t max)
{
	char *text = calloc(1, max);

	if (text && pread(fd, text, max - 1, 0) >= 0)
		return text;
	free(text);
	return NULL;
}
