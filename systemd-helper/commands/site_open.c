/* Opens the world behind a pid file, and checks that it is the nginx that was meant. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/settings.h"
#include "commands/site.h"
#include "commands/site_private.h"
#include "core/problems.h"
#include "core/search.h"
#include "core/world.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/clock.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "os/process.h"
#include "os/rooted.h"
#include "os/waker.h"
#include "trust/path.h"
#include "trust/subject.h"

/* Looks through all processes for the masters whose pid file this is. */
static void search(struct view *v)
{
	memset(&v->found, 0, sizeof(v->found));
	v->found.believed = v->site->believed;
	v->found.pid_path = v->site->pid_path;
	v->found.wanted = v->seen.pid;
	v->search_error = search_masters(&v->found);
}

/* Waits until this process has ended, or the time for the next look at it has come. */
static void wait_for_process(pid_t pid, uint64_t began_us, uint64_t until_us)
{
	struct process process = PROCESS_NONE;
	uint64_t now_us = clock_us();
	uint64_t wait_us = look_interval_us(now_us - began_us, 0);

	if (process_open(pid, &process) < 0)
		return;
	if (now_us + wait_us > until_us)
		wait_us = until_us > now_us ? until_us - now_us : 0;
	process_wait(&process, wait_us);
	process_close(&process);
}

/* Opens the world. Waits for a master that is just starting: nginx writes its pid file before it
 * sets the title by which a master is known. */
static bool open_world(struct view *v)
{
	uint64_t began_us = clock_us();
	uint64_t until_us = began_us + v->site->patience_us;
	bool again = true;
	pid_t starting;

	for (;;) {
		world_close(v->w);
		if (world_open(v->w, v->site->pid_path, &v->site->believed, &v->seen))
			return true;
		search(v);
		/* The search came later: since then the master may have finished its pid file. */
		if (v->found.count && again) {
			again = false;
			continue;
		}
		starting = v->seen.master == MASTER_STARTING ? v->seen.pid : v->found.starting;
		if (!starting || clock_us() >= until_us)
			return false;
		wait_for_process(starting, began_us, until_us);
		again = true;
	}
}

/*
 * Others can exchange a pid file in a folder that they can write. Then what the file says proves
 * nothing, and the running masters are asked: the one that the file names must be a master of
 * root's whose own configuration names this pid file.
 */
static bool pid_file_agrees(struct view *v, struct problems *problems)
{
	const struct world *w = v->w;
	pid_t master = w->old.subject.process.pid;
	char text[PATH_MAX + 256];
	char advice[PATH_MAX + 64];
	size_t i;

	if (geteuid() != 0 || (w->pid_file.trusted && w->believed.user == 0))
		return true;
	search(v);
	for (i = 0; i < v->found.count; i++) {
		if (v->found.masters[i].pid == master ||
		    v->found.masters[i].pid == w->new.subject.process.pid)
			return true;
	}
	if (w->pid_file.trusted && !v->found.count)
		return true; /* a user's own, in that user's folder */
	(void)distrust_advice(&w->pid_file.why, advice, sizeof(advice));
	problem_advise(
		problem_add(
			problems, EXIT_REFUSED,
			"pid file %s names master %d, whose configuration does not name that file, and others can replace it: %s",
			v->site->pid_path, (int)master,
			distrust_text(&w->pid_file.why, text, sizeof(text))),
		"%s; then see that the file names the right master",
		advice[0] ? advice
			  : "have nginx write its pid in a folder that root alone can change");
	return false;
}

/*
 * Whether the master runs from this binary. Both paths are compared after all links are resolved,
 * in the master's root folder. The path of a master comes from its title, which an ordinary user
 * can forge: for a user's master the kernel must show that it executes that file.
 */
static bool runs_from(const struct world *w, const char *nginx)
{
	const struct master *m = &w->old_master;
	char wanted[PATH_MAX];
	char its[PATH_MAX];

	if (rooted_path(m->subject.root, nginx, wanted) < 0)
		return false;
	if (m->subject.uid != 0)
		return subject_executes(&m->subject, wanted, master_own_path(m, wanted));
	return master_binary(m, its) < 0 || strcmp(its, wanted) == 0;
}

