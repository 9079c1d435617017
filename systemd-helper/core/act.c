/*
 * The actions of a run. The identity of each process is checked right before it is signalled. One
 * that is gone or has become something else gets no signal, and the next look shows what has become
 * of it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/act.h"
#include "core/act_quic.h"
#include "core/cut.h"
#include "core/decide.h"
#include "core/facts.h"
#include "core/genuine.h"
#include "core/leftovers.h"
#include "core/probe.h"
#include "core/raise.h"
#include "core/run.h"
#include "core/worker_list.h"
#include "core/workers.h"
#include "core/world.h"
#include "nginx/addresses.h"
#include "nginx/clients.h"
#include "nginx/install.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "nginx/quic_steer.h"
#include "nginx/staged.h"
#include "nginx/title.h"
#include "nginx/way.h"
#include "os/process.h"
#include "os/procfs.h"
#include "trust/subject.h"

/* A process that is gone is no failure: the next look shows it. */
static int unless_gone(int r)
{
	return r == -ESRCH ? 0 : r;
}

/*
 * Signals a worker if its pid still has the same start time and the process still is a worker. KILL
 * is sent whatever the master's child has become.
 */
static int signal_worker(const struct generation *g, const struct worker *worker, int sig)
{
	struct process process = PROCESS_NONE;
	int r = process_open(worker->pid, &process);

	if (r < 0)
		return unless_gone(r);
	if (process.start_ticks != worker->start_ticks)
		r = -ESRCH;
	else if (sig != SIGKILL)
		r = worker_genuine(g, worker);
	if (!r)
		r = subject_signal_member(&g->subject, &process, sig);
	process_close(&process);
	return unless_gone(r);
}

/*
 * The signal to send in place of QUIT, for a process that counts as a worker and has no title yet:
 * KILL if it is a master. A stray master that ends at QUIT or TERM removes nginx's unix sockets
 * from the file system, where the old master is not its parent (nginx: ngx_close_listening_sockets,
 * since 1.19.1). With KILL it cannot. A worker that still has its master's title has no client yet.
 */
static int signal_for(const struct worker *worker, int sig)
{
	char cmdline[TITLE_MAX];

	if (sig != SIGQUIT || worker->title != TITLE_OTHER ||
	    title_read(worker->pid, cmdline, sizeof(cmdline)) <= 0)
		return sig;
	return title_classify(cmdline) == TITLE_MASTER ? SIGKILL : sig;
}

static int signal_workers(const struct generation *g, int sig, bool also_leaving)
{
	int first = 0;
	size_t i;

	for (i = 0; i < g->count; i++) {
		const struct worker *worker = &g->workers[i];
		int r = also_leaving || worker->title != TITLE_LEAVING
				? signal_worker(g, worker, signal_for(worker, sig))
				: 0;

		if (!first)
			first = r;
	}
	return first;
}

/* In an undo workers that only finish their clients may do so, unless the drain has to end. */
static bool kills_leaving(const struct run *run)
{
	return run->ask.goal != GOAL_BACK || run->ask.drain_term;
}

/*
 * A stopped master starts no workers. -EAGAIN: it is not stopped yet. A master that waits for a
 * disk (D) handles the signal before it can do anything else.
 */
static int stand_still(const struct generation *g)
{
	struct proc_stat stat = {.state = 'Z'};
	int r = generation_signal(g, SIGSTOP);

	if (!r)
		r = procfs_stat(g->subject.process.pid, &stat);
	return !r && (stat.state == 'R' || stat.state == 'S') ? -EAGAIN : unless_gone(r);
}

/*
 * KILLs the workers before the master, so that a run that is killed between the two leaves no
 * orphans. This includes workers forked since the last look: a master that ignores QUIT starts
 * workers again, and one that no look has seen would serve on without its master.
 */
