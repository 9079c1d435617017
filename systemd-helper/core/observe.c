/*
 * Looking at the world. How the two generations are found at first is in world.c; here is what
 * every look does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/observe.h"
#include "core/workers.h"
#include "os/procfs.h"

static void look_at_master(const struct generation *g, struct generation_facts *ret)
{
	struct proc_signals signals;

	memset(ret, 0, sizeof(*ret));
	ret->alive = process_alive(&g->process);
	if (!ret->alive || procfs_signals(g->process.pid, &signals) < 0)
		return;
	/*
	 * All three are needed: between taking a signal off the pending set and blocking it for its
	 * handler, the kernel shows neither, but the process then runs.
	 */
	ret->idle = signals.state == 'S' && !signals.blocked && !signals.pending;
}

/* A wrapper script executes the real nginx a moment later. */
static void follow_exec(struct generation *g)
{
	char path[PATH_MAX];
	struct file_id now;

	if (file_id_of(procfs_path(path, g->process.pid, "exe"), &now) == 0)
		g->image_id = now;
}

static enum pid_file_state pid_file_state(const struct world *w, const char *path)
{
	pid_t pid = 0;

	switch (pid_file_read(path, &pid)) {
	case PID_FILE_OK: break;
	case PID_FILE_IS_MISSING: return PID_FILE_MISSING;
	case PID_FILE_IS_EMPTY: return PID_FILE_EMPTY;
	default: return PID_FILE_OTHER;
	}
	if (w->old.process.pid == pid)
		return PID_FILE_OLD;
	return w->new.process.pid == pid ? PID_FILE_NEW : PID_FILE_OTHER;
}

static void look_at_pid_files(const struct world *w, struct facts *ret)
{
	ret->pid_file = pid_file_state(w, w->pid_path);
	ret->oldbin = ret->old.alive && pid_file_state(w, w->oldbin_path) == PID_FILE_OLD;
	/* A configuration that names another pid file: the new master writes there. */
	if (w->new_pid_path[0] && pid_file_state(w, w->new_pid_path) == PID_FILE_NEW)
		ret->pid_file = PID_FILE_NEW;
}

static void look_at_binary(const struct world *w, struct facts *ret)
{
	struct file_id at_path = {0, 0};

	if (!w->target[0]) {
		ret->binary_installed = true;
		ret->binary_is_old = true;
		return;
	}
	if (file_id_of(w->target, &at_path) < 0)
		return;
	ret->binary_is_old = file_id_equal(&at_path, &w->old_master.image_id);
	ret->binary_installed = !w->wanted.inode || file_id_equal(&at_path, &w->wanted);
	/* The path is not enough: what serves must be what was asked for. */
	if (w->wanted.inode && ret->new.alive && !ret->old.alive)
		ret->binary_installed = file_id_equal(&w->new.image_id, &w->wanted);
}

int observe(struct world *w, struct facts *ret)
{
	struct facts f;
	pid_t newcomer = 0;
	int r;

	memset(&f, 0, sizeof(f));
	look_at_master(&w->old, &f.old);
	look_at_master(&w->new, &f.new);
	if (f.new.alive && !f.new.idle && !w->new.count)
		follow_exec(&w->new);
	r = workers_look(&w->old, &f.old, w->new.process.pid, &newcomer);
	if (!r)
		r = workers_look(&w->new, &f.new, 0, NULL);
	if (r < 0)
		return r;
	if (newcomer && !f.new.alive) {
		/* Idle stays false: its children are for the next look. */
		r = generation_begin(&w->new, newcomer);
		if (r < 0 && r != -ESRCH)
			return r;
		f.new.alive = r == 0;
	}
	look_at_pid_files(w, &f);
	look_at_binary(w, &f);
	f.closing = w->closing;
	f.winch_stalls = w->same_address > 1 && f.new.accepting < w->same_address;
	*ret = f;
	return 0;
}

bool world_unfinished(const struct facts *f)
{
	return f->new.alive || f->oldbin || f->closing;
}
