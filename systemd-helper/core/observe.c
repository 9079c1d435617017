/* What every look does. How the two generations are found at the begin stands in world.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/facts.h"
#include "core/look_http3.h"
#include "core/look_sockets.h"
#include "core/observe.h"
#include "core/queues.h"
#include "core/workers.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/file_id.h"
#include "os/process.h"
#include "os/procfs.h"
#include "trust/path.h"
#include "trust/subject.h"

static int look_at_master(const struct generation *g, struct generation_facts *ret)
{
	struct proc_signals signals;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->alive = process_alive(&g->subject.process);
	if (!ret->alive)
		return 0;
	r = procfs_signals(g->subject.process.pid, &signals);
	if (r < 0)
		return r == -ESRCH ? 0 : r;
	/*
	 * All three are needed: when the kernel has taken a signal off the pending set and not yet
	 * blocked it for its handler, it shows neither; but then the process runs.
	 */
	ret->idle = signals.state == 'S' && !signals.blocked && !signals.pending;
	return 0;
}

/*
 * Follows a new master that executes another file: a wrapper script becomes the real nginx a moment
 * later.
 */
static int follow_exec(struct generation *g, const struct believed *b)
{
	struct subject now;
	struct distrust why;
	struct file_id image_id;
	int r = procfs_file_id(g->subject.process.pid, "exe", &image_id);

	if (r < 0)
		return r == -ESRCH ? 0 : r;
	if (file_id_equal(&image_id, &g->subject.image_id))
		return 0;
	r = subject_look(g->subject.process.pid, b, &now, &why);
	if (r < 0)
		return r == -ESRCH || r == -EACCES || r == -EPERM ? 0 : r;
	if (now.uid != b->user || !process_same(&now.process, &g->subject.process)) {
		subject_close(&now);
		return 0;
	}
	subject_close(&g->subject);
	g->subject = now;
	return 0;
}

/*
 * Idle is not enough: a shell that waits for a command is idle, too. And where this run was stopped
 * in the middle of a look, the shell from its begin may be an nginx with workers at its end.
 */
static bool is_settled(const struct generation *g, const struct generation_facts *now)
{
	struct file_id image_id;

	return now->idle && now->accepting &&
	       procfs_file_id(g->subject.process.pid, "exe", &image_id) == 0 &&
	       file_id_equal(&image_id, &g->subject.image_id);
}

struct named {
	enum pid_file_state state; /* MISSING, EMPTY or OTHER; OTHER also before pid is compared */
	pid_t pid;                 /* 0: none */
};

static int read_named(struct pid_file *file, struct named *ret)
{
	ret->state = PID_FILE_OTHER;
	ret->pid = 0;
	switch (pid_file_look(file, &ret->pid)) {
	case PID_FILE_IS_MISSING: ret->state = PID_FILE_MISSING; break;
	case PID_FILE_IS_EMPTY: ret->state = PID_FILE_EMPTY; break;
	case PID_FILE_UNREADABLE: return -file->error;
	default: break;
	}
	return 0;
}

static enum pid_file_state named_whom(const struct world *w, struct named n)
{
	if (n.pid && n.pid == w->old.subject.process.pid)
		return PID_FILE_OLD;
	return n.pid && n.pid == w->new.subject.process.pid ? PID_FILE_NEW : n.state;
}

static int look_at_pid_files(struct world *w, struct named named, struct facts *ret)
{
	struct named other;
	int r = read_named(&w->oldbin, &other);

	if (r < 0)
		return r;
	ret->pid_file = named_whom(w, named);
	ret->oldbin = ret->old.alive && named_whom(w, other) == PID_FILE_OLD;
	/* The new configuration may name another pid file, which the new master then writes. */
	if (w->new_pid_file.path[0] && read_named(&w->new_pid_file, &other) == 0 &&
	    named_whom(w, other) == PID_FILE_NEW)
		ret->pid_file = PID_FILE_NEW;
	return 0;
}

