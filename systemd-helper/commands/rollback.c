/*
 * rollback where no handover is under way. Either the paths do not hold what runs: then they are
 * set right and nothing is signalled (put_back.c). Or they do: then there is a handover to the
 * build that served before this one, which is said before it is done.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/put_back.h"
#include "commands/record.h"
#include "commands/rollback.h"
#include "commands/rollback_modules.h"
#include "commands/upgrade.h"
#include "core/preflight.h"
#include "nginx/file_copy.h"
#include "nginx/flavour.h"
#include "nginx/way.h"
#include "os/rooted.h"
#include "ui/say.h"

static void say_passed(const struct way_back *w)
{
	const struct distrust *why = &w->kept.passed;
	char reason[PATH_MAX + 256];
	char advice[PATH_MAX + 64];
	size_t i;

	if (why->kind != DISTRUST_NONE)
		say(SAY_WARNING,
		    "the backup %s is passed over: %s. What to do: see that it is what you mean, then %s",
		    why->path, distrust_text(why, reason, sizeof(reason)),
		    distrust_advice(why, advice, sizeof(advice)));
	for (i = 0; i < w->passed_count; i++)
		say(SAY_WARNING,
		    "nginx %s, which served before (%s), is passed over: no file with its bytes is kept",
		    w->served.list[w->passed[i]].version, w->served.list[w->passed[i]].verb);
}

static int say_nowhere(const struct session *s, const struct way_back *w)
{
	const char *target = s->run.world.target;
	char list[4096];

	(void)way_back_list(w, NULL, list, sizeof(list));
	if (s->settings->to)
		say(SAY_ERROR,
		    "no handover is under way, and no other build that is kept is called %s; nothing was done. Kept are: %s",
		    s->settings->to, *list ? list : "none");
	else if (*list && !w->served.count)
		say(SAY_ERROR,
		    "no handover is under way, and it is not recorded which of these served before: %s. Nothing was done. What to do: name one, \"nginx-handover rollback --to VERSION\"",
		    list);
	else if (*list)
		say(SAY_ERROR,
		    "no handover is under way, and no build that served before this one is kept as a backup; nothing was done. Kept, but not known to have served: %s. \"nginx-handover rollback --to VERSION\" takes one of them",
		    list);
	else
		say(SAY_ERROR,
		    "no handover is under way and there is no backup of %s to go back to; nothing was done. \"nginx-handover upgrade --binary FILE\" hands over to any binary",
		    target);
	return EXIT_REFUSED;
}

static int say_ambiguous(const struct way_back *w, const char *what)
{
	char list[4096];

	say(SAY_ERROR,
	    "more than one build is called %s: %s. Nothing was done. What to do: give --to the path or the name of one",
	    what, way_back_list(w, what, list, sizeof(list)));
	return EXIT_REFUSED;
}

static const char *when(const struct way_back *w, char *ret, size_t size)
{
	time_t at = w->line < 0 ? w->to->since : (time_t)w->served.list[w->line].seconds;
	struct tm tm;

	if (!localtime_r(&at, &tm) || !strftime(ret, size, "%Y-%m-%d %H:%M:%S", &tm))
		(void)snprintf(ret, size, "unknown");
	return ret;
}

static bool last_was_rollback(const struct way_back *w)
{
	const struct served *s = &w->served;

	return s->count && strcmp(s->list[s->count - 1].verb, "rollback") == 0 &&
	       digest_equal(&s->list[s->count - 1].digest, &w->running);
}

/* What will be done, before it is done. */
static void say_plan(const struct session *s, const struct way_back *w)
{
	const struct kept *to = w->to;
	char at[32];

	if (s->settings->to)
		say(SAY_NOTICE, "no handover is under way; handing over to nginx %s, %s",
		    to->version, to->path);
	else if (w->line < 0)
		say(SAY_NOTICE,
		    "no handover is under way; it is not recorded what served before, and just one other build is kept: handing over to nginx %s, %s",
		    to->version, to->path);
	else if (w->forward)
		say(SAY_NOTICE,
		    "no handover is under way; of what served before this build nothing is kept, so this goes forward again: handing over to nginx %s, which a rollback has left (it served from %s on), %s",
		    to->version, when(w, at, sizeof(at)), to->path);
	else if (last_was_rollback(w))
		say(SAY_NOTICE,
		    "no handover is under way; the last change was a rollback already, so this one goes one step further back: handing over to nginx %s, which served from %s on (%s), %s. \"nginx-handover rollback --to VERSION\" would go forward again",
		    to->version, when(w, at, sizeof(at)), w->served.list[w->line].verb, to->path);
	else
		say(SAY_NOTICE,
		    "no handover is under way; handing over to the build that served before: nginx %s, from %s on (%s), %s",
		    to->version, when(w, at, sizeof(at)), w->served.list[w->line].verb, to->path);
}

/* Where it stands in a folder of its own and a link chooses that, the link is what goes back. */
static void choose_how(struct session *s, const struct way_back *w, struct settings *upgrade)
{
	static struct way way;
	const struct builds *b = &w->builds;

	if (w->to->own && !b->root[0] && way_look(b->name, &way) == 0 &&
	    way_lead_to(&way, w->to->path, &s->run.move) == 0)
		upgrade->leads_to = w->to->path;
	else
		upgrade->binary = w->to->path;
}

