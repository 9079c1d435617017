/* Keeps the binary that runs and has no file any more, and a file at its path that never ran. */
#include <errno.h>
#include <stdio.h>

#include "commands/keep.h"
#include "commands/keep_set.h"
#include "commands/record.h"
#include "commands/session.h"
#include "core/run.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/builds.h"
#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/master.h"
#include "nginx/rescue.h"
#include "nginx/sets.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

/* Saves it in root's own folder for rescued binaries, or else beside the path of the binary. */
static int save_image(struct run *run, const struct builds *b, const char *version)
{
	int image = run->world.old_master.subject.image;
	char place[PATH_MAX];

	if (!b->root[0] && rescue_place(b->name, true, place) == 0 &&
	    install_sweep(&b->believed, "", place) >= 0 &&
	    save_running(&b->believed, "", place, image, version, run->backup, &run->failed) == 0)
		return 0;
	return save_running(&b->believed, b->root, b->target, image, version, run->backup,
			    &run->failed);
}

void keep_running_image(struct session *s, const struct builds *b, const char *version)
{
	struct run *run = &s->run;
	const struct world *w = &run->world;
	char reason[INSTALL_REASON_SIZE];
	char path[PATH_MAX + sizeof(b->root)];
	char asked[128];
	int r;

	(void)snprintf(path, sizeof(path), "%s%s", b->root, b->target);
	if (file_has_content(path, w->old_master.subject.image))
		return;
	if (!version)
		version = record_version(&w->old_master.subject, asked, sizeof(asked));
	r = save_image(run, b, version);
	if (r < 0)
		say(SAY_WARNING,
		    "the running binary, no longer at %s, could not be saved: could not %s %s: %s. The handover goes on: turning back during it needs no copy, a later rollback does",
		    b->target, run->failed.step, run->failed.path,
		    install_error_reason(&run->failed, r, reason, sizeof(reason)));
	else
		say(SAY_INFO, "the running binary is kept as %s",
		    master_own_path(&w->old_master, run->backup));
}

static void keep_few_rescued(const struct builds *b)
{
	char place[PATH_MAX];

	if (!b->root[0] && rescue_place(b->name, false, place) == 0)
		(void)builds_prune(b, "", place, RESCUES_KEPT, NULL);
}

void keep_what_serves(struct session *s)
{
	const struct world *w = &s->run.world;
	struct builds b;

	if (builds_of(&w->old_master, &w->believed, &b) < 0)
		return;
	record_found(s, NULL);
	keep_running_image(s, &b, NULL);
	keep_set(s, &b, NULL, SET_SERVED);
	keep_few_sets(s, &b);
	if (s->run.backup[0])
		keep_few_rescued(&b);
}

/* Asks a program that nobody else can change for its version; "unknown" where it does not answer.
 * Returns ret. */
static const char *version_of(const struct program *program, const struct subject *as, char *ret,
			      size_t size)
{
	struct actor actor = actor_of(as, NULL);
	struct ask_failure why;
	struct build_info build;

	(void)snprintf(ret, size, "unknown");
	if (version_ask(program, &actor, &build, &why) == 0) {
		(void)snprintf(ret, size, "%s", build.version);
		build_info_free(&build);
	}
	actor_free(&actor);
	return ret;
}

static int save_standing(struct session *s, const struct builds *b, const struct program *program,
			 char ret_backup[PATH_MAX])
{
	const struct subject *running = &s->run.world.old_master.subject;
	char version[128];

	(void)version_of(program, running, version, sizeof(version));
	keep_set_aside(s, b, program->fd, version);
	return save_file(&b->believed, b->root, b->target, program->fd, version, ret_backup,
			 &s->run.failed);
}

void keep_what_stands(struct session *s, const struct builds *b, int fd)
{
	const struct master *m = &s->run.world.old_master;
	struct program program = PROGRAM_NONE;
	char text[INSTALL_REASON_SIZE];
	char backup[PATH_MAX];
	struct distrust why;
	int r = program_at(&b->believed, b->root, b->target, &program, &why);

	if (r == -ENOENT)
		return;
	if (!r && (file_same_content(program.fd, m->subject.image) == 1 ||
		   (fd >= 0 && file_same_content(program.fd, fd) == 1))) {
		program_close(&program);
		return;
	}
	if (r < 0) {
		(void)distrust_text(&why, text, sizeof(text));
	} else {
		r = save_standing(s, b, &program, backup);
		if (r < 0)
			(void)install_error_reason(&s->run.failed, r, text, sizeof(text));
	}
	if (r < 0)
		say(SAY_WARNING,
		    "the file at %s, which is not the running binary, is not kept when it is replaced: %s",
		    b->target, text);
	else
		say(SAY_NOTICE, "the file at %s, which is not the running binary, is kept as %s",
		    b->target, master_own_path(m, backup));
	program_close(&program);
}

void keep_few(struct session *s, const struct builds *b)
{
	(void)builds_prune(b, b->root, b->target, BACKUPS_KEPT,
			   &s->run.world.old_master.subject.image_id);
	keep_few_rescued(b);
}
