/*
 * The effects of a handover. Each signal goes to a process whose identity is checked in that
 * moment; one that is gone or has become something else gets nothing, and the next look tells.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/run.h"
#include "core/workers.h"
#include "nginx/pid_file.h"
#include "nginx/staged.h"

/* A process that is gone is no failure: the next look sees it. */
static int unless_gone(int r)
{
	return r == -ESRCH ? 0 : r;
}

/* -ESRCH: it is no longer the master that was looked at; nothing was sent. */
static int signal_master(const struct generation *g, int sig)
{
	return generation_genuine(g) ? process_signal(&g->process, sig) : -ESRCH;
}

/* A worker's pid is only as good as its start time, and what it has become since. */
static int signal_worker(const struct generation *g, const struct worker *worker, int sig)
{
	struct process process = PROCESS_NONE;
	int r = process_open(worker->pid, &process);

	if (r < 0)
		return unless_gone(r);
	if (process.start_ticks == worker->start_ticks && worker_genuine(g, worker))
		r = unless_gone(process_signal(&process, sig));
	process_close(&process);
	return r;
}

static int signal_workers(const struct generation *g, int sig)
{
	int first = 0;
	size_t i;

	for (i = 0; i < g->count; i++) {
		int r = signal_worker(g, &g->workers[i], sig);

		if (!first)
			first = r;
	}
	return first;
}

/*
 * The workers first: a master that hangs or has had QUIT does not replace them, and a run that is
 * killed between the two leaves no orphans.
 */
static int kill_generation(struct generation *g, pid_t other_master)
{
	struct generation_facts now = {.alive = process_alive(&g->process)};
	int of_master;
	int r;

	(void)workers_look(g, &now, other_master, 0, NULL); /* those forked since the look, too */
	r = signal_workers(g, SIGKILL);
	of_master = unless_gone(signal_master(g, SIGKILL));
	return of_master ? of_master : r;
}

static int orphans(struct run *run, int sig)
{
	struct world *w = &run->world;
	int r = 0;

	if (!run->facts.new.alive)
		r = signal_workers(&w->new, sig);
	if (!r && !run->facts.old.alive)
		r = signal_workers(&w->old, sig);
	return r;
}

static int restore_pid_file(const struct world *w)
{
	pid_t pid = 0;

	/* Its own file, moved back as nginx would, keeps owner, mode and label. */
	if (pid_file_read(w->oldbin_path, &pid) == PID_FILE_OK && pid == w->old.process.pid &&
	    rename(w->oldbin_path, w->pid_path) == 0)
		return 0;
	return pid_file_write(w->pid_path, w->old.process.pid);
}

/*
 * USR2 without a right pid file spoils a master for good: every later HUP adds a set of workers and
 * never reads the configuration again (nginx: ngx_exec_new_binary, a failed rename leaves
 * ngx_new_binary at -1). So it is looked at once more, right before.
 */
static int send_usr2(const struct world *w)
{
	pid_t pid = 0;

	if (pid_file_read(w->pid_path, &pid) != PID_FILE_OK || pid != w->old.process.pid)
		return -ESTALE;
	return signal_master(&w->old, SIGUSR2);
}

/* WINCH without a new master would leave nobody that accepts. */
static int send_winch(const struct world *w)
{
	return generation_genuine(&w->new) ? signal_master(&w->old, SIGWINCH) : -ESRCH;
}

static int send_hup(struct generation *g)
{
	workers_before_hup(g);
	return signal_master(g, SIGHUP);
}

static int install(struct run *run)
{
	struct world *w = &run->world;
	struct believed b = believed_caller();
	struct staged staged;
	int r = install_stage(&b, master_root_of(&w->old_master, w->target), run->new_binary,
			      master_own_path(&w->old_master, w->target), w->old_master.image,
			      &staged, &run->failed);

	if (r < 0)
		return r;
	r = install_commit(&staged, run->old_version, run->backup, &run->failed);
	if (!r) {
		run->ask.restore_binary = true;
		w->wanted = staged.id;
	}
	install_unstage(&staged);
	return r;
}

static int restore(struct run *run)
{
	const struct world *w = &run->world;
	struct believed b = believed_caller();

	return restore_binary(&b, master_root_of(&w->old_master, w->target),
			      master_own_path(&w->old_master, w->target), w->old_master.image,
			      &run->failed);
}

int act(struct run *run, enum action action)
{
	struct world *w = &run->world;

	switch (action) {
	case ACT_INSTALL: return install(run);
	case ACT_USR2: return send_usr2(w);
	case ACT_WINCH: return send_winch(w);
	case ACT_HUP: return send_hup(&w->old);
	case ACT_HUP_OLD: return signal_master(&w->old, SIGHUP);
	case ACT_QUIT_OLD: return signal_master(&w->old, SIGQUIT);
	case ACT_TERM_OLD: return signal_master(&w->old, SIGTERM);
	case ACT_KILL_OLD: return kill_generation(&w->old, w->new.process.pid);
	case ACT_QUIT_NEW: return signal_master(&w->new, SIGQUIT);
	case ACT_TERM_NEW: return signal_master(&w->new, SIGTERM);
	case ACT_KILL_NEW: return kill_generation(&w->new, 0);
	case ACT_QUIT_NEW_WORKERS: return signal_workers(&w->new, SIGQUIT);
	case ACT_QUIT_ORPHANS: return orphans(run, SIGQUIT);
	case ACT_KILL_ORPHANS: return orphans(run, SIGKILL);
	case ACT_RESTORE_PID_FILE: return restore_pid_file(w);
	case ACT_RESTORE_BINARY: return restore(run);
	default: return -EINVAL;
	}
}

int act_reopen(struct run *run)
{
	const struct world *w = &run->world;
	int of_old = run->facts.closing ? 0 : signal_master(&w->old, SIGUSR1);
	int of_new = run->facts.new.alive ? signal_master(&w->new, SIGUSR1) : 0;

	return of_new ? of_new : of_old;
}

int act_reopen_draining(struct run *run)
{
	return signal_workers(&run->world.old, SIGUSR1);
}
