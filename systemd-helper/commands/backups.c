/* backups: lists the builds in the order in which they served, where each is kept, and which of
 * them a rollback would take. Changes nothing. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/keep_set.h"
#include "commands/rollback.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "commands/words.h"
#include "core/problems.h"
#include "core/world.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/builds.h"
#include "nginx/served.h"
#include "nginx/sets.h"
#include "os/exit_code.h"
#include "os/sha256.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

struct listing {
	struct site site;
	struct world world;
	struct problems problems; /* why there is nothing to list */
	struct way_back back;
	struct builds builds;
	struct sets sets;
	bool runs;                 /* nginx does; else the next two are empty: */
	bool have_running;         /* `running` is known */
	struct build_info running; /* of the binary that the master executes */
	struct actor as;           /* the master's user, who asks other builds what they are */
};

static const char *who_text(uid_t uid, char *ret, size_t size)
{
	if (uid != SERVED_BY_UNKNOWN)
		return words_of_user(uid, ret, size);
	(void)snprintf(ret, size, "?");
	return ret;
}

static void say_change(void *arg, enum build_change kind, const char *what, const char *before,
		       const char *after)
{
	struct say_field fields[] = {{"what", what, 0},
				     {"running", before ? before : "", 0},
				     {"backup", after ? after : "", 0},
				     {NULL, NULL, 0}};

	(void)arg;
	if (kind == BUILD_ARGUMENT_GONE)
		say_event(SAY_INFO, "difference", fields, "      - %s", before ? before : what);
	else if (kind == BUILD_ARGUMENT_NEW)
		say_event(SAY_INFO, "difference", fields, "      + %s", after ? after : what);
	else
		say_event(SAY_INFO, "difference", fields, "      %s: %s, not %s", what,
			  after ? after : "none", before ? before : "none");
}

/* Prints how this build differs from the running one, which is asked with -V. */
static void say_difference(const struct listing *l, const struct kept *k)
{
	struct program program = PROGRAM_NONE;
	struct build_info build;
	struct ask_failure why;
	struct distrust distrust;
	const char *root = l->builds.root;
	size_t length = strlen(root);

	if (!l->have_running ||
	    program_at(&l->builds.believed, root, k->path + length, &program, &distrust) < 0)
		return;
	if (version_ask(&program, &l->as, &build, &why) == 0) {
		if (!build_info_diff(&l->running, &build, say_change, NULL))
			say(SAY_INFO,
			    "      reports the same version and options as the running one");
		build_info_free(&build);
	}
	program_close(&program);
}

/* The modules that a rollback to this build puts back, too. */
static void say_modules(const struct listing *l, const struct digest *binary)
{
	const struct set *set = sets_find(&l->sets, binary);
	size_t i;

	for (i = 0; set && i < set->count; i++) {
		const struct set_module *m = &set->modules[i];
		struct say_field fields[] = {
			{"module", m->path, 0}, {"kept", m->kept, 0}, {NULL, NULL, 0}};

		say_event(SAY_INFO, "module", fields, "      with %s  %s", m->path,
			  m->kept[0] ? m->kept : "not kept");
	}
}

/* What stands before the line of a build. next: a rollback goes there. */
static const char *line_mark(bool running, bool next)
{
	return running ? "*" : next ? ">" : " ";
}

/* The i-th build of the record. */
static void say_served(const struct listing *l, size_t i, bool running)
{
	const struct way_back *w = &l->back;
	const struct served_build *b = &w->served.list[i];
	const struct kept *k = running ? NULL : kept_of(&w->kept, &b->digest, false);
	bool next = w->to && (int)i == w->line;
	const char *path = running ? l->builds.target : k ? k->path : "";
	char at[32], who[64], size[32];
	struct say_field fields[] = {
		{"version", b->version, 0},
		{"served_from", NULL, b->seconds},
		{"verb", b->verb, 0},
		{"by", who_text(b->uid, who, sizeof(who)), 0},
		{"size", NULL, b->size},
		{"path", path, 0},
		{"running", NULL, running},
		{"next", NULL, next},
		{NULL, NULL, 0},
	};

	if (next)
		k = w->to;
	say_event(SAY_INFO, "backup", fields, "%s %-10s from %s  %-14s by %-8s %8s  %s",
		  line_mark(running, next), b->version, words_of_time(b->seconds, at, sizeof(at)),
		  b->verb, who, words_of_size(b->size, size, sizeof(size)),
		  running ? path
		  : k     ? k->path
			  : "not kept");
	if (!running)
		say_modules(l, &b->digest);
	if (k)
		say_difference(l, k);
}

