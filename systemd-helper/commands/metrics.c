/* Writes the metrics. All values are looked up for each file, so that they are of one moment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/metrics.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "core/drain.h"
#include "core/facts.h"
#include "core/handovers.h"
#include "core/handovers_file.h"
#include "core/metrics.h"
#include "core/metrics_file.h"
#include "core/observe.h"
#include "core/problems.h"
#include "core/world.h"
#include "nginx/builds.h"
#include "nginx/clients.h"
#include "nginx/install.h"
#include "nginx/replaced.h"
#include "trust/path.h"
#include "ui/say.h"

/* What the metrics are read from. */
struct sources {
	struct world world;
	struct problems problems; /* why nginx cannot be seen, which the metrics do not tell */
	struct builds at;         /* where the history is */
	struct handovers history;
};

static unsigned count_draining(const struct world *w, const struct facts *f)
{
	struct clients clients;
	unsigned sum;

	clients_init(&clients);
	drain_count(w, f, &clients);
	sum = clients_sum(&clients);
	clients_free(&clients);
	return sum;
}

/* Whether an upgrade is due, for the master that serves. */
static bool is_due(struct world *w, const struct facts *f)
{
	char what[2 * PATH_MAX];
	struct replaced r;

	return (!f->new.alive || world_keep_new(w)) &&
	       replaced_find(&w->old_master, &r, what, sizeof(what));
}

static void look_at_nginx(const struct site *site, struct sources *from, struct metrics *m)
{
	struct world *w = &from->world;
	struct facts f;

	world_init(w);
	problems_clear(&from->problems);
	if (site_open_world(site, w, &from->problems) && observe(w, &f) == 0) {
		m->generations = (unsigned)f.old.alive + (unsigned)f.new.alive;
		m->accepting = f.old.accepting + f.new.accepting;
		m->leaving = f.old.leaving + f.new.leaving;
		m->unfinished = world_unfinished(&f);
		if (m->leaving)
			m->draining = count_draining(w, &f);
		m->due = is_due(w, &f);
	}
	world_close(w);
}

/* The text of the metrics, which the caller frees; NULL: there is no memory for it. */
static char *collect(const struct site *site, struct sources *from, size_t *ret_length)
{
	struct metrics m = {.pid_file = site->pid_path, .history = &from->history};
	struct distrust why;
	char path[PATH_MAX];
	char *text;

	look_at_nginx(site, from, &m);
	if (handovers_at(site->pid_path, &site->believed, &from->at) < 0 ||
	    handovers_load(&from->at, &from->history, path, &why) < 0)
		memset(&from->history, 0, sizeof(from->history));
	return metrics_text(&m, &text, ret_length) < 0 ? NULL : text;
}

static void say_failed(const char *folder, const struct install_error *failed, int r)
{
	char reason[INSTALL_REASON_SIZE];

	say(SAY_WARNING,
	    "no metrics were written to %s: could not %s %s: %s. What to do: give a folder that is root's and that nobody else can write (TEXTFILE_DIR=, --textfile-dir)",
	    folder, failed->step, failed->path,
	    install_error_reason(failed, r, reason, sizeof(reason)));
}

void metrics_write(const struct settings *settings, const struct site *site, bool quietly)
{
	struct install_error failed;
	struct sources *from;
	size_t length = 0;
	char *text;
	int r;

	if (!settings->textfile_dir)
		return;
	from = malloc(sizeof(*from));
	text = from ? collect(site, from, &length) : NULL;
	free(from);
	if (!text) {
		say(SAY_WARNING,
		    "no metrics were written to %s: there is no memory. The next run writes them",
		    settings->textfile_dir);
		return;
	}
	r = metrics_store(settings->textfile_dir, site->pid_path, text, length, &failed);
	free(text);
	if (r < 0 && !(quietly && r == -EACCES))
		say_failed(settings->textfile_dir, &failed, r);
}
