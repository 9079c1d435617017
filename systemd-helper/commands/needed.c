/*
 * needed: says whether an upgrade is due, and why. It is when a file that the running master
 * executes or maps is no longer the one at its path; each such file is listed, with the time and
 * the package. Changes nothing. The exit code is for scripts: 0 it is due, 1 it is not, any other:
 * unknown.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands/commands.h"
#include "commands/package_owner.h"
#include "commands/record.h"
#include "commands/report.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "commands/words.h"
#include "core/facts.h"
#include "core/observe.h"
#include "core/problems.h"
#include "core/world.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/master.h"
#include "nginx/replaced.h"
#include "os/exit_code.h"
#include "os/file_id.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

/* More files are counted, but not listed. */
enum { FILES_MAX = 64 };

struct due_file {
	enum replaced_kind kind;
	char path[PATH_MAX];
	bool gone;
	time_t since;
};

struct due {
	const struct master *m;
	size_t count;
	struct due_file list[FILES_MAX];
	struct package_owner owners[FILES_MAX]; /* of list[] */
	bool once_more; /* the binary was replaced by a file with the same bytes */
};

/* What the command works with. */
struct needed {
	struct site site;
	struct world world;
	struct problems problems; /* why nothing is known */
	struct due due;
};

static int add_due_file(const struct replaced_file *f, void *arg)
{
	struct due *d = arg;
	struct due_file *file = &d->list[d->count];

	if (d->count++ >= FILES_MAX)
		return 0;
	file->kind = f->kind;
	(void)snprintf(file->path, sizeof(file->path), "%s", f->path);
	file->gone = replaced_is_gone(d->m, f);
	file->since = replaced_since(d->m, f);
	return 0;
}

/* Whether the master has our root folder: the packages here know nothing of paths in another. */
static bool is_our_root(const struct master *m)
{
	struct file_id its, ours;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/", m->subject.root);
	return file_id_of(path, &its) == 0 && file_id_of("/", &ours) == 0 &&
	       file_id_equal(&its, &ours);
}

static void find_owners(struct due *d)
{
	const char *paths[FILES_MAX];
	size_t count = d->count < FILES_MAX ? d->count : FILES_MAX;
	size_t i;

	for (i = 0; i < count; i++)
		paths[i] = d->list[i].path;
	if (count && is_our_root(d->m))
		package_owners(paths, count, d->owners);
	else
		memset(d->owners, 0, sizeof(d->owners));
}

/* " (1.18.0 runs, nginx 1.22.1 stands there)", or "" where the file at the path does not tell its
 * version. */
static void versions_text(const struct world *w, char *ret, size_t size)
{
	const struct master *m = &w->old_master;
	struct actor as = actor_of(&m->subject, NULL);
	struct program program = PROGRAM_NONE;
	struct ask_failure failure;
	struct build_info build;
	struct distrust why;
	char target[PATH_MAX];
	char runs[128];

	ret[0] = '\0';
	if (master_binary(m, target) == 0 &&
	    program_at(&w->believed, master_root_of(m, target), master_own_path(m, target),
		       &program, &why) == 0 &&
	    version_ask(&program, &as, &build, &failure) == 0) {
		(void)snprintf(ret, size, " (%s runs, %s %s is installed there)",
			       record_version(&m->subject, runs, sizeof(runs)), build.product,
			       build.version);
		build_info_free(&build);
	}
	program_close(&program);
	actor_free(&as);
}

static void say_file(const struct world *w, const struct due_file *f, const struct package_owner *o)
{
	static const char *const kinds[] = {"binary", "module", "library"};
	const char *state = f->gone ? "deleted" : "replaced";
	char at[32], since[48] = "", of[320] = "", both[320] = "";
	struct say_field fields[] = {{"kind", kinds[f->kind], 0},
				     {"path", f->path, 0},
				     {"state", state, 0},
				     {"since", NULL, (uint64_t)f->since},
				     {"package", o->name, 0},
				     {"package_version", o->version, 0},
				     {NULL, NULL, 0}};

	if (f->since)
		(void)snprintf(since, sizeof(since), " at %s",
			       words_of_time((uint64_t)f->since, at, sizeof(at)));
	if (o->name[0])
		(void)snprintf(of, sizeof(of), "; it belongs to the package %.127s%s%.127s",
			       o->name, o->version[0] ? ", now " : "", o->version);
	if (f->kind == REPLACED_BINARY)
		versions_text(w, both, sizeof(both));
	say_event(SAY_INFO, "due", fields, "the %s %s was %s%s%s%s", kinds[f->kind], f->path, state,
		  since, both, of);
}

