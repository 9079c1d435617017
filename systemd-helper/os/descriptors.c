/* Raises the limit on open files, and restores it for children. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "os/descriptors.h"

/* The limits before they were raised. Like these, state of the whole process. */
static struct rlimit inherited;
static bool raised;

/* The lowest limit that leaves this number of descriptors free. */
static rlim_t limit_for(unsigned needed)
{
	unsigned unused = 0;
	int fd;

	for (fd = 0; unused < needed; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			unused++;
	}
	return (rlim_t)fd;
}

int descriptors_make_room(unsigned needed, unsigned *ret_limit, unsigned *ret_wanted)
{
	rlim_t wanted = limit_for(needed);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur >= wanted)
		return 0;
	inherited = limit;
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0) {
		raised = true;
		return 0;
	}
	*ret_limit = (unsigned)inherited.rlim_max;
	*ret_wanted = (unsigned)wanted;
	return -EMFILE;
}

void descriptors_restore_limit(void)
{
	if (raised)
		(void)setrlimit(RLIMIT_NOFILE, &inherited);
}
