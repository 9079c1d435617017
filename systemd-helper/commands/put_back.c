/*
 * Puts the binary and the modules of the running master back at their paths. All files are copied
 * before the first one is renamed into place; if one cannot be, none is changed. Where a link on
 * the way to the binary chooses the version, the link is moved back and no file is written.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/keep.h"
#include "commands/keep_set.h"
#include "commands/package_check.h"
#include "commands/put_back.h"
#include "commands/record.h"
#include "commands/rollback.h"
#include "commands/session.h"
#include "commands/storage.h"
#include "commands/verdict.h"
#include "nginx/builds.h"
#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/replaced.h"
#include "nginx/sets.h"
#include "nginx/swap.h"
#include "nginx/way.h"
#include "os/exit_code.h"
#include "os/file_id.h"
#include "trust/subject.h"
#include "ui/say.h"

/* The way to the binary of these builds; the caller frees it. NULL: it is unknown, or there is no
 * memory, which was printed. */
static struct way *way_of(const struct builds *b)
{
	struct way *way = b->root[0] ? NULL : storage_new(sizeof(*way));

	if (way && way_look(b->name, way) < 0) {
		free(way);
		return NULL;
	}
	return way;
}

/* Whether the running image still has its file, and moving one link makes the path lead to it:
 * *ret is that move. */
static bool link_to_running(const struct session *s, const struct builds *b, struct way_move *ret)
{
	const struct subject *m = &s->run.world.old_master.subject;
	struct way *way = way_of(b);
	struct file_id at_path;
	bool leads;

	leads = way && way->count && strcmp(m->image_path, way->end) != 0 &&
		file_id_of(m->image_path, &at_path) == 0 && file_id_equal(&at_path, &m->image_id) &&
		way_lead_to(way, m->image_path, ret) == 0;
	free(way);
	return leads;
}

bool rollback_leads_into_version(const struct builds *b, char ret_link[PATH_MAX])
{
	struct way *way = way_of(b);
	bool leads = way && way_has_versions(way, ret_link);

	free(way);
	return leads;
}

static void say_left(const struct builds *b, const char *link)
{
	say(SAY_WARNING,
	    "%s leads through the link %s to %s, which is another version's; no file is written through it, and the running build has no file of its own any more. What to do: put the build that is to run into a folder of its own, and point the link to it",
	    b->name, link, b->target);
}

void rollback_prepare_path(struct session *s)
{
	struct builds b;
	struct world *w = &s->run.world;
	struct way_move move;
	char link[PATH_MAX];

	w->target[0] = '\0';
	if (builds_of(&w->old_master, &w->believed, &b) < 0)
		return;
	if (!s->settings->dry_run)
		keep_set(s, &b, NULL, SET_SERVED);
	if (link_to_running(s, &b, &move)) {
		/* The reverse move, as if this run had moved the link: its undo moves it back. */
		s->run.move = move;
		(void)snprintf(s->run.move.before, PATH_MAX, "%s", move.after);
		(void)snprintf(s->run.move.after, PATH_MAX, "%s", move.before);
		memcpy(w->target, b.name, sizeof(w->target));
	} else if (rollback_leads_into_version(&b, link) &&
		   !file_has_content(b.target, w->old_master.subject.image)) {
		say_left(&b, link);
	} else if (snprintf(w->target, PATH_MAX, "%s%s", b.root, b.target) < PATH_MAX &&
		   !s->settings->dry_run) {
		keep_what_stands(s, &b, -1);
	}
	s->run.ask.restore_binary = w->target[0] != '\0';
}

bool rollback_is_script(const char *path)
{
	char start[2] = "";
	FILE *file = fopen(path, "re");
	bool script = file && fread(start, 1, 2, file) == 2 && start[0] == '#' && start[1] == '!';

	if (file)
		(void)fclose(file);
	return script;
}

/* What the messages about one call have in common. */
struct words {
	const char *lead; /* why the files are put back: "no handover is under way", or a setting */
	pid_t master;
};

static const struct say_field would_put_back[] = {{"what", "put_back", 0}, {NULL, NULL, 0}};

static void say_link(const struct words *w, const struct builds *b, const struct way_move *move,
		     bool would)
{
	if (would)
		say_event(
			SAY_NOTICE, "would", would_put_back,
			"%s, and %s does not lead to the binary of master %d: the link %s would lead to %s again, and nothing would be signalled",
			w->lead, b->name, (int)w->master, move->link, move->after);
	else
		say(SAY_NOTICE,
		    "%s; the link %s leads to %s again, the binary that master %d runs; %s, where it led, was not changed. Nothing was signalled",
		    w->lead, move->link, move->after, (int)w->master, b->target);
}

