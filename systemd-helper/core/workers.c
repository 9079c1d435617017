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
#include "nginx/flavour.h"
#include "os/procfs.h"

int generation_begin(struct generation *g, pid_t pid)
{
	struct process process = PROCESS_NONE;
	struct file_id image_id;
	char path[PATH_MAX];
	int r = process_open(pid, &process);

	if (r < 0)
		return r;
	r = file_id_of(procfs_path(path, pid, "exe"), &image_id);
	if (r < 0) {
		process_close(&process);
		return r == -ENOENT ? -ESRCH : r;
	}
	generation_end(g);
	g->process = process;
	g->image_id = image_id;
	return 0;
}

void generation_end(struct generation *g)
{
	process_close(&g->process);
	children_free(&g->children);
	free(g->workers);
	g->workers = NULL;
	g->count = 0;
	g->settled = false;
	g->had_hup = false;
}

/* nginx hands its listening sockets to the new binary, and to nobody else, in a variable. */
static bool inherits_listeners(pid_t pid)
{
	char env[16384];
	ssize_t n = procfs_read(pid, "environ", env, sizeof(env));

	return n > 0 && flavour_is_handed_sockets(env, (size_t)n);
}

/* A title of nginx, or of one of its flavours, whatever the role in it. */
static bool is_titled(const char *cmdline)
{
	const char *rest;

	return flavour_of_title(cmdline, &rest) != NULL;
}

/* An exec gives a process another file, or at least another stack. */
static bool executes_anew(pid_t child, const struct generation *parent)
{
	char path[PATH_MAX];
	struct file_id image_id;
	struct proc_stat of_child;
	struct proc_stat of_parent;

	if (file_id_of(procfs_path(path, child, "exe"), &image_id) < 0)
		return false;
	if (!file_id_equal(&image_id, &parent->image_id))
		return true;
	return procfs_stat(child, &of_child) == 0 &&
	       procfs_stat(parent->process.pid, &of_parent) == 0 &&
	       of_child.start_stack != of_parent.start_stack;
}

/*
 * Before it sets its title a new master shows the arguments it was executed with, and the inherited
 * sockets in its environment; the title overwrites both. Other children of a master (log pipes of
 * Tengine, say) pass neither test.
 */
static bool is_new_master(pid_t child, const char *cmdline, const struct generation *parent,
			  pid_t named)
{
	/* Without address space randomisation the pid file is what tells them apart. */
	if (title_classify(cmdline) == TITLE_MASTER)
		return child == named || executes_anew(child, parent);
	return !is_titled(cmdline) && inherits_listeners(child);
}

bool generation_genuine(const struct generation *g)
{
	char cmdline[TITLE_MAX];

	if (master_unchanged(&g->process, &g->image_id))
		return true;
	return process_alive(&g->process) &&
	       procfs_read(g->process.pid, "cmdline", cmdline, sizeof(cmdline)) > 0 &&
	       !is_titled(cmdline) && inherits_listeners(g->process.pid);
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

	if (procfs_stat(pid, &stat) < 0 || stat.state == 'Z')
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

bool worker_genuine(const struct generation *g, const struct worker *worker)
{
	char cmdline[TITLE_MAX];
	char path[PATH_MAX];
	struct proc_stat stat;
	struct file_id image_id;

	if (procfs_read(worker->pid, "cmdline", cmdline, sizeof(cmdline)) <= 0 ||
	    procfs_stat(worker->pid, &stat) < 0 || stat.start_ticks != worker->start_ticks)
		return false;
	switch (title_classify(cmdline)) {
	case TITLE_OTHER: return false;
	case TITLE_MASTER: break;
	default: return true;
	}
	/* Forked and not yet titled: no exec may have made a master of it since. */
	return stat.start_stack == worker->start_stack &&
	       file_id_of(procfs_path(path, worker->pid, "exe"), &image_id) == 0 &&
	       file_id_equal(&image_id, &g->image_id);
}

static int look_at_child(struct generation *g, pid_t child, pid_t named, pid_t *ret_newcomer)
{
	char cmdline[TITLE_MAX];
	struct worker *worker = find_worker(g, child);
	enum title title;
	int r;

	/* Empty: a zombie, or one that is just being executed. */
	if (procfs_read(child, "cmdline", cmdline, sizeof(cmdline)) <= 0)
		return 0;
	title = title_classify(cmdline);
	if ((title == TITLE_MASTER || title == TITLE_OTHER) && ret_newcomer &&
	    is_new_master(child, cmdline, g, named)) {
		if (worker)
			drop_worker(g, worker);
		*ret_newcomer = child;
		return 0;
	}
	if (title == TITLE_OTHER)
		return 0;
	if (!worker) {
		r = add_worker(g, child);
		if (r < 0)
			return r;
		worker = find_worker(g, child);
		if (!worker)
			return 0;
	}
	worker->title = title == TITLE_MASTER ? TITLE_OTHER : title;
	worker->seen = true;
	return 0;
}

static bool worker_lives(const struct worker *worker)
{
	struct proc_stat stat;

	return procfs_stat(worker->pid, &stat) == 0 && stat.state != 'Z' && stat.state != 'X' &&
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
			continue;
		}
		switch (g->workers[i].title) {
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

int workers_look(struct generation *g, struct generation_facts *ret, pid_t other_master,
		 pid_t named, pid_t *ret_newcomer)
{
	const struct children *children = &g->children;
	size_t i;
	int r = 0;

	for (i = 0; i < g->count; i++)
		g->workers[i].seen = false;
	if (ret->alive) {
		r = children_look(&g->children, g->process.pid);
		if (r == -ESRCH)
			ret->alive = ret->idle = false;
		else if (r < 0)
			return r;
	}
	for (i = 0; ret->alive && i < children->count; i++) {
		if (children->pids[i] == other_master)
			continue;
		r = look_at_child(g, children->pids[i], named, ret_newcomer);
		if (r < 0)
			return r;
	}
	forget_gone(g);
	count_workers(g, ret);
	return 0;
}
