/* Finds second masters, and workers without a master. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/strays.h"
#include "core/world.h"
#include "nginx/addresses.h"
#include "nginx/master.h"
#include "nginx/title.h"
#include "os/file_id.h"
#include "os/process.h"
#include "os/procfs.h"
#include "os/rooted.h"
#include "trust/path.h"
#include "trust/subject.h"

struct stray_search {
	const struct world *w;
	pid_t dead_master;
	char binary[PATH_MAX];      /* resolved; "": not known */
	struct addresses addresses; /* of the master that is known */
	struct master master;       /* the one that is looked at now */
	struct strays *ret;
};

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_binary(const struct master *a, const struct master *b)
{
	char first[PATH_MAX];
	char second[PATH_MAX];

	return file_id_equal(&a->subject.image_id, &b->subject.image_id) ||
	       (master_binary(a, first) == 0 && master_binary(b, second) == 0 &&
		strcmp(first, second) == 0);
}

/* Whether both have the same configuration, by their titles, which are root's own words by then. */
static bool same_arguments(const struct master *a, const struct master *b)
{
	const struct title_arguments *x = &a->arguments;
	const struct title_arguments *y = &b->arguments;

	return same_text(x->conf, y->conf) && same_text(x->prefix, y->prefix) &&
	       same_text(x->directives, y->directives) &&
	       (x->conf || x->prefix ? strcmp(a->cwd, b->cwd) == 0 ||
					       (x->conf ? x->conf[0] : x->prefix[0]) == '/'
				     : true);
}

/* NULL: there is no room. */
static struct stray *add_stray(struct stray_search *f, const struct process *p,
			       const struct file_id *image_id)
{
	struct strays *s = f->ret;
	struct stray *stray = &s->list[s->count];

	if (s->count == STRAYS_MAX) {
		s->more++;
		return NULL;
	}
	s->count++;
	stray->process = *p;
	stray->process.pidfd = -1;
	stray->image_id = *image_id;
	return stray;
}

static void add_master(struct stray_search *f, const struct master *m, bool proven)
{
	struct stray *stray = add_stray(f, &m->subject.process, &m->subject.image_id);

	if (!stray)
		return;
	stray->master = true;
	stray->proven = stray->in_the_way = proven;
}

/*
 * A master that was started with other arguments (-g of a unit, for example) may still be the same
 * nginx: then it listens on the same addresses. If it shares only one address it has this binary,
 * and takes clients of this nginx.
 */
static void consider_other_start(struct stray_search *f, const struct master *m)
{
	const struct master *old = &f->w->old_master;
	bool names_another = m->arguments.conf && old->arguments.conf &&
			     strcmp(m->arguments.conf, old->arguments.conf) != 0;
	struct addresses its;

	if (addresses_of(m->subject.process.pid, &its) < 0)
		return;
	if (addresses_meet(&its, &f->addresses))
		add_master(f, m, addresses_are(&its, &f->addresses) && !names_another);
	addresses_free(&its);
}

static void consider_stray_master(struct stray_search *f, pid_t pid)
{
	const struct world *w = f->w;
	struct master *m = &f->master;
	struct distrust why;

	if (!w->old.subject.process.pid || pid == w->old.subject.process.pid ||
	    pid == w->new.subject.process.pid ||
	    master_look(pid, &w->believed, m, &why) != MASTER_OK)
		return;
	if (m->subject.uid == w->believed.user && same_binary(m, &w->old_master)) {
		if (same_arguments(m, &w->old_master))
			add_master(f, m, true);
		else
			consider_other_start(f, m);
	}
	master_close(m);
}

/* Whether the process executes the same file as our nginx, or one that stood at its path. */
static bool is_our_image(const struct stray_search *f, pid_t pid, struct file_id *ret_id)
{
	char image[PATH_MAX];
	const struct world *w = f->w;

	if (procfs_file_id(pid, "exe", ret_id) < 0 ||
	    procfs_link(pid, "exe", image, sizeof(image)) < 0)
		return false;
	if (w->old.subject.process.pid && file_id_equal(ret_id, &w->old.subject.image_id))
		return true;
	(void)procfs_cut_deleted(image);
	return f->binary[0] && strcmp(image, f->binary) == 0;
}

/* Whether its parent is a living master, which is judged itself. */
static bool has_master(const struct proc_stat *stat)
{
	return stat->parent > 1 && master_titled(stat->parent);
}

/*
 * Whether its session was begun by our own master. A session that our master was born into may be
 * anybody's.
 */
static bool of_our_session(const struct stray_search *f, const struct proc_stat *stat)
{
	pid_t old = f->w->old.subject.process.pid;

	return stat->session && stat->session == (old ? old : f->dead_master);
}

/*
 * Whether it shares sockets with a known master. *ret_meets: it listens on an address of that
 * master.
 */
