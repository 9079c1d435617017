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
	w->old.subject = w->new.subject = w->old_master.subject = subject_none();
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

/* Where to look, not what to believe: the user of the process that the pid file names. */
static uid_t user_behind(struct world *w)
{
	struct proc_status status;
	pid_t pid = pid_file_peek(&w->pid_file);

	if (!pid || procfs_status(pid, &status) < 0)
		pid = pid_file_peek(&w->oldbin);
	if (!pid || procfs_status(pid, &status) < 0)
		return 0;
	return status.uids[ID_EFFECTIVE];
}

/* Root's files and that user's are right for that user's nginx. */
static void believe_its_user(struct world *w, const char *pid_path)
{
	struct believed b = w->believed;

	if (b.user != 0)
		return;
	b.user = user_behind(w);
	if (b.user == 0)
		return;
	close_files(w);
	name_files(w, pid_path, &b);
}

/*
 * The old master beside `current`, the living master that PID names: its parent, if that is a
 * master. Without a living current one it is the master that PID.oldbin names. A PID.oldbin that
 * names anybody else is stale: a master that was KILLed leaves it behind. 0: there is none.
 */
static pid_t old_master_pid(struct world *w, pid_t current)
{
	struct proc_stat stat;
	pid_t pid = 0;

	if (current)
		pid = procfs_stat(current, &stat) == 0 ? stat.parent : 0;
	else if (pid_file_look(&w->oldbin, &pid) != PID_FILE_OK)
		pid = 0;
	return pid > 1 && master_titled(pid) && subject_has_user(pid, w->believed.user) ? pid : 0;
}

void world_look_at_sockets(struct world *w)
{
	struct listeners found;

	if (listeners_look(w->old.subject.process.pid, &found) < 0)
		return;
	if (found.count)
		w->same_address = found.same_address;
	/* A master that has had QUIT closes its sockets at once (nginx: ngx_quit). */
	w->closing = w->new.subject.process.pid > 0 && found.count == 0;
	w->listens = found.count > 0;
	w->neighbours = found.neighbours;
}

static bool is_ok(const struct world_fault *fault)
{
	return fault->pid_file == PID_FILE_OK && fault->master == MASTER_OK;
}

/* The master that PID names; its uid is whom all this is about. */
static pid_t look_at_current(struct world *w, struct world_fault *ret)
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

bool world_open(struct world *w, const char *pid_path, const struct believed *b,
		struct world_fault *ret)
{
	pid_t pid;
	pid_t old;

	memset(ret, 0, sizeof(*ret));
	name_files(w, pid_path, b);
	believe_its_user(w, pid_path);
	pid = look_at_current(w, ret);
	old = old_master_pid(w, pid);
	if (!old && !pid)
		return false;
	if (old && pid && generation_begin(&w->new, pid, &w->believed) < 0)
		old = pid; /* it died this moment: what is left counts */
	ret->pid = old ? old : pid;
	ret->pid_file = PID_FILE_OK;
	ret->master = master_look(ret->pid, &w->believed, &w->old_master, &ret->why);
	if (ret->master == MASTER_OK && generation_begin(&w->old, ret->pid, &w->believed) < 0) {
		master_close(&w->old_master);
		ret->master = MASTER_GONE;
	}
	if (!is_ok(ret))
		return false;
	world_look_at_sockets(w);
	return true;
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
	master_close(&w->old_master);
	close_files(w);
	name_files(w, pid_path, &b);
	w->old = current;
	return master_look(current.subject.process.pid, &b, &w->old_master, &why) == MASTER_OK &&
	       process_same(&w->old_master.subject.process, &w->old.subject.process);
}

void world_close(struct world *w)
{
	generation_end(&w->old);
	generation_end(&w->new);
	master_close(&w->old_master);
	close_files(w);
}