/* A build that is kept but is not in the record. */
static void say_unrecorded(const struct listing *l, const struct kept *k)
{
	const struct way_back *w = &l->back;
	bool next = k == w->to;
	char at[32], size[32];
	struct say_field fields[] = {
		{"version", k->version, 0}, {"since", NULL, (uint64_t)k->since},
		{"size", NULL, k->size},    {"path", k->path, 0},
		{"next", NULL, next},       {NULL, NULL, 0},
	};

	say_event(SAY_INFO, "unrecorded", fields,
		  "%s %-10s not known to have served; kept since %s %8s  %s",
		  line_mark(false, next), k->version,
		  words_of_time((uint64_t)k->since, at, sizeof(at)),
		  words_of_size(k->size, size, sizeof(size)), k->path);
	say_modules(l, &k->digest);
	say_difference(l, k);
}

/* A file that is not counted as a build, and why. */
static void say_passed(const struct way_back *w)
{
	char reason[PATH_MAX + 256];

	if (w->kept.passed.kind != DISTRUST_NONE)
		say(SAY_WARNING, "not counted: %s: %s", w->kept.passed.path,
		    distrust_text(&w->kept.passed, reason, sizeof(reason)));
}

static void say_next(const struct way_back *w)
{
	if (w->unsure)
		say(SAY_NOTICE,
		    "\"nginx-handover rollback\" would ask which one: it is not recorded which build served before");
	else if (!w->to)
		say(SAY_NOTICE, "\"nginx-handover rollback\" has nothing to go back to");
	else
		say(SAY_NOTICE, "\"nginx-handover rollback\" would hand over to %s (%s)%s",
		    w->to->version, w->to->path,
		    w->forward ? ", which goes forward again: no earlier build is kept" : "");
}

static void say_all(struct listing *l)
{
	const struct way_back *w = &l->back;
	size_t i;

	sets_read(&l->builds, &l->sets);
	for (i = 0; i < w->served.count; i++)
		say_served(l, i,
			   l->runs && i + 1 == w->served.count &&
				   digest_equal(&w->served.list[i].digest, &w->running));
	for (i = 0; i < w->kept.count; i++) {
		if (served_last_of(&w->served, &w->kept.list[i].digest) < 0)
			say_unrecorded(l, &w->kept.list[i]);
	}
	say_passed(w);
	if (!w->served.count && !w->kept.count)
		say(SAY_NOTICE, "no build but the present one is recorded or kept");
	else if (l->runs)
		say_next(w);
}

/* The builds of a running nginx. */
static int list_running(struct listing *l)
{
	const struct world *w = &l->world;
	const struct generation *serves = w->new.subject.process.pid ? &w->new : &w->old;
	struct program program = PROGRAM_NONE;
	struct ask_failure why;
	int r = builds_of(&w->old_master, &w->believed, &l->builds);

	if (!r)
		r = way_back_find(&l->builds, serves->subject.image, &l->back);
	if (r < 0) {
		say(SAY_ERROR,
		    "the binary of master %d cannot be looked at: %s. What to do: run this as root, and see whether the file at its path can be read",
		    (int)serves->subject.process.pid, strerror(-r));
		return EXIT_FAILED;
	}
	l->runs = true;
	l->as = actor_of(&serves->subject, NULL);
	l->have_running = program_of(&serves->subject, &program) == 0 &&
			  version_ask(&program, &l->as, &l->running, &why) == 0;
	say_all(l);
	if (l->have_running)
		build_info_free(&l->running);
	program_close(&program);
	actor_free(&l->as);
	return 0;
}

/* The builds that belong to the path of the binary, where no nginx runs. */
static int list_stopped(struct listing *l)
{
	static const struct digest none;
	struct site *site = &l->site;

	if ((!site->nginx[0] && !site_usual_binary(site->nginx)) ||
	    builds_at(site->nginx, &site->believed, &l->builds) < 0) {
		say(SAY_ERROR,
		    "nginx does not run, and no binary was found in the usual places. What to do: say where it is with --nginx");
		return EXIT_NOT_INSTALLED;
	}
	say(SAY_NOTICE, "nginx does not run; these are the builds of %s", site->nginx);
	way_back_read(&l->builds, &none, &l->back);
	say_all(l);
	return 0;
}

int command_backups(const struct settings *settings)
{
	struct listing *l = storage_new(sizeof(*l));
	int r;

	if (!l)
		return EXIT_FAILED;
	switch (site_look(settings, &l->site, &l->world, &l->problems)) {
	case SITE_RUNS: r = list_running(l); break;
	case SITE_STOPPED: r = list_stopped(l); break;
	default: r = problems_say(&l->problems); break;
	}
	world_close(&l->world);
	free(l);
	return r;
}
