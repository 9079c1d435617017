/*
 * Whether a process is still what a look has shown. This is asked right before it is signalled: the
 * pid may belong to another process by then, and a worker may have executed something else.
 */
#include <errno.h>
#include <stddef.h>

#include "core/genuine.h"
#include "core/world.h"
#include "nginx/flavour.h"
#include "nginx/title.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "trust/subject.h"

int has_inherited_listeners(pid_t pid)
{
	char env[16384];
	ssize_t n = procfs_read(pid, "environ", env, sizeof(env));

	return n > 0 ? flavour_is_handed_sockets(env, (size_t)n) : procfs_unless_gone(n);
}

/*
 * Whether the process looks like a master: by its title, or on its way from exec to that. 0;
 * -ESRCH: it does not; or -errno.
 */
static int says_master(const struct generation *g)
{
	char cmdline[TITLE_MAX];
	pid_t pid = g->subject.process.pid;
	ssize_t n = title_read(pid, cmdline, sizeof(cmdline));
	int r = n > 0 ? 0 : n < 0 ? (int)n : -ESRCH;

	if (!r && title_classify(cmdline) != TITLE_MASTER) {
		r = title_classify(cmdline) == TITLE_OTHER ? has_inherited_listeners(pid) : 0;
		if (r >= 0)
			r = r ? 0 : -ESRCH;
	}
	return r;
}

int generation_genuine(const struct generation *g)
{
	int r = says_master(g);

	return r < 0 ? r : subject_same(&g->subject);
}

int generation_signal(const struct generation *g, int sig)
{
	int r = says_master(g);

	return r < 0 ? r : subject_signal(&g->subject, sig);
}

int worker_genuine(const struct generation *g, const struct worker *worker)
{
	char cmdline[TITLE_MAX];
	struct proc_stat stat;
	struct file_id image_id;
	ssize_t n = title_read(worker->pid, cmdline, sizeof(cmdline));
	int r = n < 0 ? (int)n : procfs_stat(worker->pid, &stat);

	if (r < 0)
		return r;
	if (worker->intruder || n == 0 || stat.start_ticks != worker->start_ticks)
		return -ESRCH;
	switch (title_classify(cmdline)) {
	case TITLE_OTHER: return -ESRCH;
	case TITLE_MASTER: break;
	default: return 0;
	}
	/*
	 * It has been forked and has no title yet. It must not have become a master by exec since.
	 */
	if (stat.start_stack != worker->start_stack)
		return -ESRCH;
	r = procfs_file_id(worker->pid, "exe", &image_id);
	return !r && !file_id_equal(&image_id, &g->subject.image_id) ? -ESRCH : r;
}
