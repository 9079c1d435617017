/* Finds masters and workers that serve beside the nginx that is meant, and proves by its
 * configuration which of them belong to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands/beside.h"
#include "commands/session.h"
#include "commands/site.h"
#include "core/strays.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

/* Opens the binary at path. False: there is none, or others can change it, so it must not be
 * executed. */
static bool find_program(const struct world *w, const char *root, const char *path,
			 struct program *ret)
{
	struct distrust why;

	return path[0] && program_at(&w->believed, root, path, ret, &why) == 0;
}

/* Asks this program which of the strays belong to this nginx. Without memory for that none does. */
static void prove(const struct session *s, const struct world *w, const struct program *program,
		  const struct actor *as, const struct config_arguments *arguments,
		  struct strays *strays)
{
	struct config_test *t = calloc(1, sizeof(*t)); /* too large for the stack */

	if (!t)
		return;
	t->program = program;
	t->as = as;
	t->wake_fd = -1;
	t->arguments = *arguments;
	strays_prove(strays, w, t, s->site.pid_path);
	free(t);
}

/* Asks the binary that the running master would execute, with the master's arguments and user. */
static void prove_by_master(struct session *s, struct strays *strays)
{
	struct world *w = &s->run.world;
	const struct master *m = &w->old_master;
	struct program program = PROGRAM_NONE;
	struct actor as = actor_of(&m->subject, NULL);
	/* During a handover, nginx -t could create a pid file where a master is about to do so. */
	bool alone = w->new.subject.process.pid == 0 &&
		     pid_file_peek(&w->pid_file) == w->old.subject.process.pid;
	char path[PATH_MAX];

	if (alone && master_binary_name(m, path) == 0 &&
	    find_program(w, m->subject.root, path, &program)) {
		struct config_arguments arguments = config_arguments_of(&m->arguments);

		prove(s, w, &program, &as, &arguments, strays);
	}
	program_close(&program);
	actor_free(&as);
}

/* Asks the binary that would be started, with the configuration that the settings name. */
static void prove_by_settings(struct session *s, const struct world *w, const char *binary,
			      struct strays *strays)
{
	struct program program = PROGRAM_NONE;
	struct actor ourselves = actor_ourselves();
	const struct config_arguments arguments = {.conf = s->settings->conf};

	if (find_program(w, "", binary, &program))
		prove(s, w, &program, &ourselves, &arguments, strays);
	program_close(&program);
}

/*
 * Looks where no master was found: for processes of the binary that would be started, and for
 * workers of the dead master that the pid file names. proves: also proves which of them belong to
 * this nginx. 0 or -errno.
 */
static int find_without_master(struct session *s, pid_t dead_master, bool proves,
			       struct strays *ret)
{
	struct world *none = malloc(sizeof(*none));
	char binary[PATH_MAX] = "";
	int r;

	ret->count = ret->more = 0;
	if (!none)
		return -ENOMEM;
	world_init(none);
	none->believed = s->site.believed;
	if (s->site.nginx[0])
		memcpy(binary, s->site.nginx, PATH_MAX);
	else
		(void)site_usual_binary(binary);
	r = strays_find(none, dead_master, binary, ret);
	if (proves)
		prove_by_settings(s, none, binary, ret);
	free(none);
	return r;
}

void beside_note_stopped(struct session *s)
{
	struct strays strays;

	if (!s->settings->dry_run &&
	    find_without_master(s, site_named_pid(&s->site), false, &strays) == 0 && !strays.count)
		s->init->ops.note(s->init, INIT_FOUND_NOTHING, 0, NULL);
}

int beside_find(struct session *s, pid_t dead_master, struct strays *ret)
{
	int r;

	if (!s->run.world.old.subject.process.pid)
		return find_without_master(s, dead_master, true, ret);
	r = strays_find(&s->run.world, 0, "", ret);
	prove_by_master(s, ret);
	return r;
}

void beside_say(struct session *s)
{
	struct strays strays;
	char text[512];

	(void)beside_find(s, site_named_pid(&s->site), &strays);
	if (strays.count)
		say(SAY_WARNING,
		    "processes without a master still serve: %s. What to do: \"nginx-handover stop\" ends those that are proven to belong to this nginx",
		    strays_text(&strays, text, sizeof(text)));
}