static bool shares_sockets(const struct stray_search *f, pid_t pid, bool *ret_meets)
{
	pid_t old = f->w->old.subject.process.pid;
	pid_t new = f->w->new.subject.process.pid;
	struct addresses its;
	bool shares;

	*ret_meets = false;
	if (!old || addresses_of(pid, &its) < 0)
		return false;
	shares = addresses_held_by(&its, old) > 0 || (new && addresses_held_by(&its, new) > 0);
	*ret_meets = shares || addresses_meet(&its, &f->addresses);
	addresses_free(&its);
	return shares;
}

static void add_worker(struct stray_search *f, const struct process *p,
		       const struct file_id *image_id, bool session)
{
	bool meets;
	bool shares = shares_sockets(f, p->pid, &meets);
	struct stray *stray = add_stray(f, p, image_id);

	if (!stray)
		return;
	stray->proven = shares || session;
	stray->by_session = session && !shares;
	stray->in_the_way = meets;
}

static void consider_stray_worker(struct stray_search *f, pid_t pid)
{
	struct process process = PROCESS_NONE;
	struct file_id image_id;
	struct proc_stat stat;
	bool ours, session;

	if (procfs_stat(pid, &stat) < 0 || has_master(&stat) ||
	    subject_was_executed_by(pid, f->w->believed.user) <= 0 || subject_is_here(pid) <= 0)
		return;
	ours = is_our_image(f, pid, &image_id);
	session = of_our_session(f, &stat);
	if ((!ours && !session) || process_open(pid, &process) < 0)
		return;
	add_worker(f, &process, &image_id, ours && session);
	process_close(&process);
}

static int consider_process(pid_t pid, void *arg)
{
	struct stray_search *f = arg;
	char cmdline[TITLE_MAX];
	ssize_t n = title_read(pid, cmdline, sizeof(cmdline));

	/* A process that has gone, or may not be looked at, is not ours. */
	if (n <= 0)
		return procfs_unless_gone(n);
	switch (title_classify(cmdline)) {
	case TITLE_MASTER: consider_stray_master(f, pid); break;
	case TITLE_WORKER:
	case TITLE_LEAVING: consider_stray_worker(f, pid); break;
	default: break;
	}
	return 0;
}

int strays_find(const struct world *w, pid_t dead_master, const char *binary, struct strays *ret)
{
	struct stray_search f = {.w = w, .dead_master = dead_master, .ret = ret};
	int r;

	memset(ret, 0, sizeof(*ret));
	if (w->old.subject.process.pid) {
		(void)addresses_of(w->old.subject.process.pid, &f.addresses);
		if (master_binary(&w->old_master, f.binary) < 0)
			f.binary[0] = '\0';
	} else if (!binary[0] || rooted_path("", binary, f.binary) < 0) {
		f.binary[0] = '\0';
	}
	r = procfs_each(consider_process, &f);
	addresses_free(&f.addresses);
	return r;
}

void strays_keep(struct strays *s, bool (*stays)(const struct stray *stray))
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (stays(&s->list[i]))
			s->list[kept++] = s->list[i];
	}
	s->count = kept;
}

/* Adds "BEFORE 12, 13" with the strays of that kind, if there are any. */
static size_t add_kind(const struct strays *s, bool master, bool proven, const char *before,
		       char *ret, size_t size, size_t n)
{
	const char *between = n ? "; " : "";
	size_t i;

	for (i = 0; i < s->count && n < size; i++) {
		if (s->list[i].master != master || s->list[i].proven != proven)
			continue;
		n += (size_t)snprintf(ret + n, size - n, "%s%s%d", between, before,
				      (int)s->list[i].process.pid);
		between = ", ";
		before = "";
	}
	return n < size ? n : size - 1;
}

const char *strays_text(const struct strays *s, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	n = add_kind(s, true, true, "of the same binary and configuration: master ", ret, size, n);
	n = add_kind(s, true, false, "of the same binary, with an address of this one: master ",
		     ret, size, n);
	n = add_kind(s, false, true, "of a master that is dead: worker ", ret, size, n);
	n = add_kind(s, false, false,
		     "of some master that is dead, of this nginx or another: worker ", ret, size,
		     n);
	if (s->more && n < size)
		(void)snprintf(ret + n, size - n, ", and %u more", (unsigned)s->more);
	return ret;
}

int strays_adopt_workers(struct strays *s, struct generation *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->subject = subject_none();
	ret->workers = calloc(STRAYS_MAX, sizeof(*ret->workers));
	if (!ret->workers)
		return -ENOMEM;
	for (i = 0; i < s->count; i++) {
		struct stray *stray = &s->list[i];
		struct worker *worker = &ret->workers[ret->count];
		struct proc_stat stat;

		if (stray->master || !stray->proven || stray->adopted ||
		    (ret->count && !file_id_equal(&ret->subject.image_id, &stray->image_id)))
			continue;
		stray->adopted = true;
		if (procfs_stat(stray->process.pid, &stat) < 0)
			continue;
		worker->pid = stray->process.pid;
		worker->start_ticks = stray->process.start_ticks;
		worker->start_stack = stat.start_stack;
		worker->title = TITLE_WORKER;
		ret->subject.image_id = stray->image_id;
		ret->count++;
	}
	return 0;
}
