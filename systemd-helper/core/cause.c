/* Which line of the error log says why: it must be of those that this run is about. */
#include "core/run.h"
#include "os/procfs.h"

static bool is_worker(const struct generation *g, pid_t pid)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (g->workers[i].pid == pid)
			return true;
	}
	return false;
}

/* The generation that was to do what did not happen. A reload and logs have but those that are. */
static const struct generation *wanted(const struct run *run)
{
	return run->ask.goal == GOAL_RELOAD || run->ask.goal == GOAL_STOP ? &run->world.old
									  : &run->world.new;
}

/*
 * A number that nobody has any more may be that of a new master that died before it was seen, or of
 * one of its workers. One that lives is another nginx's, unless a master of ours has started it.
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
	if (is_worker(g, pid))
		return LOG_WRITER_OURS;
	/* That its child was killed is no news where we have done that. */
	if (pid == old->subject.process.pid)
		return run->history.acted_us[ACT_KILL_NEW] ? LOG_WRITER_OTHER : LOG_WRITER_OLD;
	if (is_worker(old, pid))
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
	return is_worker(old, pid) || is_worker(new, pid) ? LOG_WRITER_OURS : LOG_WRITER_OTHER;
}

size_t run_cause_of_all(const struct run *run, char *ret, size_t size)
{
	return error_log_cause(&run->log, ours, run, ret, size);
}

size_t run_cause(const struct run *run, char *ret, size_t size)
{
	return error_log_cause(&run->log, whose, run, ret, size);
}