static int hand_back(struct session *s, const struct way_back *w, struct rollback_plan *plan)
{
	static struct settings upgrade;
	static struct modules_back modules;
	int r;

	upgrade = *s->settings;
	choose_how(s, w, &upgrade);
	say_plan(s, w);
	if (s->run.move.link[0])
		say(SAY_NOTICE, "the link %s goes back from %s to %s; no file is written",
		    s->run.move.link, s->run.move.before, s->run.move.after);
	modules_back_begin(&modules, &w->builds);
	modules_back_to(&modules, &w->to->digest);
	r = modules_back_place(s, &modules);
	if (r)
		return r;
	s->settings = &upgrade;
	r = upgrade_in_session(s);
	if (r && s->unfit)
		r = rollback_by_restart(s, w, plan);
	return modules_back_end(s, &modules, r, plan->ready);
}

static bool is_running(const struct way_back *w, const char *what)
{
	const char *slash = strrchr(w->builds.target, '/');

	return strcmp(what, w->running_version) == 0 || strcmp(what, w->builds.target) == 0 ||
	       strcmp(what, w->builds.name) == 0 || (slash && strcmp(what, slash + 1) == 0);
}

/* Which one is meant: 0, -1: there is nothing to do, or the exit code. */
static int choose(struct session *s, struct way_back *w)
{
	const char *to = s->settings->to;
	size_t named = to ? way_back_named(w, to) : 0;

	say_passed(w);
	if (named > 1)
		return say_ambiguous(w, to);
	if (to && (w->to ? digest_equal(&w->to->digest, &w->running) : is_running(w, to))) {
		say(SAY_NOTICE, "nothing to do: nginx %s is what master %d runs", to,
		    (int)s->run.world.old.subject.process.pid);
		return -1;
	}
	return w->to ? 0 : say_nowhere(s, w);
}

/* What the kernel calls the file, or called it before it was replaced. */
static void image_path_of(const struct master *m, char ret[PATH_MAX])
{
	static const char deleted[] = " (deleted)";
	size_t length = strlen(m->subject.image_path);
	size_t end = sizeof(deleted) - 1;
	struct file_id id;

	memcpy(ret, m->subject.image_path, PATH_MAX);
	if (length > end && strcmp(ret + length - end, deleted) == 0 && file_id_of(ret, &id) < 0)
		ret[length - end] = '\0';
}

static bool leads_to(const char *name, const char *path)
{
	char reached[PATH_MAX];

	return name[0] && rooted_path("", name, reached) == 0 && strcmp(reached, path) == 0;
}

/* By the name that was said, or a usual one, a link may lead there, and go on choosing. */
static const char *known_name(const struct session *s, const char *path)
{
	const char *place;
	size_t i;

	if (s->settings->nginx && leads_to(s->site.nginx, path))
		return s->site.nginx;
	for (i = 0; (place = flavour_usual_place(i)); i++) {
		if (leads_to(place, path))
			return place;
	}
	return path;
}

/* Where the master names no path it is what the kernel shows, if that has the name. */
static int find_builds(struct session *s, struct builds *ret)
{
	const struct master *m = &s->run.world.old_master;
	char path[PATH_MAX];
	const char *slash;
	int r = builds_of(m, &s->run.world.believed, ret);

	if (r != -ENOENT || strchr(m->arguments.argv0, '/') || m->subject.other_root)
		return r;
	image_path_of(m, path);
	slash = strrchr(path, '/');
	if (!slash || strcmp(slash + 1, m->arguments.argv0) != 0)
		return r;
	return builds_at(known_name(s, path), &s->run.world.believed, ret);
}

static bool has_path(const struct session *s)
{
	return strchr(s->run.world.old_master.arguments.argv0, '/') != NULL;
}

int rollback_alone(struct session *s, struct rollback_plan *plan)
{
	static struct way_back w;
	static struct builds b;
	struct world *world = &s->run.world;
	int image = world->old_master.subject.image;
	int r = find_builds(s, &b);

	if (s->run.facts.quitting)
		return session_refuse_quitting(s);
	if (r < 0 || snprintf(world->target, PATH_MAX, "%s%s", b.root, b.target) >= PATH_MAX) {
		say(SAY_ERROR,
		    "the path of the binary that master %d runs is not known: %s. Nothing was done. What to do: say where it is with --nginx",
		    (int)world->old.subject.process.pid, strerror(r < 0 ? -r : ENAMETOOLONG));
		return EXIT_REFUSED;
	}
	if (!s->settings->to && has_path(s) && put_back_is_due(s, &b)) {
		/* What is kept aside has not served, and must not look as if it had. */
		if (!s->settings->dry_run)
			record_found(s, NULL);
		return put_back_alone(s, &b);
	}
	r = way_back_find(&b, image, &w);
	if (r < 0) {
		say(SAY_ERROR,
		    "what master %d runs cannot be read: %s. Nothing was done. What to do: see whether root may read its file (\"nginx-handover status\" names it), then try again",
		    (int)world->old.subject.process.pid, strerror(-r));
		return 1;
	}
	if (!s->settings->dry_run)
		record_learned(&b, &w.served);
	if (!s->settings->to && modules_back_alone(s, &b, &w.running, &r))
		return r;
	r = choose(s, &w);
	if (r)
		return r < 0 ? 0 : r;
	return hand_back(s, &w, plan);
}
