/* Finds the generations of one nginx at the begin of a run, and releases them at its end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/facts.h"
#include "core/look_sockets.h"
#include "core/queues.h"
#include "core/workers.h"
#include "core/world.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "nginx/title.h"
#include "os/process.h"
#include "os/procfs.h"
#include "trust/path.h"
#include "trust/subject.h"

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->old.subject = w->new.subject = w->old_master.subject = subject_none();
	queues_init(&w->queues);
	w->pid_file.folder = w->oldbin.folder = w->new_pid_file.folder = -1;
}

static void name_files(struct world *w, const char *pid_path, const struct believed *b)
{
	world_init(w);
	w->believed = *b;
	pid_file_open(&w->pid_file, b, pid_path);
	pid_file_open_beside(&w->oldbin, &w->pid_file, OLDBIN_SUFFIX);
}

static void close_files(struct world *w)
{
	pid_file_close(&w->pid_file);
	pid_file_close(&w->oldbin);
	pid_file_close(&w->new_pid_file);
}

/*
 * The user of the process that the pid file names. This only tells where to look; nothing is
 * believed because of it. 0 or -errno.
 */
static int user_behind(struct world *w, uid_t *ret)
{
	struct pid_file *files[] = {&w->pid_file, &w->oldbin};
	struct proc_status status;
	size_t i;
	int r;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		pid_t pid = pid_file_peek(files[i]);

		r = pid ? procfs_status(pid, &status) : -ESRCH;
		if (r == 0)
			*ret = status.uids[ID_EFFECTIVE];
		if (r != -ESRCH)
			return r;
	}
	return 0;
}

/* Believes files of root and of that user, where it is that user's nginx. */
static int believe_its_user(struct world *w, const char *pid_path)
{
	struct believed b = w->believed;
	int r;

	if (b.user != 0)
		return 0;
	r = user_behind(w, &b.user);
	if (r < 0 || b.user == 0)
		return r;
	close_files(w);
	name_files(w, pid_path, &b);
	return 0;
}

/*
 * The old master beside `current`, the living master that the pid file names: its parent, if that
 * is a master. Where current is 0 it is the master that PID.oldbin names. A PID.oldbin that names
 * any other process is stale: it is left after KILL to a master. 0: there is none; or -errno.
 */
static int old_master_pid(struct world *w, pid_t current)
{
	struct proc_stat stat = {.parent = 0};
	pid_t pid = 0;
	int r = 0;

	if (current) {
		r = procfs_stat(current, &stat);
		if (r < 0)
			return r == -ESRCH ? 0 : r;
		pid = stat.parent;
	} else {
		switch (pid_file_look(&w->oldbin, &pid)) {
		case PID_FILE_OK: break;
		case PID_FILE_UNREADABLE: return -w->oldbin.error;
		default: pid = 0; break;
		}
	}
	if (r == 0 && pid > 1) {
		r = master_is_titled(pid);
		if (r < 0)
			return r;
	}
	if (r > 0)
		r = subject_is_user(pid, w->believed.user);
	/*
	 * A process that has gone is no master, nor is one that may not be looked at: ours may be.
	 */
	if (r < 0)
		return procfs_unless_gone(r);
	return r ? pid : 0;
}

static bool is_ok(const struct world_found *found)
{
	return found->pid_file == PID_FILE_OK && found->master == MASTER_OK;
}

/* The living master that the pid file names; 0: there is none, and *ret says why. */
static pid_t look_at_current(struct world *w, struct world_found *ret)
{
	pid_t pid = 0;

	ret->master = MASTER_OK;
	ret->pid_file = pid_file_look(&w->pid_file, &pid);
	if (ret->pid_file != PID_FILE_OK)
		return 0;
	ret->pid = pid;
	ret->master = master_look(pid, &w->believed, &w->old_master, &ret->why);
	if (ret->master != MASTER_OK)
		return 0;
	master_close(&w->old_master);
	return pid;
}

