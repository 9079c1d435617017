/* Reads a title, and not in the middle of its being written. */
#include <sched.h>

#include "nginx/title.h"
#include "os/procfs.h"

enum { READS_MAX = 50 };

ssize_t title_read(pid_t pid, char *buf, size_t size)
{
	const char *rest;
	unsigned i = 0;
	ssize_t n;

	do {
		if (i)
			(void)sched_yield();
		n = procfs_read(pid, "cmdline", buf, size);
	} while (n > 0 && flavour_of_title(buf, &rest) && !*rest && ++i < READS_MAX);
	return n;
}
