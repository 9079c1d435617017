/*
 * Chooses the line of the error log that says why: it must come from the processes that this run is
 * about.
 */
#include <stddef.h>
#include "core/cause.h"
#include "core/decide.h"
#include "core/run.h"
#include "core/worker_list.h"
#include "core/world.h"
#include "nginx/error_log.h"
#include "os/procfs.h"

/* The generation that failed. A reload or stop has only the old one. */
static const struct generation *wanted(const struct run *run)
{
	return run->ask.goal == GOAL_RELOAD || run->ask.goal == GOAL_STOP ? &run->world.old
									  : &run->world.new;
}

/*
 * Judges a pid of no known process. If the process is gone it may have been a new master that died
 * before it was seen, or one of its workers. If it lives it is another nginx's, unless a master of
 * ours is its parent.
 */
static enum log_writer of_number(pid_t pid, pid_t master)
{
	struct proc_stat stat;

	if (procfs_stat(pid, &stat) < 0 || stat.state == 'Z' || stat.state == 'X')
		return LOG_WRITER_DEAD;
	return master && stat.parent == master ? LOG_WRITER_OURS : LOG_WRITER_OTHER;
}

static enum log_writer whose(const void *arg, pid_t pid)
{
	const struct run *run = arg;
	const struct generation *g = wanted(run);
	const struct generation *old = &run->world.old;

	if (pid == g->subject.process.pid)
		return LOG_WRITER_WANTED;
	if (list_find(g, pid))
		return LOG_WRITER_OURS;
	/* Where we have killed the new master, the old one's line about that is no news. */
	if (pid == old->subject.process.pid)
		return run->history.acted_us[ACT_KILL_NEW] ? LOG_WRITER_OTHER : LOG_WRITER_OLD;
	if (list_find(old, pid))
		return LOG_WRITER_OTHER;
	return of_number(pid, g->subject.process.pid);
}

static enum log_writer ours(const void *arg, pid_t pid)
{
	const struct run *run = arg;
	const struct generation *old = &run->world.old;
	const struct generation *new = &run->world.new;

	if (pid == old->subject.process.pid || pid == new->subject.process.pid)
		return LOG_WRITER_WANTED;
	return list_find(old, pid) || list_find(new, pid) ? LOG_WRITER_OURS : LOG_WRITER_OTHER;
}

size_t run_cause_of_all(const struct run *run, char *ret, size_t size)
{
	return error_log_cause(&run->log, ours, run, ret, size);
}

size_t run_cause(const struct run *run, char *ret, size_t size)
{
	return error_log_cause(&run->log, whose, run, ret, size);
}