static void say_files(const struct words *w, const struct builds *b, const struct put_back *p)
{
	if (p->binary)
		say(SAY_NOTICE,
		    "%s; the binary that master %d runs is back at %s. Nothing was signalled",
		    w->lead, (int)w->master, b->target);
	if (p->modules)
		say(SAY_NOTICE,
		    "%s; %u module%s that master %d has mapped %s back in place (%s). Nothing was signalled",
		    w->lead, p->modules, p->modules == 1 ? "" : "s", (int)w->master,
		    p->modules == 1 ? "is" : "are", p->first);
}

static void say_would(const struct words *w, const struct session *s, const struct put_back *p)
{
	if (p->binary)
		say_event(
			SAY_NOTICE, "would", would_put_back,
			"%s, and %s is not the binary of master %d: that would be put back there, the file that is there now would be kept, and nothing would be signalled",
			w->lead, s->run.world.target, (int)w->master);
	if (p->modules)
		say_event(
			SAY_NOTICE, "would", would_put_back,
			"%s, and %u module%s that master %d has mapped would be put back (%s), and nothing would be signalled",
			w->lead, p->modules, p->modules == 1 ? "" : "s", (int)w->master, p->first);
}

static int restore_failed(struct session *s, int r)
{
	char reason[INSTALL_REASON_SIZE];
	char version[128];

	if (r == -ENODATA) {
		say(SAY_ERROR,
		    "the files of the running build could not be put back; no file was changed. The module %s, which master %d has mapped: there is no copy of it, its file was replaced, and this kernel does not give access to what a process has mapped. What to do: install the package of nginx %s again, which brings binary and modules",
		    s->run.failed.path, (int)s->run.world.old.subject.process.pid,
		    record_version(&s->run.world.old_master.subject, version, sizeof(version)));
		return EXIT_FAILED;
	}
	say(SAY_ERROR,
	    "the files of the running build could not be put back; no file was changed: could not %s %s: %s. What to do: fix that, then \"nginx-handover rollback\"; or install the package of the running build again",
	    s->run.failed.step, s->run.failed.path,
	    install_error_reason(&s->run.failed, r, reason, sizeof(reason)));
	return EXIT_FAILED;
}

/* Copies the files beside their places, and adds them to *swap. 0, or -errno in run.failed. */
static int stage(struct session *s, const struct builds *b, const struct put_back *wanted,
		 struct swap *swap)
{
	const struct subject *m = &s->run.world.old_master.subject;
	struct install_error *err = &s->run.failed;
	struct sets *sets = storage_new(sizeof(*sets));
	int r = 0;

	if (!sets)
		return install_failed(err, "read the record of", b->target, -ENOMEM);
	sets_read(b, sets);
	if (wanted->modules)
		r = sets_stage_running(b, m, sets, swap, err);
	if (r >= 0 && wanted->binary)
		r = swap_add(swap, &b->believed, b->root, b->target, m->image, m->image_path, err);
	free(sets);
	return r < 0 ? r : 0;
}

/* All of the files, or none. 0, or the exit code after it has printed why. */
static int put_files(struct session *s, const struct builds *b, const struct put_back *wanted)
{
	struct swap swap;
	int r;

	/* The copy of a run that was killed. */
	(void)install_sweep(&b->believed, b->root, b->target);
	swap_begin(&swap);
	r = stage(s, b, wanted, &swap);
	if (!r)
		r = swap_commit(&swap, &s->run.failed);
	swap_end(&swap);
	if (r >= 0)
		verdict_changed();
	return r < 0 ? restore_failed(s, r) : 0;
}

/* What of the running master does not stand at its path. */
static struct put_back find_due(const struct session *s, const struct builds *b)
{
	const struct world *w = &s->run.world;
	struct put_back p = {.binary = false};
	struct replaced r;

	p.binary = !file_has_content(w->target, w->old_master.subject.image);
	if (!sets_apply(b))
		return p;
	(void)replaced_look(&w->old_master, NULL, &r);
	p.modules = r.modules.count;
	memcpy(p.first, r.modules.first, sizeof(p.first));
	return p;
}

bool put_back_is_due(const struct session *s, const struct builds *b)
{
	struct put_back p = find_due(s, b);

	return p.binary || p.modules;
}