static int kill_generation(struct run *run, struct generation *g, pid_t other_master)
{
	struct world *w = &run->world;
	struct generation_facts now = {.alive = process_alive(&g->subject.process)};
	struct clients cut;
	int of_master;
	int r = stand_still(g);

	if (!r)
		r = workers_look(w, g, &now, other_master, 0, NULL);
	if (r < 0)
		return r;
	cut_count(run, g, kills_leaving(run), &cut);
	r = signal_workers(g, SIGKILL, kills_leaving(run));
	cut_note(run, g, &cut);
	of_master = unless_gone(generation_signal(g, SIGKILL));
	return of_master ? of_master : r;
}

/* TERM to a master also ends its workers at once. */
static int term_generation(struct run *run, const struct generation *g)
{
	struct clients cut;
	int r;

	cut_count(run, g, true, &cut);
	r = generation_signal(g, SIGTERM);
	if (!r)
		cut_note(run, g, &cut);
	clients_free(&cut);
	return r;
}

/* With QUIT every client that a worker has accepted is served to its end. */
static int quit_old(struct run *run)
{
	struct clients cut;
	int r;

	cut_count_waiting(run, &cut);
	r = generation_signal(&run->world.old, SIGQUIT);
	if (!r && cut.waiting)
		cut_note(run, &run->world.old, &cut);
	clients_free(&cut);
	return r;
}

static int end_orphans(struct run *run, const struct generation *g, int sig)
{
	struct clients cut;
	int r;

	if (sig != SIGKILL)
		return signal_workers(g, sig, true);
	cut_count(run, g, kills_leaving(run), &cut);
	r = signal_workers(g, sig, kills_leaving(run));
	cut_note(run, g, &cut);
	return r;
}

static int signal_orphans(struct run *run, int sig)
{
	struct world *w = &run->world;
	int r = 0;

	if (!run->facts.new.alive)
		r = end_orphans(run, &w->new, sig);
	if (!r && !run->facts.old.alive)
		r = end_orphans(run, &w->old, sig);
	return r;
}

/*
 * Searches for leftovers. Where nginx listens is read from its old master while that lives,
 * otherwise as noted before.
 */
static int search_leftovers(struct run *run)
{
	struct addresses now = {NULL, 0, false};
	const struct addresses *listened = &run->listened;
	bool sent_usr2 = run->history.acted_us[ACT_USR2] != 0;
	int r;

	if (run->facts.old.alive) {
		r = addresses_of(run->world.old.subject.process.pid, &now);
		if (r < 0)
			return r;
		listened = &now;
	}
	r = leftovers_search(&run->world, listened, sent_usr2);
	addresses_free(&now);
	if (r < 0)
		return r;
	run->leftovers += (unsigned)r;
	return 0;
}

static int restore_pid_file(struct world *w)
{
	pid_t pid = 0;

	/* PID.oldbin, moved back as nginx does it, keeps owner, mode and label. */
	if (pid_file_look(&w->oldbin, &pid) == PID_FILE_OK && pid == w->old.subject.process.pid &&
	    pid_file_move(&w->oldbin, &w->pid_file) == 0)
		return 0;
	return pid_file_write(&w->pid_file, w->old.subject.process.pid);
}

/* The master's next children inherit the limits. Without them everything goes on as before. */
static void raise_limits(struct run *run)
{
	if (raise_apply(&run->raise, &run->world.old.subject))
		run->events->limits(run, true);
}

void act_limits_back(struct run *run)
{
	if (raise_undo(&run->raise, &run->world.old.subject))
		run->events->limits(run, false);
}

/*
 * Looks at the pid file again right before USR2. USR2 without a right pid file would spoil the
 * master for good: every later HUP adds a set of workers and never reads the configuration again
 * (nginx: ngx_exec_new_binary, a failed rename leaves ngx_new_binary at -1).
 */