/*
 * Whether the master can have written the pid file: nginx does that as the user that its master
 * runs as. A file of root's can name a user's process: root's master has crashed, and its pid was
 * given to another process.
 */
static bool wrote_it(const struct world *w)
{
	uid_t owner = w->pid_file.owner == NO_USER ? w->oldbin.owner : w->pid_file.owner;

	return geteuid() != 0 || w->believed.user == 0 || owner == w->believed.user;
}

/* Whether the nginx that was found is the one that was meant; where not, adds a problem. */
static bool is_meant(struct view *v, struct problems *problems)
{
	const struct site *site = v->site;
	const struct world *w = v->w;
	pid_t master = w->old.subject.process.pid;
	char its[PATH_MAX];

	if (w->believed.user != site->believed.user && !site->named) {
		problem_advise(
			problem_add(
				problems, EXIT_NOT_RUNNING,
				"nginx is not running: its pid file %s names master %d of uid %u, which is another user's nginx",
				site->pid_path, (int)master, (unsigned)w->believed.user),
			"start it, or give --pid-file if that user's nginx is meant");
		return false;
	}
	if (!wrote_it(w)) {
		problem_advise(
			problem_add(
				problems, EXIT_NOT_RUNNING,
				"nginx is not running: its pid file %s names process %d of uid %u, which did not write that file: that pid belongs to another process now",
				site->pid_path, (int)master, (unsigned)w->believed.user),
			"start it, or name the right pid file with --pid-file");
		return false;
	}
	if (site->only_nginx && site->nginx[0] && !runs_from(w, site->nginx)) {
		if (master_binary_name(&w->old_master, its) < 0)
			its[0] = '\0';
		problem_advise(
			problem_add(
				problems, EXIT_NOT_RUNNING,
				"nginx is not running from %s: the pid file %s is that of master %d, which runs from %s",
				site->nginx, site->pid_path, (int)master, its),
			"leave --nginx (or NGINX= in the settings) out, or name the right pid file");
		return false;
	}
	return pid_file_agrees(v, problems);
}

pid_t site_named_pid(const struct site *site)
{
	struct pid_file file;
	pid_t pid;

	pid_file_open(&file, &site->believed, site->pid_path);
	pid = pid_file_peek(&file);
	pid_file_close(&file);
	return pid;
}

static bool open_meant(struct view *v, struct problems *problems)
{
	if (!open_world(v)) {
		site_explain(v, problems);
		return false;
	}
	if (!is_meant(v, problems)) {
		world_close(v->w);
		world_init(v->w);
		return false;
	}
	return true;
}

bool site_open_world(const struct site *site, struct world *w, struct problems *problems)
{
	struct view *v = calloc(1, sizeof(*v));
	bool opened;
	int r = 0;

	world_init(w);
	if (!v) {
		problem_advise(
			problem_add(problems, EXIT_FAILED, "there is no memory to look for nginx"),
			"try again when there is more");
		return false;
	}
	v->site = site;
	v->w = w;
	opened = open_meant(v, problems);
	free(v);
	if (!opened)
		return false;
	if (geteuid() == 0 && w->believed.user != 0)
		r = identity_become(w->believed.user, w->old_master.subject.gid);
	if (r < 0) {
		problem_advise(
			problem_add(problems, EXIT_FAILED,
				    "this run cannot become uid %u, the owner of this nginx: %s",
				    (unsigned)w->believed.user, strerror(-r)),
			"run it as that user");
		return false;
	}
	return true;
}

enum site_look site_look(const struct settings *s, struct site *ret, struct world *w,
			 struct problems *problems)
{
	world_init(w);
	if (!site_find(s, ret, problems))
		return SITE_UNKNOWN;
	if (site_open_world(ret, w, problems))
		return SITE_RUNS;
	return problems->list[0].exit_code == EXIT_NOT_RUNNING ? SITE_STOPPED : SITE_UNKNOWN;
}