/* drains: an old master drains, and no upgrade is possible until it has ended. */
static int say_due(const struct world *w, struct due *d, bool drains)
{
	pid_t pid = w->old_master.subject.process.pid;
	struct say_field fields[] = {{"due", NULL, d->count != 0},
				     {"files", NULL, d->count},
				     {"pid", NULL, (uint64_t)pid},
				     {NULL, NULL, 0}};
	size_t i;

	find_owners(d);
	for (i = 0; i < d->count && i < FILES_MAX; i++)
		say_file(w, &d->list[i], &d->owners[i]);
	if (d->count)
		say_event(
			SAY_INFO, "needed", fields,
			"an upgrade is due: files that master %d uses and that were replaced: %u. \"nginx-handover upgrade\" loads what is in place%s",
			(int)pid, (unsigned)d->count,
			drains ? ", when the old master, which still drains, has ended" : "");
	else
		say_event(
			SAY_INFO, "needed", fields,
			"no upgrade is due: master %d runs what is in place%s", (int)pid,
			d->once_more
				? ". Its binary was installed again with the same bytes; needrestart and dnf needs-restarting report it nevertheless"
				: "");
	return d->count ? NEEDED_DUE : NEEDED_NOT_DUE;
}

/* Looks for replaced files and prints the answer. One such file is enough for a "yes", also where
 * the rest cannot be read. */
static int find_and_say(struct needed *n, bool drains)
{
	const struct world *w = &n->world;
	const struct master *m = &w->old_master;
	struct due *d = &n->due;
	char target[PATH_MAX];
	bool known = master_binary(m, target) == 0;
	int r;

	d->m = m;
	r = replaced_each(m, known ? target : NULL, add_due_file, d, &d->once_more);
	if (r == 0 || d->count)
		return say_due(w, d, drains);
	say(SAY_ERROR,
	    "it is not known whether an upgrade is due: the files that master %d maps cannot be read: %s. What to do: run this as root, or as the user that the master runs as",
	    (int)m->subject.process.pid, strerror(-r));
	return NEEDED_UNKNOWN;
}

static int say_unfinished(const struct world *w, const struct facts *f)
{
	say(SAY_ERROR,
	    "whether an upgrade is due depends on how the handover ends that is under way or unfinished: master %d and new master %d. What to do: %s",
	    (int)w->old.subject.process.pid, (int)w->new.subject.process.pid, report_way_on(f));
	return EXIT_UNFINISHED;
}

/* Answers for the master that serves. */
static int answer(struct needed *n)
{
	struct world *w = &n->world;
	struct facts f;
	int r = observe(w, &f);

	if (r < 0) {
		say(SAY_ERROR,
		    "the processes of nginx cannot be looked at: %s. What to do: see the limits on open files (\"ulimit -n\") and on memory, and whether /proc shows all processes, then look again",
		    strerror(-r));
		return NEEDED_UNKNOWN;
	}
	if (f.closing && f.old.alive && f.new.alive)
		return world_keep_new(w) ? find_and_say(n, true) : say_unfinished(w, &f);
	if (world_unfinished(&f))
		return say_unfinished(w, &f);
	if (!f.quitting)
		return find_and_say(n, false);
	say(SAY_ERROR,
	    "nginx is stopping: master %d has had QUIT. What to do: \"nginx-handover start\" starts what is installed",
	    (int)w->old.subject.process.pid);
	return EXIT_NOT_RUNNING;
}

/* Prints the problems. Returns their exit code, but never NEEDED_NOT, which would be an answer. */
static int say_problems(const struct problems *problems)
{
	int r = problems_say(problems);

	return r == NEEDED_NOT_DUE ? NEEDED_UNKNOWN : r;
}

int command_needed(const struct settings *settings)
{
	struct needed *n = storage_new(sizeof(*n));
	int r;

	if (!n)
		return NEEDED_UNKNOWN;
	if (site_look(settings, &n->site, &n->world, &n->problems) == SITE_RUNS)
		r = answer(n);
	else
		r = say_problems(&n->problems);
	world_close(&n->world);
	free(n);
	return r;
}
