/* Reads a title, but not while it is being written. */
#include <sched.h>
#include <stddef.h>

#include "nginx/flavour.h"
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

bool title_is_cut(pid_t pid, const struct title_arguments *a)
{
	static const char before[] = "nginx: master process ";
	char environment[256];
	ssize_t n;

	if (a->cut || a->flavour->numbered)
		return a->cut;
	n = procfs_read(pid, "environ", environment, sizeof(environment));
	/* Joined by blanks, the arguments are as long as before without the last NUL. nginx leaves
	 * the last two bytes of the room unused. */
	return n >= 0 && (size_t)n < sizeof(before);
}