static int send_usr2(struct run *run)
{
	struct world *w = &run->world;
	pid_t pid = 0;
	enum pid_file_found found = pid_file_look(&w->pid_file, &pid);

	if (found == PID_FILE_UNREADABLE)
		return -w->pid_file.error;
	if (found != PID_FILE_OK || pid != w->old.subject.process.pid)
		return -ESTALE;
	raise_limits(run);
	if (run->fresh && run->history.acted_us[ACT_STEER]) {
		int r = act_usr2_fresh(run);

		if (!r || r == -ESRCH)
			return r;
	}
	return generation_signal(&w->old, SIGUSR2);
}

/* WINCH without a new master would leave no worker that accepts. */
static int send_winch(const struct world *w)
{
	int r = generation_genuine(&w->new);

	return r < 0 ? r : generation_signal(&w->old, SIGWINCH);
}

static int send_hup(struct run *run)
{
	struct generation *g = &run->world.old;

	raise_limits(run);
	workers_before_hup(g);
	return generation_signal(g, SIGHUP);
}

static int install_binary(struct run *run)
{
	const struct way_move *move = &run->move;
	int r;

	if (move->link[0])
		r = way_point(&run->world.believed, move->link, move->before, move->after,
			      &run->failed);
	else
		r = install_commit(run->staged, run->old_version, run->backup, &run->failed);
	if (r < 0)
		return r;
	run->ask.restore_binary = true;
	if (!move->link[0])
		run->world.wanted = run->staged->id;
	return 0;
}

static int put_back_binary(struct run *run)
{
	const struct world *w = &run->world;
	const struct master *m = &w->old_master;
	const struct way_move *move = &run->move;

	if (move->link[0])
		return way_point(&w->believed, move->link, move->after, move->before, &run->failed);
	return restore_binary(&w->believed, master_root_of(m, w->target),
			      master_own_path(m, w->target), m->subject.image, &run->failed);
}

int act(struct run *run, enum action action)
{
	struct world *w = &run->world;

	switch (action) {
	case ACT_INSTALL: return install_binary(run);
	case ACT_USR2: return send_usr2(run);
	case ACT_WINCH: return send_winch(w);
	case ACT_HUP: return send_hup(run);
	case ACT_HUP_OLD: return generation_signal(&w->old, SIGHUP);
	case ACT_QUIT_OLD: return quit_old(run);
	case ACT_TERM_OLD: return term_generation(run, &w->old);
	case ACT_KILL_OLD: return kill_generation(run, &w->old, w->new.subject.process.pid);
	case ACT_QUIT_NEW: return generation_signal(&w->new, SIGQUIT);
	case ACT_TERM_NEW: return term_generation(run, &w->new);
	case ACT_KILL_NEW: return kill_generation(run, &w->new, 0);
	case ACT_QUIT_NEW_WORKERS: return signal_workers(&w->new, SIGQUIT, true);
	case ACT_QUIT_ORPHANS: return signal_orphans(run, SIGQUIT);
	case ACT_SEARCH: return search_leftovers(run);
	case ACT_KILL_ORPHANS: return signal_orphans(run, SIGKILL);
	case ACT_RESTORE_PID_FILE: return restore_pid_file(w);
	case ACT_RESTORE_BINARY: return put_back_binary(run);
	case ACT_PROBE: return probes_begin(run);
	case ACT_HEAL: return act_heal(run);
	case ACT_STEER: return act_steer(run);
	case ACT_SWITCH: return act_switch(run, QUIC_STEER_NEW);
	case ACT_SWITCH_BACK: return act_switch(run, QUIC_STEER_BACK);
	case ACT_UNSTEER: return act_unsteer(run);
	default: return -EINVAL;
	}
}

int act_reopen(struct run *run)
{
	const struct world *w = &run->world;
	int of_old = run->facts.closing ? 0 : generation_signal(&w->old, SIGUSR1);
	int of_new = run->facts.new.alive ? generation_signal(&w->new, SIGUSR1) : 0;

	return of_new ? of_new : of_old;
}

int act_reopen_draining(struct run *run)
{
	return signal_workers(&run->world.old, SIGUSR1, true);
}