/* Whether the binary's file may be replaced. 0, or the exit code after it has printed why not. */
static int may_write(const struct session *s, const struct builds *b)
{
	const struct world *w = &s->run.world;
	char link[PATH_MAX];

	if (rollback_leads_into_version(b, link)) {
		say_left(b, link);
		return EXIT_REFUSED;
	}
	if (!rollback_is_script(w->target))
		return 0;
	say(SAY_ERROR,
	    "%s is a script that started the binary of master %d: a rollback does not replace scripts. Nothing was done. What to do: put the right file there, then \"nginx-handover upgrade\"",
	    w->target, (int)w->old.subject.process.pid);
	return EXIT_REFUSED;
}

static int put_link(struct session *s, const struct builds *b, const struct way_move *move)
{
	int r = way_point(&b->believed, move->link, move->before, move->after, &s->run.failed);

	if (r >= 0)
		verdict_changed();
	return r < 0 ? restore_failed(s, r) : 0;
}

/* Puts everything back. *ret: what that was, or, with --dry-run, would be. 0, or the exit code
 * after it has printed why. */
static int put_all(struct session *s, const struct builds *b, const struct words *words,
		   struct put_back *ret)
{
	bool dry_run = s->settings->dry_run;
	struct put_back files = find_due(s, b);
	struct way_move move;
	int r = 0;

	*ret = files;
	move.link[0] = '\0';
	if (files.binary && link_to_running(s, b, &move))
		files.binary = false;
	else if (files.binary)
		r = may_write(s, b);
	if (!r && !dry_run && (files.binary || files.modules)) {
		keep_set(s, b, NULL, SET_SERVED);
		if (files.binary)
			keep_what_stands(s, b, -1);
		r = put_files(s, b, &files);
	}
	if (!r && !dry_run && move.link[0])
		r = put_link(s, b, &move);
	if (r)
		return r;
	if (move.link[0])
		say_link(words, b, &move, dry_run);
	if (dry_run)
		say_would(words, s, &files);
	else
		say_files(words, b, &files);
	if (files.binary || files.modules)
		say_package_check(b, dry_run);
	return 0;
}

int put_back_alone(struct session *s, const struct builds *b)
{
	const struct words words = {"no handover is under way",
				    s->run.world.old.subject.process.pid};
	struct put_back done;

	return put_all(s, b, &words, &done);
}

int put_back_set_target(struct session *s, const struct builds *b, int found)
{
	struct world *w = &s->run.world;

	if (found == 0 && snprintf(w->target, PATH_MAX, "%s%s", b->root, b->target) < PATH_MAX)
		return 0;
	say(SAY_ERROR,
	    "the path of the binary that master %d runs is not known: %s. Nothing was done. What to do: say where it is with --nginx",
	    (int)w->old.subject.process.pid, strerror(found < 0 ? -found : ENAMETOOLONG));
	return EXIT_REFUSED;
}

int put_back_running(struct session *s, struct put_back *ret)
{
	const struct words words = {"ON_PACKAGE_FAILURE=restore",
				    s->run.world.old.subject.process.pid};
	struct builds b;
	struct world *w = &s->run.world;
	struct put_back done;
	int r = builds_of(&w->old_master, &w->believed, &b);

	memset(ret, 0, sizeof(*ret));
	r = put_back_set_target(s, &b, r);
	if (r)
		return r;
	if (!put_back_is_due(s, &b))
		return 0;
	r = put_all(s, &b, &words, &done);
	if (!r)
		*ret = done;
	return r;
}

int put_back_modules(struct session *s)
{
	const struct words words = {"the old generation is back",
				    s->run.world.old.subject.process.pid};
	struct builds b;
	const struct world *w = &s->run.world;
	struct put_back files;
	int r;

	if (builds_of(&w->old_master, &w->believed, &b) < 0)
		return 0;
	files = find_due(s, &b);
	files.binary = false;
	if (!files.modules)
		return 0;
	r = put_files(s, &b, &files);
	if (!r)
		say_files(&words, &b, &files);
	return r;
}

bool put_back_is_wanted(const struct settings *settings)
{
	return strcmp(settings->on_package_failure, "restore") == 0;
}

void say_package_check(const struct builds *b, bool would)
{
	const char *paths[1 + SET_MODULES_MAX] = {b->target};
	struct sets *sets = b->root[0] ? NULL : storage_new(sizeof(*sets));
	const struct set *set;
	char check[512];
	size_t count = 1;
	size_t i;

	if (!sets)
		return;
	sets_read(b, sets);
	set = sets->count ? &sets->list[sets->count - 1] : NULL;
	for (i = 0; set && i < set->count; i++)
		paths[count++] = set->modules[i].path;
	if (package_check(paths, count, check, sizeof(check)))
		say(SAY_NOTICE,
		    "the package manager has its own files on record: \"%s\" %s what was put back as changed, until a package brings the file again",
		    check, would ? "would show" : "shows");
	free(sets);
}
