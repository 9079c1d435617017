/* The search for processes of earlier generations. */
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "core/leftovers.h"
#include "core/worker_list.h"
#include "core/world.h"
#include "nginx/addresses.h"
#include "nginx/title.h"
#include "os/file_id.h"
#include "os/process.h"
#include "os/procfs.h"
#include "trust/subject.h"

struct leftover_search {
	struct world *w;
	const struct addresses *listened;
	uint64_t since_ticks;
	int taken;
};

static bool is_known(const struct generation *g, pid_t pid)
{
	return g->subject.process.pid == pid || list_find(g, pid) != NULL;
}

static bool is_child_of(const struct generation *g, const struct proc_stat *stat)
{
	return g->subject.process.pid > 0 && stat->parent == g->subject.process.pid &&
	       process_alive(&g->subject.process);
}

static int is_titled(pid_t pid)
{
	char cmdline[TITLE_MAX];
	ssize_t n = title_read(pid, cmdline, sizeof(cmdline));

	return n <= 0 ? (int)n : title_classify(cmdline) != TITLE_OTHER;
}

static bool is_wanted(const struct world *w, const struct file_id *image_id)
{
	return (w->wanted.inode && file_id_equal(image_id, &w->wanted)) ||
	       (w->wanted_image.inode && file_id_equal(image_id, &w->wanted_image));
}

/*
 * Whether it is a file that this nginx executes or has executed. Checked first, since it costs
 * little.
 */
static bool executes_ours(const struct world *w, const struct file_id *image_id)
{
	return file_id_equal(image_id, &w->old_master.subject.image_id) ||
	       file_id_equal(image_id, &w->new.subject.image_id) || is_wanted(w, image_id);
}

/*
 * A process that shares a socket with nginx was handed it. A process with sockets of its own (nginx
 * daemonises again where it is handed none) is ours only where nothing else can be true.
 */
static int listens_as_ours(const struct leftover_search *s, pid_t pid,
			   const struct file_id *image_id, const struct proc_stat *stat)
{
	struct addresses its;
	int r = addresses_held_by(s->listened, pid);

	if (r || !s->since_ticks || stat->start_ticks < s->since_ticks ||
	    !is_wanted(s->w, image_id))
		return r;
	r = addresses_of(pid, &its);
	if (!r) {
		r = addresses_are(&its, s->listened);
		addresses_free(&its);
	}
	return r;
}

/* Whether this is a leftover: 1, 0, or -errno. */
static int is_leftover(const struct leftover_search *s, pid_t pid, struct file_id *ret_image)
{
	const struct world *w = s->w;
	struct proc_stat stat;
	int r = procfs_file_id(pid, "exe", ret_image);

	if (!r)
		r = executes_ours(w, ret_image) ? 1 : is_titled(pid);
	if (r > 0)
		r = is_known(&w->old, pid) || is_known(&w->new, pid) ? 0 : 1;
	if (r > 0) {
		r = procfs_stat(pid, &stat);
		r = r < 0 ? r : !is_child_of(&w->old, &stat);
	}
	if (r > 0)
		r = subject_was_executed_by(pid, w->believed.user);
	if (r > 0)
		r = subject_is_here(pid);
	return r > 0 ? listens_as_ours(s, pid, ret_image, &stat) : r;
}

static int take_if_leftover(pid_t pid, void *arg)
{
	struct leftover_search *s = arg;
	struct process process = PROCESS_NONE;
	struct file_id image_id;
	int r = is_leftover(s, pid, &image_id);

	if (r > 0) {
		r = process_open(pid, &process);
		if (!r)
			r = generation_adopt(&s->w->new, &process, &image_id);
		process_close(&process);
	}
	if (r > 0)
		s->taken += r;
	return r < 0 ? procfs_unless_gone(r) : 0;
}

int leftovers_search(struct world *w, const struct addresses *listened, bool sent_usr2)
{
	struct leftover_search s = {.w = w, .listened = listened};
	struct proc_stat own;
	int r;

	if (!listened->count)
		return 0;
	if (sent_usr2) {
		r = procfs_stat(getpid(), &own);
		if (r < 0)
			return r;
		s.since_ticks = own.start_ticks;
	}
	r = procfs_each(take_if_leftover, &s);
	return r < 0 ? r : s.taken;
}
