/* Finds the generations of one nginx at the begin of a run, and lets go of them at its end. */
#include <stdio.h>
#include <string.h>

#include "core/observe.h"
#include "core/workers.h"
#include "nginx/listeners.h"
#include "os/procfs.h"

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->old.process.pidfd = -1;
	w->new.process.pidfd = -1;
	w->old_master.process.pidfd = -1;
	w->old_master.image = -1;
	w->old_master.root_fd = -1;
}

static void name_files(struct world *w, const char *pid_path)
{
	world_init(w);
	(void)snprintf(w->pid_path, sizeof(w->pid_path), "%s", pid_path);
	(void)snprintf(w->oldbin_path, sizeof(w->oldbin_path), "%.*s%s",
		       (int)(PATH_MAX - sizeof(OLDBIN_SUFFIX)), pid_path, OLDBIN_SUFFIX);
}

/*
 * The old master beside `current`, the living master that PID names: its parent, if that is a
 * master. Without a living current one it is the master that PID.oldbin names. A PID.oldbin that
 * names anybody else is stale: a master that was KILLed leaves it behind. 0: there is none.
 */
static pid_t old_master_pid(const struct world *w, pid_t current)
{
	struct proc_stat stat;
	pid_t pid = 0;

	if (current)
		pid = procfs_stat(current, &stat) == 0 ? stat.parent : 0;
	else if (pid_file_read(w->oldbin_path, &pid) != PID_FILE_OK)
		pid = 0;
	return pid > 1 && master_runs(pid) ? pid : 0;
}

void world_look_at_sockets(struct world *w)
{
	struct listeners found;

	if (listeners_look(w->old.process.pid, &found) < 0)
		return;
	if (found.count)
		w->same_address = found.same_address;
	/* A master that has had QUIT closes its sockets at once (nginx: ngx_quit). */
	w->closing = w->new.process.pid > 0 && found.count == 0;
}

bool world_open(struct world *w, const char *pid_path, enum pid_file_fault *ret_pid_fault,
		enum master_fault *ret_fault, pid_t *ret_pid)
{
	struct master current;
	pid_t pid = 0;
	pid_t old;

	name_files(w, pid_path);
	*ret_pid = 0;
	*ret_fault = MASTER_OK;
	*ret_pid_fault = pid_file_read(w->pid_path, &pid);
	if (*ret_pid_fault == PID_FILE_OK) {
		*ret_fault = master_look(pid, &current);
		*ret_pid = pid;
		if (*ret_fault != MASTER_OK)
			w->old_master = current;
		else
			master_close(&current);
	}
	old = old_master_pid(w, *ret_pid_fault == PID_FILE_OK && *ret_fault == MASTER_OK ? pid : 0);
	if (!old && (*ret_pid_fault != PID_FILE_OK || *ret_fault != MASTER_OK))
		return false;
	if (old && *ret_pid_fault == PID_FILE_OK && *ret_fault == MASTER_OK &&
	    generation_begin(&w->new, pid) < 0)
		old = pid; /* it died this moment: what is left counts */
	*ret_pid = old ? old : pid;
	*ret_pid_fault = PID_FILE_OK;
	*ret_fault = master_look(*ret_pid, &w->old_master);
	if (*ret_fault == MASTER_OK && generation_begin(&w->old, *ret_pid) < 0) {
		master_close(&w->old_master);
		*ret_fault = MASTER_GONE;
	}
	if (*ret_fault != MASTER_OK)
		return false;
	world_look_at_sockets(w);
	return true;
}

bool world_keep_new(struct world *w)
{
	struct generation current = w->new;
	char pid_path[PATH_MAX];

	if (!current.process.pid)
		return false;
	memcpy(pid_path, w->pid_path, sizeof(pid_path));
	generation_end(&w->old);
	master_close(&w->old_master);
	name_files(w, pid_path);
	w->old = current;
	return master_look(current.process.pid, &w->old_master) == MASTER_OK &&
	       process_same(&w->old_master.process, &w->old.process);
}

void world_close(struct world *w)
{
	generation_end(&w->old);
	generation_end(&w->new);
	master_close(&w->old_master);
}
