/*
 * A master's children, told apart by their titles. A freshly forked worker still carries the
 * master's own title, and so does a new master that runs: these two are told apart by what they
 * execute, see is_new_master().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/workers.h"
#include "os/clock.h"
#include "os/procfs.h"

#define CHECK_WORKERS_US 50000u

int generation_begin(struct generation *g, pid_t pid, const struct believed *b)
{
	struct subject subject;
	struct distrust why;
	enum subject_fault fault = subject_look(pid, b, &subject, &why);

	if (fault == SUBJECT_GONE)
		return -ESRCH;
	if (fault == SUBJECT_UNREADABLE && why.error > 0 && why.error != EBADMSG)
		return -why.error;
	if (fault != SUBJECT_OK)
		return -EPERM;
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
}

/*
 * An exec gives a process another file, or at least another stack. What the parent executes is
 * asked now: a wrapper script becomes nginx between two looks. 1, 0, or -errno.
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
	return r < 0 ? procfs_told(r) : stat_child.start_stack != stat_parent.start_stack;
}

/*
 * Before it sets its title a new master shows the arguments it was executed with, and the inherited
 * sockets in its environment; the title overwrites both. Other children of a master (log pipes of
 * Tengine, say) pass neither test. All this anybody can have: it says where to look. 1, 0, or
 * -errno.
 */
static int seems_new_master(pid_t child, const char *cmdline, const struct generation *parent,
			    pid_t named)
{
	/* Without address space randomisation the pid file is what tells them apart. */
	if (title_classify(cmdline) == TITLE_MASTER)
		return child == named ? 1 : executes_anew(child, parent);
	return title_classify(cmdline) == TITLE_OTHER ? has_inherited_listeners(child) : 0;
}

static void note_intruder(struct world *w, pid_t child)
{
	struct proc_status status;

	if (w->intruder.pid == child || procfs_status(child, &status) < 0)
		return;
	w->intruder.pid = child;
	w->intruder.uid = status.uids[ID_EFFECTIVE];
	if (procfs_link(child, "exe", w->intruder.image, sizeof(w->intruder.image)) < 0)
		w->intruder.image[0] = '\0';
}

static struct worker *find_worker(const struct generation *g, pid_t pid)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (g->workers[i].pid == pid)
			return &g->workers[i];
	}
	return NULL;
}

static int add_worker(struct generation *g, pid_t pid)
{
	struct worker *workers;
	struct proc_stat stat;
	int r = procfs_stat(pid, &stat);

	if (r < 0)
		return r == -ESRCH ? 0 : r;
	if (stat.state == 'Z')
		return 0;
	workers = realloc(g->workers, (g->count + 1) * sizeof(*workers));
	if (!workers)
		return -ENOMEM;
	g->workers = workers;
	memset(&workers[g->count], 0, sizeof(*workers));
	workers[g->count].pid = pid;
	workers[g->count].start_ticks = stat.start_ticks;
	workers[g->count].start_stack = stat.start_stack;
	g->count++;
	return 0;
}

/* What was forked looks like a worker until it executes the new binary. */
static void drop_worker(struct generation *g, const struct worker *worker)
{
	size_t i = (size_t)(worker - g->workers);

	memmove(&g->workers[i], &g->workers[i + 1], (g->count - i - 1) * sizeof(*worker));
	g->count--;
}

/* Adds the child if it is not known yet; *ret is NULL where it has gone. */
static int known_worker(struct generation *g, pid_t child, struct worker **ret)
{
	int r = 0;

	*ret = find_worker(g, child);
	if (!*ret) {
		r = add_worker(g, child);
		*ret = find_worker(g, child);
	}
	return r;
}

enum child_kind {
	CHILD_WORKER,
	CHILD_NEW_MASTER,
	CHILD_INTRUDER,
	CHILD_ELSE,   /* of no generation: a program for the log, say */
	CHILD_UNKNOWN /* it is going, or being executed: the next look tells */
};

/* One that executes something under another user than the master's is an intruder. */
static int by_user(const struct world *w, pid_t child, enum child_kind same)
{
	int is = subject_is_user(child, w->believed.user);

	if (is < 0)
		return procfs_told(is) < 0 ? is : CHILD_UNKNOWN;
	return is ? (int)same : CHILD_INTRUDER;
}

