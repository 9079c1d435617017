/*
 * Brings a running nginx into its unit. systemd moves processes only into units that are delegated,
 * so root writes their pids into the unit's cgroup directly. A unit that is not active has no
 * cgroup: it is first made active around the running master, by a start that starts nothing (with
 * the drop-in below) and reads the pid file. Processes are moved only after systemd has taken the
 * master for the main process: if that start fails, no process of nginx is in a cgroup that systemd
 * clears.
 *
 *	reload with the drop-in -> start -> move -> reload without it
 *
 * The file of the drop-in exists until the start has ended, a moment later. If a run is killed in
 * that moment the next one removes the file; doctor finds it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/init.h"
#include "init/manager.h"
#include "init/manager_private.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "init/systemd_adopt.h"
#include "init/unit.h"
#include "os/cgroups.h"
#include "os/children.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/process.h"
#include "os/procfs.h"
#include "trust/subject.h"
#include "ui/say.h"

#define START_US (40u * USEC_PER_SEC)

static bool is_in_unit(const struct adopting *a, pid_t pid)
{
	char unit[UNIT_NAME_SIZE];

	return unit_of(pid, unit) == UNIT_SERVICE && strcmp(unit, a->m->unit) == 0;
}

/* --- the move -------------------------------------------------------------------------------- */

/* Moves one process. A process that has gone, or whose pid is another's by now, is skipped. */
static int move_process(struct adopting *a, const struct process *p)
{
	struct adopted *one;
	int r;

	one = realloc(a->list, (a->count + 1) * sizeof(*one));
	if (!one)
		return -ENOMEM;
	a->list = one;
	one += a->count;
	one->process = *p;
	one->process.pidfd =
		-1; /* the start time is enough, and thousands of descriptors are not */
	r = cgroups_text(p->pid, one->former);
	if (r == 0 && !process_alive(p))
		r = -ESRCH;
	if (r == 0)
		r = cgroups_enter(p->pid, a->group);
	if (r == -ESRCH)
		return 0;
	a->count++; /* also after an error: it may have been moved in some hierarchies */
	return r;
}

/* The pid of the last look may belong to another process by now. */
static bool is_child(const struct adopting *a, const struct process *p)
{
	struct proc_stat stat;

	return procfs_stat(p->pid, &stat) == 0 && stat.parent == a->master &&
	       stat.start_ticks == p->start_ticks;
}

/* 1: a child was moved; 0: all children are in the unit; or -errno. */
static int move_children(struct adopting *a, struct children *c)
{
	int moved = 0;
	size_t i;
	int r = children_look(c, a->master);

	for (i = 0; r == 0 && i < c->count; i++) {
		struct process p;

		if (is_in_unit(a, c->pids[i]) || process_open(c->pids[i], &p) < 0)
			continue;
		if (is_child(a, &p)) {
			r = move_process(a, &p);
			moved = 1;
		}
		process_close(&p);
	}
	return r < 0 ? r : moved;
}

/*
 * The master first: what it forks after that is in the unit by itself. One look may miss a child,
 * so the looks are repeated until there is nothing left to move.
 */
static int move_all(struct adopting *a)
{
	enum { LOOKS = 32 };
	struct children c = CHILDREN_NONE;
	unsigned looks;
	int r = subject_same(a->what->master);

	if (r == 0)
		r = move_process(a, &a->what->master->process);
	if (r == 0 && !is_in_unit(a, a->master))
		r = -EIO;
	if (r == 0)
		r = 1;
	for (looks = 0; r > 0 && looks < LOOKS; looks++)
		r = move_children(a, &c);
	children_free(&c);
	return r > 0 ? -EAGAIN : r;
}

static void move_back(struct adopting *a)
{
	int error = 0;

	while (a->count) {
		struct adopted *one = &a->list[--a->count];
		int r = process_alive(&one->process) ? cgroups_return(one->process.pid, one->former)
						     : 0;

		error = error ? error : r;
	}
	if (error)
		say(SAY_WARNING,
		    "not every process of nginx could be moved back to where it was: %s. What to do: see \"systemd-cgls\"",
		    strerror(-error));
}

