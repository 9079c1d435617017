/*
 * Children, by the kernel's list or, where it has none, by asking each process for its parent. To
 * ask thousands takes many times longer than all the rest of a look.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/children.h"
#include "os/clock.h"
#include "os/parents.h"
#include "os/process.h"
#include "os/procfs.h"

enum {
	FIRST_ROOM = 64,
	STEPS_MAX = 1024, /* to ask so many one by one is cheaper than to go through all */
	UNSEEN = 32       /* see search() */
};

static int add(struct children *c, pid_t pid)
{
	if (c->count == c->room) {
		size_t room = c->room ? 2 * c->room : FIRST_ROOM;
		pid_t *pids = realloc(c->pids, room * sizeof(*pids));

		if (!pids)
			return -ENOMEM;
		c->pids = pids;
		c->room = room;
	}
	c->pids[c->count++] = pid;
	return 0;
}

/* Room for some 1,000 children in the first read; a larger list is read again with more room. */
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
		r = add(c, (pid_t)child);
	}
	free(buf);
	return r;
}

struct asked {
	struct children *children;
	pid_t parent;
	struct parents kernel; /* asked first where all are gone through */
};

/* The kernel's word that it is another's child; where it cannot be asked, that is not told. */
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
	/* Who must not be looked at is not our master's child. */
	if (r < 0)
		return procfs_told_to_all(r);
	if (stat.parent != asked->parent)
		return 0;
	/* A thread has a number, too, and its process's parent. */
	r = procfs_is_process(pid);
	return r > 0 ? add(asked->children, pid) : r;
}

static int ask_all(struct children *c, pid_t parent, uint64_t now_us)
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

/* Most numbers are nobody's: the kernel says so at once, and /proc in three questions. */
static bool is_given(pid_t pid)
{
	return strcmp(procfs_root, "/proc") != 0 || process_not_shown(pid) != -ESRCH;
}

/* Who was a child is asked again, and all numbers that were given out after `from`. */
static int ask_new(struct children *c, pid_t parent, pid_t from, pid_t last_given)
{
	struct asked asked = {c, parent, PARENTS_NONE};
	size_t count = c->count;
	pid_t pid;
	size_t i;
	int r = 0;

	c->count = 0;
	for (i = 0; i < count && !r; i++) {
		if (c->pids[i] <= from || c->pids[i] > last_given)
			r = add_if_child(c->pids[i], &asked);
	}
	for (pid = from + 1; pid <= last_given && !r; pid++) {
		if (is_given(pid))
			r = add_if_child(pid, &asked);
	}
	return r;
}

/*
 * Who was started after us has children that were, too, and that have greater pids than it: where
 * that is not so, because the numbers have begun anew, the next search of all finds them.
 */
static pid_t knows_at_first(pid_t parent, const struct proc_stat *of_parent)
{
	struct proc_stat own;

	return procfs_stat(getpid(), &own) == 0 && of_parent->start_ticks > own.start_ticks ? parent
											    : 0;
}

/*
 * A process has its number before it can be seen: the last that were given out before the last look
 * are asked for again.
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
		c->last_given = knows_at_first(parent, &stat);
		c->search_us = now_us + CHILDREN_SEARCH_US;
	}
	if (c->last_given > 0 && now_us < c->search_us && last >= c->last_given &&
	    last - c->last_given <= STEPS_MAX)
		r = ask_new(c, parent, c->last_given > UNSEEN ? c->last_given - UNSEEN : 0, last);
	else
		r = ask_all(c, parent, now_us);
	/* After a search that failed all are gone through: some of those that were known are lost.
	 */
	c->last_given = r < 0 ? 0 : last;
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