/*
 * A new master has its parent's user, all four ids and at its exec, which no worker of a root
 * master can get, whatever it executes, calls itself, or has for a parent. (Where all of nginx is
 * one user's, that user can deceive us about his own nginx, and about nothing else.) Which file it
 * executes is compared in observe.c: another one under the right user is a new master, and a wrong
 * one. An enum child_kind, or -errno.
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
		return CHILD_WORKER; /* forked, and not yet titled */
	return known ? by_user(w, child, CHILD_ELSE) : (int)CHILD_ELSE;
}

static int look_at_child(struct world *w, struct generation *g, pid_t child, pid_t named,
			 pid_t *ret_newcomer)
{
	char cmdline[TITLE_MAX];
	struct worker *worker = find_worker(g, child);
	ssize_t n = title_read(child, cmdline, sizeof(cmdline));
	int kind;
	int r;

	/* Empty: a zombie, or one that is just being executed. */
	if (n <= 0)
		return n == -ESRCH ? 0 : (int)n;
	kind = kind_of(w, g, child, cmdline, named, worker != NULL);
	if (kind < 0 || kind == CHILD_UNKNOWN)
		return kind < 0 ? kind : 0;
	if (kind == CHILD_NEW_MASTER || kind == CHILD_ELSE) {
		if (worker)
			drop_worker(g, worker);
		if (kind == CHILD_NEW_MASTER && ret_newcomer)
			*ret_newcomer = child;
		return 0;
	}
	r = known_worker(g, child, &worker);
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
	worker->title = title_classify(cmdline);
	if (worker->title == TITLE_MASTER)
		worker->title = TITLE_OTHER;
	worker->intruder = worker->intruder || kind == CHILD_INTRUDER;
	worker->seen = true;
	return 0;
}

/* Nobody is dead because a look failed. */
static bool worker_lives(const struct worker *worker)
{
	struct proc_stat stat;
	int r = procfs_stat(worker->pid, &stat);

	return r < 0 ? r != -ESRCH
		     : stat.state != 'Z' && stat.state != 'X' &&
			       stat.start_ticks == worker->start_ticks;
}

/* Drops those who are gone; who vanished without leaving first has died. */
static void forget_gone(struct generation *g)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < g->count; i++) {
		struct worker *worker = &g->workers[i];

		/* The kernel may skip a child in the list while another exits: ask for it. */
		if (worker->seen || worker_lives(worker)) {
			g->workers[kept++] = *worker;
			continue;
		}
		if (worker->title == TITLE_WORKER || worker->title == TITLE_OTHER)
			g->deaths++;
	}
	g->count = kept;
}

static void count_workers(const struct generation *g, struct generation_facts *ret)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (!ret->alive) {
			ret->orphans++;
			ret->orphans_accepting += g->workers[i].title != TITLE_LEAVING;
			continue;
		}
		switch (g->workers[i].intruder ? TITLE_HELPER : g->workers[i].title) {
		case TITLE_WORKER:
			ret->accepting++;
			ret->fresh += g->had_hup && !g->workers[i].before_hup;
			break;
		case TITLE_LEAVING: ret->leaving++; break;
		case TITLE_HELPER: break;
		default: ret->starting++; break;
		}
	}
	ret->deaths = g->deaths;
}

void workers_before_hup(struct generation *g)
{
	size_t i;

	for (i = 0; i < g->count; i++)
		g->workers[i].before_hup = true;
	g->deaths = 0;
	g->had_hup = true;
}

/*
 * A worker may have any title, and be anything else by now. To ask that of all costs two more looks
 * a worker: it is asked when one is first seen, and now and then.
 */
static void choose_check(struct generation *g)
{
	uint64_t now_us = clock_us();

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
	for (i = 0; ret->alive && i < children->count; i++) {
		if (children->pids[i] == other_master)
			continue;
		r = look_at_child(w, g, children->pids[i], named, ret_newcomer);
		if (r < 0)
			return r;
	}
	forget_gone(g);
	count_workers(g, ret);
	return 0;
}
