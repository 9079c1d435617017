/*
 * needed: whether an upgrade is due, and why: each file that the running master executes or maps
 * and that is not what stands at its path any more, since when, and of which package. Looks only.
 * Its exit code is for scripts: 0 due, 1 not, anything else: it cannot be told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands/commands.h"
#include "commands/package_owner.h"
#include "commands/record.h"
#include "commands/report.h"
#include "commands/session.h"
#include "core/decide.h"
#include "nginx/ask_nginx.h"
#include "nginx/replaced.h"
#include "ui/say.h"

enum { NEEDED_DUE = 0, NEEDED_NOT = 1 };

/* More are counted, not named. */
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
	bool once_more;
};

static int add(const struct replaced_file *f, void *arg)
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

/* Paths of another root folder are not those that packages here have. */
static bool is_our_root(const struct master *m)
{
	struct file_id its, ours;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/", m->subject.root);
	return file_id_of(path, &its) == 0 && file_id_of("/", &ours) == 0 &&
	       file_id_equal(&its, &ours);
}

static void find_owners(const struct due *d, struct package_owner *ret)
{
	const char *paths[FILES_MAX];
	size_t count = d->count < FILES_MAX ? d->count : FILES_MAX;
	size_t i;

	for (i = 0; i < count; i++)
		paths[i] = d->list[i].path;
	if (count && is_our_root(d->m))
		package_owners(paths, count, ret);
	else
		memset(ret, 0, FILES_MAX * sizeof(*ret));
}

/* " (nginx 1.18.0 runs, 1.22.1 stands there)", as far as the two say it. */
static void versions(const struct world *w, char *ret, size_t size)
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
		(void)snprintf(ret, size, " (%s runs, %s %s stands there)",
			       record_version(&m->subject, runs, sizeof(runs)), build.product,
			       build.version);
		build_info_free(&build);
	}
	program_close(&program);
	actor_free(&as);
}

static const char *when(time_t at, char *ret, size_t size)
{
	struct tm tm;

	if (!at || !localtime_r(&at, &tm) || !strftime(ret, size, " at %Y-%m-%d %H:%M:%S", &tm))
		ret[0] = '\0';
	return ret;
}

static void say_file(const struct world *w, const struct due_file *f, const struct package_owner *o)
{
	static const char *const kinds[] = {"binary", "module", "library"};
	const char *state = f->gone ? "deleted" : "replaced";
	char at[40], of[320] = "", both[320] = "";
	struct say_field fields[] = {{"kind", kinds[f->kind], 0},
				     {"path", f->path, 0},
				     {"state", state, 0},
				     {"since", NULL, (uint64_t)f->since},
				     {"package", o->name, 0},
				     {"package_version", o->version, 0},
				     {NULL, NULL, 0}};

	if (o->name[0])
		(void)snprintf(of, sizeof(of), "; it is of the package %.127s%s%.127s", o->name,
			       o->version[0] ? ", now " : "", o->version);
	if (f->kind == REPLACED_BINARY)
		versions(w, both, sizeof(both));
	say_event(SAY_INFO, "due", fields, "the %s %s was %s%s%s%s", kinds[f->kind], f->path, state,
		  when(f->since, at, sizeof(at)), both, of);
}

static int say_due(const struct world *w, const struct due *d, bool drains)
{
	static struct package_owner owners[FILES_MAX];
	pid_t pid = w->old_master.subject.process.pid;
	struct say_field fields[] = {{"due", NULL, d->count != 0},
				     {"files", NULL, d->count},
				     {"pid", NULL, (uint64_t)pid},
				     {NULL, NULL, 0}};
	size_t i;

	find_owners(d, owners);
	for (i = 0; i < d->count && i < FILES_MAX; i++)
		say_file(w, &d->list[i], &owners[i]);
	if (d->count)
		say_event(
			SAY_INFO, "needed", fields,
			"an upgrade is due, by %u of the files that master %d runs. \"nginx-handover upgrade\" loads what is in place%s",
			(unsigned)d->count, (int)pid,
			drains ? ", when the old master, which still drains, has gone" : "");
	else
		say_event(
			SAY_INFO, "needed", fields,
			"no upgrade is due: master %d runs what is in place%s", (int)pid,
			d->once_more
				? ". Its binary was put there once more, with the same bytes; needrestart and dnf needs-restarting name it all the same"
				: "");
	return d->count ? NEEDED_DUE : NEEDED_NOT;
}

/* A part of the answer may be enough. */
static int look(const struct world *w, bool drains)
{
	static struct due d;
	const struct master *m = &w->old_master;
	char target[PATH_MAX];
	bool known = master_binary(m, target) == 0;
	int r;

	d.m = m;
	r = replaced_each(m, known ? target : NULL, add, &d, &d.once_more);
	if (r == 0 || d.count)
		return say_due(w, &d, drains);
	say(SAY_ERROR,
	    "whether an upgrade is due cannot be told: what master %d maps cannot be read: %s. What to do: run this as root, or as the user that the master runs as",
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

/* Of the one that serves. */
static int look_at_world(struct world *w)
{
	struct facts f;
	int r = observe(w, &f);

	if (r < 0) {
		say(SAY_ERROR,
		    "what nginx does cannot be looked at: %s. What to do: see the limits on open files (\"ulimit -n\") and on memory, and whether /proc shows all processes, then look again",
		    strerror(-r));
		return NEEDED_UNKNOWN;
	}
	if (f.closing && f.old.alive && f.new.alive)
		return world_keep_new(w) ? look(w, true) : say_unfinished(w, &f);
	if (world_unfinished(&f))
		return say_unfinished(w, &f);
	if (!f.quitting)
		return look(w, false);
	say(SAY_ERROR,
	    "nginx is stopping: master %d has had QUIT. What to do: \"nginx-handover start\" starts what is installed",
	    (int)w->old.subject.process.pid);
	return EXIT_NOT_RUNNING;
}

/* 1 is an answer here. */
static int refuse(const struct problems *problems)
{
	int r = problems_say(problems);

	return r == NEEDED_NOT ? NEEDED_UNKNOWN : r;
}

int command_needed(const struct settings *settings)
{
	static struct world w;
	static struct site site;
	struct problems problems = {.count = 0};
	int r;

	world_init(&w);
	if (!site_find(settings, &site, &problems))
		return refuse(&problems);
	if (site_open_world(&site, &w, &problems))
		r = look_at_world(&w);
	else
		r = refuse(&problems);
	world_close(&w);
	return r;
}
