/* A search through /proc for masters. */
#include <stdlib.h>
#include <string.h>

#include "core/search.h"
#include "nginx/master.h"
#include "os/procfs.h"

/* The pid in its own, innermost namespace: the last of the NSpid line. */
static pid_t innermost_pid(pid_t pid)
{
	char buf[4096];
	const char *p;
	char *end;
	long last = 0;

	if (procfs_read(pid, "status", buf, sizeof(buf)) < 0)
		return 0;
	p = strstr(buf, "\nNSpid:\t");
	if (!p)
		return 0;
	for (p += strlen("\nNSpid:\t"); *p && *p != '\n'; p = end) {
		last = strtol(p, &end, 10);
		if (end == p)
			break;
		end += strspn(end, "\t ");
	}
	return (pid_t)last;
}

static int consider(pid_t pid, void *arg)
{
	struct search *s = arg;
	char cmdline[TITLE_MAX];
	struct master m;

	if (procfs_read(pid, "cmdline", cmdline, sizeof(cmdline)) <= 0 ||
	    title_classify(cmdline) != TITLE_MASTER || master_look(pid, &m) != MASTER_OK)
		return 0;
	if (m.other_pid_namespace) {
		if (s->wanted && innermost_pid(pid) == s->wanted)
			s->in_container = pid;
	} else if (s->count < SEARCH_MAX) {
		s->masters[s->count++] = pid;
	}
	master_close(&m);
	return 0;
}

int search_masters(struct search *ret)
{
	ret->count = 0;
	ret->in_container = 0;
	return procfs_each(consider, ret);
}