/* A look failed: nothing is known. */
static bool unreadable(struct world_found *ret, int error)
{
	ret->pid_file = PID_FILE_OK;
	ret->master =
		error == -EACCES || error == -EPERM ? MASTER_NO_PERMISSION : MASTER_UNREADABLE;
	ret->why.error = -error;
	return false;
}

bool world_open(struct world *w, const char *pid_path, const struct believed *b,
		struct world_found *ret)
{
	pid_t pid;
	pid_t old;
	int r;

	memset(ret, 0, sizeof(*ret));
	name_files(w, pid_path, b);
	r = believe_its_user(w, pid_path);
	if (r < 0)
		return unreadable(ret, r);
	pid = look_at_current(w, ret);
	if (!pid && (ret->pid_file == PID_FILE_UNREADABLE || ret->master == MASTER_UNREADABLE ||
		     ret->master == MASTER_NO_PERMISSION))
		return false;
	old = old_master_pid(w, pid);
	if (old < 0)
		return unreadable(ret, old);
	if (!old && !pid)
		return false;
	r = old && pid ? generation_begin(&w->new, pid, &w->believed) : 0;
	if (r == -ESRCH || r == -EPERM)
		old = pid; /* it died at this moment: what is left counts */
	else if (r < 0)
		return unreadable(ret, r);
	ret->pid = old ? old : pid;
	ret->pid_file = PID_FILE_OK;
	ret->master = master_look(ret->pid, &w->believed, &w->old_master, &ret->why);
	r = ret->master == MASTER_OK ? generation_begin(&w->old, ret->pid, &w->believed) : 0;
	if (r < 0) {
		master_close(&w->old_master);
		ret->master = r == -ESRCH || r == -EPERM ? MASTER_GONE : MASTER_UNREADABLE;
		ret->why.error = -r;
	}
	if (!is_ok(ret))
		return false;
	r = world_look_at_sockets(w);
	return r < 0 ? unreadable(ret, r) : true;
}

bool world_keep_new(struct world *w)
{
	struct generation current = w->new;
	struct believed b = w->believed;
	char pid_path[PATH_MAX];
	struct distrust why;

	if (!current.subject.process.pid)
		return false;
	memcpy(pid_path, w->pid_file.path, sizeof(pid_path));
	generation_end(&w->old);
	queues_free(&w->queues);
	master_close(&w->old_master);
	close_files(w);
	name_files(w, pid_path, &b);
	w->old = current;
	w->beside = true;
	return master_look(current.subject.process.pid, &b, &w->old_master, &why) == MASTER_OK &&
	       process_same(&w->old_master.subject.process, &w->old.subject.process);
}

pid_t generation_master(const struct generation *g, const struct generation_facts *f)
{
	return f->alive ? g->subject.process.pid : 0;
}

int generation_titled(const struct generation *g, enum title title, pid_t **ret_list,
		      size_t *ret_count)
{
	pid_t *list = malloc((g->count + 1) * sizeof(*list));
	size_t count = 0;
	size_t i;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < g->count; i++) {
		if (g->workers[i].title == title && !g->workers[i].intruder)
			list[count++] = g->workers[i].pid;
	}
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int world_workers(const struct world *w, pid_t **ret_list, size_t *ret_count)
{
	const struct generation *both[] = {&w->old, &w->new};
	pid_t *list = malloc((w->old.count + w->new.count + 1) * sizeof(*list));
	size_t count = 0;
	size_t i, k;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < 2; i++) {
		for (k = 0; k < both[i]->count; k++)
			list[count++] = both[i]->workers[k].pid;
	}
	*ret_list = list;
	*ret_count = count;
	return 0;
}

void world_close(struct world *w)
{
	generation_end(&w->old);
	generation_end(&w->new);
	queues_free(&w->queues);
	master_close(&w->old_master);
	close_files(w);
}
