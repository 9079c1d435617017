/* Finds what serves beside the nginx that is meant, and has its configuration tell what is its own.
 */
#include <string.h>

#include "commands/beside.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "ui/say.h"

/* What is executed is what nobody else can change. */
static bool find_program(const struct world *w, const char *root, const char *path,
			 struct program *ret)
{
	struct distrust why;

	return path[0] && program_at(&w->believed, root, path, ret, &why) == 0;
}

/* By the master that runs: with its arguments, as it, with what it would execute. */
static void prove_by_master(struct session *s, struct strays *strays)
{
	struct world *w = &s->run.world;
	const struct master *m = &w->old_master;
	struct program program = PROGRAM_NONE;
	struct actor as = actor_of(&m->subject, NULL);
	struct config_test t = {.program = &program, .as = &as, .wake_fd = -1};
	/* In a handover a test might make a pid file where nginx is about to make it. */
	bool alone = w->new.subject.process.pid == 0 &&
		     pid_file_peek(&w->pid_file) == w->old.subject.process.pid;
	char path[PATH_MAX];

	t.arguments = config_arguments_of(&m->arguments);
	if (alone && master_binary_name(m, path) == 0 &&
	    find_program(w, m->subject.root, path, &program))
		strays_prove(strays, w, &t, s->site.pid_path);
	program_close(&program);
	actor_free(&as);
}

static void prove_by_settings(struct session *s, const struct world *w, const char *binary,
			      struct strays *strays)
{
	struct program program = PROGRAM_NONE;
	struct actor ourselves = actor_ourselves();
	struct config_test t = {.program = &program, .as = &ourselves, .wake_fd = -1};

	t.arguments.conf = s->settings->conf;
	if (find_program(w, "", binary, &program))
		strays_prove(strays, w, &t, s->site.pid_path);
	program_close(&program);
}

/* Where no master was found: by the binary that would be started, and the number in the pid file.
 */
static int find_without_master(const struct session *s, pid_t dead_master, struct world *none,
			       char binary[PATH_MAX], struct strays *ret)
{
	world_init(none);
	none->believed = s->site.believed;
	binary[0] = '\0';
	if (s->site.nginx[0])
		memcpy(binary, s->site.nginx, PATH_MAX);
	else
		(void)site_usual_binary(binary);
	return strays_find(none, dead_master, binary, ret);
}

static bool is_nothing(struct session *s)
{
	static struct world none; /* it is large */
	static struct strays strays;
	char binary[PATH_MAX];

	return find_without_master(s, site_named_pid(&s->site), &none, binary, &strays) == 0 &&
	       strays.count == 0;
}

void beside_note_stopped(struct session *s)
{
	if (!s->settings->dry_run && is_nothing(s))
		init_found(false);
}

int beside_find(struct session *s, pid_t dead_master, struct strays *ret)
{
	static struct world none; /* it is large */
	char binary[PATH_MAX];
	int r;

	if (s->run.world.old.subject.process.pid) {
		r = strays_find(&s->run.world, 0, "", ret);
		prove_by_master(s, ret);
		return r;
	}
	r = find_without_master(s, dead_master, &none, binary, ret);
	prove_by_settings(s, &none, binary, ret);
	return r;
}

void beside_say(struct session *s)
{
	static struct strays strays;
	char text[512];

	(void)beside_find(s, site_named_pid(&s->site), &strays);
	if (strays.count)
		say(SAY_WARNING,
		    "without a master there still serves: %s. What to do: \"nginx-handover stop\" ends what is proven to be of this nginx",
		    strays_text(&strays, text, sizeof(text)));
}
