/*
 * The adapter for an nginx that runs under "nginx-handover run", and what "run" itself tells
 * systemd. For systemd "run" is the main process: it must not be told of another.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/foreground.h"
#include "init/init.h"
#include "init/libsystemd.h"
#include "init/systemd.h"
#include "os/duration.h"
#include "os/lock.h"
#include "os/lock_subjects.h"
#include "os/process.h"
#include "os/procfs.h"

#define READY_US (5u * USEC_PER_SEC)

void foreground_notify(const char *state)
{
	systemd_notify_open();
	if (systemd_notify_wanted())
		(void)systemd_notify_given(libsystemd_open(), state);
}

void foreground_notify_ready(const char *state)
{
	systemd_notify_open();
	if (systemd_notify_wanted() &&
	    systemd_notify_ready(libsystemd_open(), state, READY_US) <= 0)
		systemd_say_unready();
}

uint64_t foreground_watchdog_us(void)
{
	const char *time = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (!time || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return strtoull(time, NULL, 10);
}

/*
 * The "run" that a master belongs to: it holds a lock on its masters as long as it lives, in a
 * folder that nobody else can write. 0: none. The new master of a handover has no lock yet, and is
 * known by its parent.
 */
static pid_t lock_holder_of(pid_t master)
{
	struct process p = PROCESS_NONE;
	struct process holder = PROCESS_NONE;
	struct lock_subjects subjects;
	char what[64];
	pid_t pid = 0;

	if (process_open(master, &p) < 0)
		return 0;
	lock_subjects_init(&subjects);
	if (lock_on_process(&subjects, &p) == 0 && lock_for(&subjects, FOREGROUND_LOCK) == 0 &&
	    lock_holder(&subjects, &holder, what, sizeof(what), NULL) == 0)
		pid = holder.pid;
	process_close(&holder);
	process_close(&p);
	return pid;
}

static pid_t foreground_of(pid_t master)
{
	struct proc_stat stat;
	pid_t pid = lock_holder_of(master);

	if (!pid && procfs_stat(master, &stat) == 0 && stat.parent > 1)
		pid = lock_holder_of(stat.parent);
	return pid;
}

static enum init_evidence evidence(const char *service, pid_t master)
{
	(void)service;
	return master > 0 && foreground_of(master) ? INIT_PARENT : INIT_NO;
}

struct state {
	pid_t master;
	char name[UNIT_TEXT];
};

static const char *name_of(pid_t pid, char *ret, size_t size)
{
	(void)snprintf(ret, size, "nginx-handover run (pid %d)", (int)pid);
	return ret;
}

static void attach(struct init *init, pid_t master)
{
	struct state *s = init->state;

	s->master = master;
}

static const char *ends_with(struct init *init)
{
	struct state *s = init->state;
	pid_t pid = s->master ? foreground_of(s->master) : 0;

	return pid ? name_of(pid, s->name, sizeof(s->name)) : NULL;
}

static bool believes(pid_t master, struct init_belief *ret)
{
	pid_t pid = foreground_of(master);

	if (!pid)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->name = "run";
	(void)name_of(pid, ret->unit, sizeof(ret->unit));
	(void)snprintf(ret->state, sizeof(ret->state), "running");
	ret->main = master;
	ret->right_state = true;
	return true;
}

/* The machine's init system cannot be in the way: its main process is "run". */
static bool obstacle(struct init *init, pid_t master, char *ret, size_t size)
{
	(void)init;
	(void)master;
	(void)ret;
	(void)size;
	return false;
}

const struct init_ops init_run = {
	.name = "run",
	.state_size = sizeof(struct state),
	.evidence = evidence,
	.attach = attach,
	.ends_with = ends_with,
	.obstacle = obstacle,
	.believes = believes,
};
