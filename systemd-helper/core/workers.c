/*
 * A master's children, told apart by their titles. A freshly forked worker still has the title of
 * its master, and so has a new master: these two are told apart by what they execute, see
 * seems_new_master().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/facts.h"
#include "core/genuine.h"
#include "core/worker_list.h"
#include "core/workers.h"
#include "core/world.h"
#include "nginx/title.h"
#include "os/children.h"
#include "os/clock.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "trust/path.h"
#include "trust/subject.h"

#define CHECK_WORKERS_US 50000u

int generation_begin(struct generation *g, pid_t pid, const struct believed *b)
{
	struct subject subject;
	struct distrust why;
	int r = subject_look(pid, b, &subject, &why);

	if (r < 0)
		return r == -EBADMSG ? -EPERM : r;
	if (subject.uid != b->user) {
		subject_close(&subject);
		return -EPERM;
	}
	generation_end(g);
	g->subject = subject;
	return 0;
}

void generation_end(struct generation *g)
{
	subject_close(&g->subject);
	children_free(&g->children);
	free(g->workers);
	g->workers = NULL;
	g->count = 0;
	g->settled = false;
	g->had_hup = false;
	g->complete = g->renewed = g->missed = false;
	g->came = g->went = g->died_since = g->set = g->unchanged = 0;
	g->looked_us = 0;
}

/*
 * Whether the child has executed something: an exec gives a process another file, or at least
 * another stack. What the parent executes is read now, since a wrapper script may become nginx
 * between two looks. An address that is hidden tells nothing: a child that ends loses its memory
 * first, and is still there for a moment (Linux: do_task_stat). 1, 0, or -errno.
 */
static int executes_anew(pid_t child, const struct generation *parent)
{
	pid_t pid = parent->subject.process.pid;
	struct file_id of_child;
	struct file_id of_parent;
	struct proc_stat stat_child;
	struct proc_stat stat_parent;
	int r = procfs_file_id(child, "exe", &of_child);

	if (!r)
		r = procfs_file_id(pid, "exe", &of_parent);
	if (!r && !file_id_equal(&of_child, &of_parent))
		return 1;
	if (!r)
		r = procfs_stat(child, &stat_child);
	if (!r)
		r = procfs_stat(pid, &stat_parent);
	if (r < 0)
		return procfs_unless_gone(r);
	return stat_child.start_stack && stat_parent.start_stack &&
	       stat_child.start_stack != stat_parent.start_stack;
}

/*
 * Before it sets its title a new master shows the arguments that it was executed with, and has the
 * inherited sockets in its environment; the title overwrites both. Other children of a master (the
 * log pipes of Tengine, for example) pass neither test. Anybody can make a process look like this,
 * so it only tells where to look. 1, 0, or -errno.
 */
static int seems_new_master(pid_t child, const char *cmdline, const struct generation *parent,
			    pid_t named)
{
	/* Without address space randomisation only the pid file tells them apart. */
	if (title_classify(cmdline) == TITLE_MASTER)
		return child == named ? 1 : executes_anew(child, parent);
	return title_classify(cmdline) == TITLE_OTHER ? has_inherited_listeners(child) : 0;
}

static void note_intruder(struct world *w, pid_t child)
{
	struct proc_status status;
	char image[sizeof(w->intruder.image)];

	/* One that has ended meanwhile is nobody to be warned of. */
	if (w->intruder.pid == child || procfs_status(child, &status) < 0 ||
	    procfs_link(child, "exe", image, sizeof(image)) < 0)
		return;
	w->intruder.pid = child;
	w->intruder.uid = status.uids[ID_EFFECTIVE];
	(void)snprintf(w->intruder.image, sizeof(w->intruder.image), "%s", image);
}

enum child_kind {
	CHILD_WORKER,
	CHILD_NEW_MASTER,
	CHILD_INTRUDER,
	CHILD_ELSE,   /* of no generation: a program for the log, for example */
	CHILD_UNKNOWN /* it is ending or executing something: the next look shows it */
};

/* A child that executes something as another user than the master's is an intruder. */
static int by_user(const struct world *w, pid_t child, enum child_kind same)
{
	int is = subject_is_user(child, w->believed.user);

	if (is < 0)
		return procfs_unless_gone(is) < 0 ? is : CHILD_UNKNOWN;
	return is ? (int)same : CHILD_INTRUDER;
}