/* Finds the cgroup of the unit. */
static int find_group(struct adopting *a)
{
	if (!adopt_ask(a, SERVICE_INTERFACE, "ControlGroup") || a->m->call.text[0] != '/' ||
	    strlen(a->m->call.text) >= sizeof(a->group))
		return -ENOENT;
	memcpy(a->group, a->m->call.text, strlen(a->m->call.text) + 1);
	return 0;
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool has_taken(struct adopting *a)
{
	return manager_ask(a->m, clock_us() + SYSTEMD_ASK_US) &&
	       strcmp(a->m->view.active_state, "active") == 0 &&
	       a->m->view.main_pid == (uint32_t)a->master;
}

/*
 * Undoes everything. A unit that we have made active becomes inactive again, without a signal to
 * any process (KillMode=none).
 */
static void undo(struct adopting *a)
{
	const char *arguments[] = {a->m->unit, NULL};
	char why[256];

	move_back(a);
	if (a->started)
		(void)manager_run_job(a->m, "StopUnit", clock_us() + START_US, why, sizeof(why));
	if (a->loaded && !adopt_unload(a))
		say(SAY_ERROR,
		    "systemd still has our temporary drop-in for %s, with which a start executes nothing. What to do: \"systemctl daemon-reload\" before anything else is done with that unit",
		    a->m->unit);
	if (a->started && !a->had_failed)
		(void)manager_call(a->m, "ResetFailedUnit", arguments, clock_us() + SYSTEMD_ASK_US);
}

static bool start_unit(struct adopting *a)
{
	const char *arguments[] = {a->m->unit, NULL};
	char why[256] = "";
	int r;

	if (!adopt_load(a))
		return false;
	(void)manager_call(a->m, "ResetFailedUnit", arguments, clock_us() + SYSTEMD_ASK_US);
	a->started = true;
	r = manager_run_job(a->m, "StartUnit", clock_us() + START_US, why, sizeof(why));
	if (r == 0 && has_taken(a)) {
		adopt_remove_file(a);
		return true;
	}
	say(SAY_ERROR,
	    "systemd has not taken master %d as the main process of %s: that unit is %s%s%s. What to do: see \"journalctl -u %s\"",
	    a->master, a->m->unit,
	    a->m->view.active_state[0] ? a->m->view.active_state : "not known", why[0] ? "; " : "",
	    why, a->m->unit);
	return false;
}

static bool move_in(struct adopting *a)
{
	int r = find_group(a);

	if (r == 0)
		r = move_all(a);
	if (r == 0)
		return true;
	say(SAY_ERROR,
	    "the processes of nginx could not be moved into %s: %s%s. What to do: see \"systemd-cgls\" and the kernel's log, then try again",
	    a->m->unit, strerror(-r), r == -ENOENT ? " (it has no cgroup)" : "");
	return false;
}

static bool settle(struct adopting *a)
{
	if (a->loaded && !adopt_unload(a))
		say(SAY_WARNING,
		    "systemd did not reload %s. What to do: \"systemctl daemon-reload\" before anything else is done with that unit",
		    a->m->unit);
	if (has_taken(a))
		return true;
	say(SAY_ERROR,
	    "the processes of nginx are in %s, and systemd calls it %s with main process %u. What to do: \"nginx-handover reload\" tells systemd, then see \"systemctl status %s\"",
	    a->m->unit, a->m->view.active_state, a->m->view.main_pid, a->m->unit);
	return false;
}

static bool adopt(struct adopting *a)
{
	bool was_active = strcmp(a->m->view.active_state, "active") == 0;
	char left[PATH_MAX];

	a->had_failed = strcmp(a->m->view.active_state, "failed") == 0;
	if (adopt_left(a->m->unit, left) && !adopt_unload(a)) {
		say(SAY_ERROR,
		    "systemd does not reload its units. Nothing was done. What to do: see what \"systemctl daemon-reload\" says, then try again");
		return false;
	}
	if ((!was_active && !start_unit(a)) || !move_in(a)) {
		undo(a);
		say(SAY_ERROR,
		    "that was undone: master %d serves as before, outside of %s. What to do: correct the cause, then try again",
		    a->master, a->m->unit);
		return false;
	}
	a->what->changed = true;
	if (!settle(a))
		return false;
	say(SAY_NOTICE,
	    "master %d is in %s now, which is active with it as the main process: %u processes were moved, and none was stopped",
	    a->master, a->m->unit, (unsigned)a->count);
	say(SAY_NOTICE,
	    "the unit's user, environment and sandbox settings apply from the next restart on, its limits from the next reload or upgrade on");
	adopt_say_other_binary(a);
	return true;
}

/* Whether the master is in its unit already. */
static bool is_at_home(const struct systemd *s, pid_t master)
{
	char unit[UNIT_NAME_SIZE];

	if (unit_of(master, unit) != UNIT_SERVICE || strcmp(unit, s->unit) != 0)
		return false;
	return manager_knows(&s->manager) && s->manager.view.main_pid && !systemd_is_strangers(s);
}

enum init_job systemd_adopt(struct init *init, struct init_adoption *what)
{
	struct systemd *s = systemd_of(init);
	struct adopting a = {.what = what};
	bool done;

	a.m = &s->manager;
	a.master = what->master->process.pid;
	systemd_load(s);
	if (!s->manager.bus.connection) {
		say(SAY_ERROR,
		    "systemd cannot be asked over D-Bus. Nothing was done. What to do: install libdbus-1, and see that the system bus runs (systemctl status dbus)");
		return INIT_JOB_FAILED;
	}
	if (s->unit[0])
		(void)manager_wait(a.m, manager_answered, NULL, clock_us() + SYSTEMD_ASK_US);
	if (s->unit[0] && is_at_home(s, a.master)) {
		say(SAY_NOTICE, "nothing to do: master %d is in %s", a.master, s->unit);
		return INIT_JOB_DONE;
	}
	if (!adopt_can_begin(&a))
		return INIT_JOB_FAILED;
	if (what->dry_run) {
		say(SAY_NOTICE,
		    "nothing stands in the way: master %d and its workers would be moved into %s%s",
		    a.master, a.m->unit,
		    strcmp(a.m->view.active_state, "active") == 0
			    ? ""
			    : ", which would be made active around them");
		adopt_say_other_binary(&a);
		return INIT_JOB_DONE;
	}
	done = adopt(&a);
	free(a.list);
	return done ? INIT_JOB_DONE : INIT_JOB_FAILED;
}
