/*
 * rollback while no handover is under way. Where other files stand at the paths of the running
 * master, its own files are put back and nothing is signalled (put_back.c). Else there is a
 * handover to the build that served before; which one is printed before anything is done.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/put_back.h"
#include "commands/record.h"
#include "commands/rollback.h"
#include "commands/rollback_modules.h"
#include "commands/session.h"
#include "commands/storage.h"
#include "commands/upgrade.h"
#include "commands/words.h"
#include "nginx/builds.h"
#include "nginx/flavour.h"
#include "nginx/master.h"
#include "nginx/way.h"
#include "os/exit_code.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "os/rooted.h"
#include "os/sha256.h"
#include "trust/path.h"
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
		    "no handover is under way, and there is no other kept build %s; nothing was done. What to do: give --to one of the kept ones: %s",
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

/* Since when that build has served, or, where that is not recorded, since when its file is there.
 */
static const char *when(const struct way_back *w, char *ret, size_t size)
{
	return words_of_time(w->line < 0 ? (uint64_t)w->to->since : w->served.list[w->line].seconds,
			     ret, size);
}

static bool last_was_rollback(const struct way_back *w)
{
	const struct served *s = &w->served;

	return s->count && strcmp(s->list[s->count - 1].verb, "rollback") == 0 &&
	       digest_equal(&s->list[s->count - 1].digest, &w->running);
}

/* Prints which build the handover goes to, and why that one. */
static void say_plan(const struct session *s, const struct way_back *w)
{
	const struct kept *to = w->to;
	char at[32];

	if (s->settings->to)
		say(SAY_NOTICE, "no handover is under way; handing over to nginx %s, %s",
		    to->version, to->path);
	else if (w->line < 0)
		say(SAY_NOTICE,
		    "no handover is under way; it is not recorded which build served before, and only one other build is kept: handing over to nginx %s, %s",
		    to->version, to->path);
	else if (w->forward)
		say(SAY_NOTICE,
		    "no handover is under way; no build that served before this one is kept, so this goes forward again: handing over to nginx %s, which a rollback has left (it served from %s on), %s",
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

/* By the move of a link, where the build has a folder of its own and a link can lead there; else
 * the file is installed. */
static void choose_how(struct session *s, const struct way_back *w, struct rollback_plan *plan)
{
	const struct builds *b = &w->builds;
	struct way *way = w->to->own && !b->root[0] ? storage_new(sizeof(*way)) : NULL;

	plan->upgrade = *s->settings;
	memcpy(plan->path, w->to->path, sizeof(plan->path));
	if (way && way_look(b->name, way) == 0 && way_lead_to(way, plan->path, &s->run.move) == 0)
		plan->upgrade.leads_to = plan->path;
	else
		plan->upgrade.binary = plan->path;
	free(way);
}

static int hand_back(struct session *s, const struct way_back *w, struct rollback_plan *plan)
{
	struct modules_back *modules;
	int r;

	choose_how(s, w, plan);
	say_plan(s, w);
	if (s->run.move.link[0])
		say(SAY_NOTICE, "the link %s goes back from %s to %s; no file is written",
		    s->run.move.link, s->run.move.before, s->run.move.after);
	modules = modules_back_begin(&w->builds);
	if (!modules)
		return EXIT_FAILED;
	modules_back_to(modules, &w->to->digest);
	r = modules_back_place(s, modules);
	if (!r) {
		s->settings = &plan->upgrade;
		r = upgrade_in_session(s);
		if (r && s->unfit)
			r = rollback_by_restart(s, w, plan);
		modules_back_end(s, modules, r, plan->ready);
	}
	modules_back_free(modules);
	return r;
}

static bool is_running(const struct way_back *w, const char *what)
{
	const char *slash = strrchr(w->builds.target, '/');

	return strcmp(what, w->running_version) == 0 || strcmp(what, w->builds.target) == 0 ||
	       strcmp(what, w->builds.name) == 0 || (slash && strcmp(what, slash + 1) == 0);
}

/* Sees that w->to is the build to go to. 0; COMMAND_OVER: it runs already; else the exit code. */
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
		return COMMAND_OVER;
	}
	return w->to ? 0 : say_nowhere(s, w);
}

/* The kernel's path of the image, without the " (deleted)" that it shows for a file that was
 * replaced. */
static void image_path_of(const struct master *m, char ret[PATH_MAX])
{
	struct file_id id;

	memcpy(ret, m->subject.image_path, PATH_MAX);
	if (file_id_of(ret, &id) < 0)
		(void)procfs_cut_deleted(ret);
}

static bool leads_to(const char *name, const char *path)
{
	char reached[PATH_MAX];

	return name[0] && rooted_path("", name, reached) == 0 && strcmp(reached, path) == 0;
}

/* The name that leads to this path: --nginx, or a usual place. It may be a link that chooses the
 * version, and is to go on doing so. */
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

/* The builds of the running master. If its argv[0] is a name without a path, by the path that the
 * kernel shows, if that ends with the same name. */
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

/* A handover to a build that is kept. *w is filled in here. */
static int go_to_kept(struct session *s, const struct builds *b, struct way_back *w,
		      struct rollback_plan *plan)
{
	const struct world *world = &s->run.world;
	int r = way_back_find(b, world->old_master.subject.image, w);

	if (r < 0) {
		say(SAY_ERROR,
		    "the binary of master %d cannot be read: %s. Nothing was done. What to do: see whether root may read its file (\"nginx-handover status\" names it), then try again",
		    (int)world->old.subject.process.pid, strerror(-r));
		return EXIT_FAILED;
	}
	if (!s->settings->dry_run)
		record_learned(b, &w->served);
	if (!s->settings->to && modules_back_alone(s, b, &w->running, &r))
		return r;
	r = choose(s, w);
	if (r)
		return r == COMMAND_OVER ? 0 : r;
	return hand_back(s, w, plan);
}

int rollback_alone(struct session *s, struct rollback_plan *plan)
{
	const struct settings *settings = s->settings;
	struct way_back *w;
	struct builds b;
	int r = find_builds(s, &b);

	if (s->run.facts.quitting)
		return session_refuse_quitting(s);
	r = put_back_set_target(s, &b, r);
	if (r)
		return r;
	if (!settings->to && has_path(s) && put_back_is_due(s, &b)) {
		/* The file at the path has not served. With this line in the record its backup is
		 * not taken for one that has. */
		if (!settings->dry_run)
			record_found(s, NULL);
		return put_back_alone(s, &b);
	}
	w = storage_new(sizeof(*w));
	if (!w)
		return EXIT_FAILED;
	r = go_to_kept(s, &b, w, plan);
	free(w);
	return r;
}