/*
 * A new master has its parent's user, in all four ids and at its exec. No worker of a root master
 * can get that, whatever it executes, calls itself, or has for a parent. (Where all of nginx runs
 * as one user, that user can deceive us about his own nginx, but not about anything else.) Which
 * file it executes is compared in observe.c: another file under the right user is a new master, but
 * the wrong one. Returns an enum child_kind, or -errno.
 */
static int kind_of(const struct world *w, const struct generation *g, pid_t child,
		   const char *cmdline, pid_t named, bool known)
{
	enum title title = title_classify(cmdline);
	int seems;

	if (title != TITLE_MASTER && title != TITLE_OTHER)
		return CHILD_WORKER;
	seems = seems_new_master(child, cmdline, g, named);
	if (seems < 0)
		return seems;
	if (seems)
		return by_user(w, child, CHILD_NEW_MASTER);
	if (title == TITLE_MASTER)
		return CHILD_WORKER; /* forked, without its own title yet */
	return known ? by_user(w, child, CHILD_ELSE) : (int)CHILD_ELSE;
}

static int look_at_child(struct world *w, struct generation *g, pid_t child, pid_t named,
			 pid_t *ret_newcomer)
{
	char cmdline[TITLE_MAX];
	struct worker *worker = list_find(g, child);
	ssize_t n = title_read(child, cmdline, sizeof(cmdline));
	int kind;
	int r;

	/* Empty: a zombie, or an exec is going on. */
	if (n <= 0)
		return n == -ESRCH ? 0 : (int)n;
	kind = kind_of(w, g, child, cmdline, named, worker != NULL);
	if (kind < 0 || kind == CHILD_UNKNOWN)
		return kind < 0 ? kind : 0;
	if (kind == CHILD_NEW_MASTER || kind == CHILD_ELSE) {
		if (worker)
			list_drop(g, worker);
		if (kind == CHILD_NEW_MASTER && ret_newcomer)
			*ret_newcomer = child;
		return 0;
	}
	r = list_take(g, child, &worker);
	if (r < 0 || !worker)
		return r;
	if (kind == CHILD_WORKER && (!worker->checked || worker->intruder || g->check_workers)) {
		r = title_classify(cmdline) == TITLE_MASTER ? 0 : executes_anew(child, g);
		if (r < 0)
			return r;
		worker->checked = title_classify(cmdline) != TITLE_MASTER;
		if (r)
			kind = CHILD_INTRUDER;
		worker->intruder = false;
	}
	if (kind == CHILD_INTRUDER && subject_is_user(child, w->believed.user) == 0)
		note_intruder(w, child);
	list_set_title(g, worker, title_classify(cmdline));
	worker->intruder = worker->intruder || kind == CHILD_INTRUDER;
	worker->seen = true;
	return 0;
}

/*
 * A worker may have any title and have become something else. To check that takes two more reads
 * for each worker: it is done when a worker is first seen, and then from time to time.
 */
static void choose_check(struct generation *g)
{
	uint64_t now_us = clock_us();

	g->gap_us = g->looked_us ? now_us - g->looked_us : 0;
	g->looked_us = now_us;
	g->check_workers = now_us - g->checked_us >= CHECK_WORKERS_US;
	if (g->check_workers)
		g->checked_us = now_us;
}

int workers_look(struct world *w, struct generation *g, struct generation_facts *ret,
		 pid_t other_master, pid_t named, pid_t *ret_newcomer)
{
	const struct children *children = &g->children;
	size_t i;
	int r = 0;

	for (i = 0; i < g->count; i++)
		g->workers[i].seen = false;
	choose_check(g);
	if (ret->alive) {
		r = children_look(&g->children, g->subject.process.pid);
		if (r == -ESRCH)
			ret->alive = ret->idle = false;
		else if (r < 0)
			return r;
	}
	for (i = 0; !ret->alive && i < g->count; i++)
		list_look_at_orphan(&g->workers[i]);
	for (i = 0; ret->alive && i < children->count; i++) {
		if (children->pids[i] == other_master)
			continue;
		r = look_at_child(w, g, children->pids[i], named, ret_newcomer);
		if (r < 0)
			return r;
	}
	list_forget_gone(g);
	list_note_new_set(g, ret);
	list_count(g, ret);
	return 0;
}