static int look_at_binary(const struct world *w, struct facts *ret)
{
	struct file_id at_path = {0, 0};
	bool right_image;
	int r;

	if (!w->target[0]) {
		ret->binary_installed = true;
		ret->binary_is_old = true;
		return 0;
	}
	r = file_id_of(w->target, &at_path);
	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR ? 0 : r;
	ret->binary_is_old = file_id_equal(&at_path, &w->old_master.subject.image_id);
	ret->binary_installed = !w->wanted.inode || file_id_equal(&at_path, &w->wanted);
	/*
	 * The file at the path is not enough: the serving process must execute the file that was
	 * asked for.
	 */
	if (!ret->new.alive)
		return 0;
	right_image =
		!w->wanted_image.inode || file_id_equal(&w->new.subject.image_id, &w->wanted_image);
	ret->wrong_image = w->new.settled && !right_image;
	/* By then somebody may have installed yet another file at the path. */
	if (!ret->old.alive)
		ret->binary_installed = right_image;
	return 0;
}

/*
 * The old master may have died before its child could be told from a worker. Then only the pid file
 * names the new master; the kernel confirms that it is one. 0: there is none; or -errno.
 */
static int heir(const struct world *w, const struct facts *f, pid_t named)
{
	int r;

	if (f->old.alive || w->new.subject.process.pid || !named ||
	    named == w->old.subject.process.pid)
		return 0;
	r = master_is_titled(named);
	if (r > 0)
		r = subject_is_user(named, w->believed.user);
	if (r < 0)
		return procfs_unless_gone(r);
	return r ? named : 0;
}

static bool clings(const struct world *w, const char *path)
{
	struct pid_file file;
	struct named named;

	if (!path || !*path)
		return path != NULL;
	pid_file_open(&file, &w->believed, path);
	(void)read_named(&file, &named);
	pid_file_close(&file);
	return named.pid != w->new.subject.process.pid;
}

void observe_verdict(const struct world *w, const struct init_verdict *v, struct facts *f)
{
	bool both_live = f->old.alive && f->new.alive;

	f->behind = both_live && v->behind;
	f->clings = both_live && clings(w, v->clings);
}

int observe(struct world *w, struct facts *ret)
{
	struct facts f;
	struct named named = {PID_FILE_OTHER, 0};
	pid_t newcomer = 0;
	int r;

	memset(&f, 0, sizeof(f));
	r = look_at_master(&w->old, &f.old);
	if (!r)
		r = look_at_master(&w->new, &f.new);
	if (!r && f.new.alive && !w->new.settled)
		r = follow_exec(&w->new, &w->believed);
	if (!r)
		r = read_named(&w->pid_file, &named);
	if (!r)
		r = workers_look(w, &w->old, &f.old, w->new.subject.process.pid, named.pid,
				 &newcomer);
	if (!r)
		r = workers_look(w, &w->new, &f.new, 0, 0, NULL);
	if (r < 0)
		return r;
	if (!w->new.settled)
		w->new.settled = is_settled(&w->new, &f.new);
	if (!newcomer)
		newcomer = heir(w, &f, named.pid);
	if (newcomer < 0)
		return newcomer;
	if (newcomer && !f.new.alive) {
		/* `idle` stays false: the next look will show its children. */
		r = generation_begin(&w->new, newcomer, &w->believed);
		if (r < 0 && r != -ESRCH && r != -EPERM)
			return r;
		f.new.alive = r == 0;
	}
	r = look_at_sockets(w, &f);
	if (!r)
		r = look_at_pid_files(w, named, &f);
	if (!r)
		r = look_at_binary(w, &f);
	if (r < 0)
		return r;
	look_at_unread(w, &f);
	look_at_steering(w, &f);
	f.queued = queues_look(&w->queues, w->old.subject.process.pid, &f);
	*ret = f;
	return 0;
}

bool world_unfinished(const struct facts *f)
{
	return f->new.alive || f->oldbin || f->closing;
}
