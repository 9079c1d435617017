/*
 * Children, by the kernel's list or, where it has none, by asking each process for its parent. With
 * thousands of processes that takes many times longer than all else in a look.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/children.h"
#include "os/clock.h"
#include "os/list.h"
#include "os/parents.h"
#include "os/process.h"
#include "os/procfs.h"

enum {
	NEW_MOST =
		1024, /* so many pids are faster to try one by one than to search all processes */
	UNSEEN = 32   /* see search() */
};

static int add_pid(struct children *c, pid_t pid)
{
	pid_t *pids = list_longer(c->pids, c->count, &c->room, sizeof(*pids));

	if (!pids)
		return -ENOMEM;
	c->pids = pids;
	c->pids[c->count++] = pid;
	return 0;
}

/* The first buffer has room for about 1,000 children; a longer list is read again into a larger. */
static int read_list(struct children *c, pid_t parent)
{
	char name[64];
	size_t size = 8192;
	ssize_t n;
	char *buf;
	char *p;
	char *end;
	int r = 0;

	(void)snprintf(name, sizeof(name), "task/%d/children", (int)parent);
	for (;;) {
		buf = malloc(size);
		if (!buf)
			return -ENOMEM;
		n = procfs_read(parent, name, buf, size);
		if (n >= 0 && (size_t)n < size - 1)
			break;
		free(buf);
		if (n < 0)
			return (int)n;
		size *= 4;
	}
	c->count = 0;
	for (p = buf; !r; p = end) {
		long child = strtol(p, &end, 10);

		if (end == p)
			break;
		r = add_pid(c, (pid_t)child);
	}
	free(buf);
	return r;
}

struct asked {
	struct children *children;
	pid_t parent;
	struct parents kernel; /* asked first in a search of all processes */
};

/* Whether the kernel says that it is the child of another process. False if it cannot be asked. */
static bool is_anothers(struct asked *asked, pid_t pid)
{
	pid_t parent = parents_ask(&asked->kernel, pid);

	return parent >= 0 && parent != asked->parent;
}

static int add_if_child(pid_t pid, void *arg)
{
	struct asked *asked = arg;
	struct proc_stat stat;
	int r;

	if (is_anothers(asked, pid))
		return 0;
	r = procfs_stat(pid, &stat);
	/* A process that we may not look at is no child of the master. */
	if (r < 0)
		return procfs_unless_gone_public(r);
	if (stat.parent != asked->parent)
		return 0;
	/* A thread has a number in /proc, too, with the parent of its process. */
	r = procfs_is_process(pid);
	return r > 0 ? add_pid(asked->children, pid) : r;
}

static int search_all(struct children *c, pid_t parent, uint64_t now_us)
{
	struct asked asked = {c, parent, PARENTS_NONE};
	uint64_t took_us;
	int r;

	c->count = 0;
	if (strcmp(procfs_root, "/proc") == 0)
		parents_open(&asked.kernel);
	r = procfs_each(add_if_child, &asked);
	parents_close(&asked.kernel);
	if (r < 0)
		return r;
	took_us = (clock_us() - now_us) * CHILDREN_SEARCH_COSTS;
	c->search_us = now_us + (took_us > CHILDREN_SEARCH_US ? took_us : CHILDREN_SEARCH_US);
	return 0;
}

/* Whether a process or thread has this pid. One call, where a read of /proc takes three. */
static bool pid_exists(pid_t pid)
{
	return strcmp(procfs_root, "/proc") != 0 || process_not_shown(pid) != -ESRCH;
}

/* Tries the children of the last look, and all pids that were assigned after `from`. */
static int search_new(struct children *c, pid_t parent, pid_t from, pid_t last_pid)
{
	struct asked asked = {c, parent, PARENTS_NONE};
	size_t count = c->count;
	pid_t pid;
	size_t i;
	int r = 0;

	c->count = 0;
	for (i = 0; i < count && !r; i++) {
		if (c->pids[i] <= from || c->pids[i] > last_pid)
			r = add_if_child(c->pids[i], &asked);
	}
	for (pid = from + 1; pid <= last_pid && !r; pid++) {
		if (pid_exists(pid))
			r = add_if_child(pid, &asked);
	}
	return r;
}

/*
 * After which pid the first search can begin; 0: it must search all. If the parent was started
 * after us, so were its children, and they have greater pids than it. (Unless pids have wrapped
 * around since: then the next search of all processes finds them.)
 */
static pid_t first_last_pid(pid_t parent, const struct proc_stat *of_parent)
{
	struct proc_stat own;

	return procfs_stat(getpid(), &own) == 0 && of_parent->start_ticks > own.start_ticks ? parent
											    : 0;
}

/*
 * A process gets its pid before it can be seen in /proc. So the last UNSEEN pids that were assigned
 * before the last look are tried again.
 */
static int search(struct children *c, pid_t parent)
{
	struct proc_stat stat;
	uint64_t now_us = clock_us();
	pid_t last = procfs_last_pid();
	int r = procfs_stat(parent, &stat);

	if (r < 0)
		return r;
	if (!c->search_us) {
		c->last_pid = first_last_pid(parent, &stat);
		c->search_us = now_us + CHILDREN_SEARCH_US;
	}
	if (c->last_pid > 0 && now_us < c->search_us && last >= c->last_pid &&
	    last - c->last_pid <= NEW_MOST)
		r = search_new(c, parent, c->last_pid > UNSEEN ? c->last_pid - UNSEEN : 0, last);
	else
		r = search_all(c, parent, now_us);
	/* A search that failed has lost some known children: the next one searches all. */
	c->last_pid = r < 0 ? 0 : last;
	return r;
}

int children_look(struct children *c, pid_t parent)
{
	int r = read_list(c, parent);

	return r == -ESRCH ? search(c, parent) : r;
}

void children_free(struct children *c)
{
	free(c->pids);
	memset(c, 0, sizeof(*c));
}
