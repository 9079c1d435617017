/*
 * rollback where the master cannot be upgraded at all: the build that served before is put back at
 * the path, then nginx is stopped and started with it. This is printed before it is done, and
 * nothing is stopped before that build has accepted the configuration.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/history.h"
#include "commands/keep.h"
#include "commands/keep_set.h"
#include "commands/record.h"
#include "commands/restart.h"
#include "commands/rollback.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/start.h"
#include "commands/storage.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/master.h"
#include "nginx/place.h"
#include "nginx/staged.h"
#include "nginx/way.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

/* The build that will be started. */
struct next_build {
	struct staged staged;   /* its copy beside the path; none where a link is moved instead */
	struct program program; /* the file that tests the configuration */
};

static bool is_asked(const struct settings *s)
{
	return s->restart || strcmp(s->rollback_restarts, "yes") == 0;
}

/* Whether the file at the path may be replaced. Not through a link into the folder of one version;
 * and not if it is a script. */
static bool may_write(const struct builds *b)
{
	char link[PATH_MAX];

	if (rollback_leads_into_version(b, link)) {
		say(SAY_ERROR,
		    "a restart would not help: the path to the binary leads through the link %s to %s, into the folder of one version, and no other version is written there. What to do: point the link to the build that is to run (ln -sfn), then \"nginx-handover restart\"",
		    link, b->target);
		return false;
	}
	if (rollback_is_script(b->target)) {
		say(SAY_ERROR,
		    "a restart would not help: %s is a script, and a rollback does not replace scripts. What to do: put the right file there, then \"nginx-handover restart\"",
		    b->name);
		return false;
	}
	return true;
}

static int stage_failed(struct session *s, const struct way_back *w, int r)
{
	char reason[INSTALL_REASON_SIZE];

	say(SAY_ERROR,
	    "a restart would not help: the backup %s cannot be put at %s: could not %s %s: %s. Nothing was done. What to do: fix that, then try again",
	    w->to->path, w->builds.target, s->run.failed.step, s->run.failed.path,
	    install_error_reason(&s->run.failed, r, reason, sizeof(reason)));
	return EXIT_REFUSED;
}

/* Copies the build beside the path, and opens it. 0, or the exit code after it has printed why. */
static int stage_build(struct session *s, const struct way_back *w, struct next_build *next)
{
	const struct builds *b = &w->builds;
	const struct master *m = &s->run.world.old_master;
	struct distrust why;
	int r;

	if (s->run.move.link[0]) {
		r = program_at(&b->believed, "", w->to->path, &next->program, &why);
		if (r < 0) {
			(void)install_failed(&s->run.failed, "take", w->to->path, r);
			s->run.failed.why = why;
		}
		return r < 0 ? stage_failed(s, w, r) : 0;
	}
	if (!may_write(b))
		return EXIT_REFUSED;
	r = install_stage(&b->believed, "", w->to->path, b->target, m->subject.image, &next->staged,
			  &s->run.failed);
	if (!r)
		r = program_copy(next->staged.fd, w->to->path, &next->program);
	return r < 0 ? stage_failed(s, w, r) : 0;
}

static void drop(struct next_build *next)
{
	program_close(&next->program);
	install_unstage(&next->staged);
}

static bool conf_of(const struct build_info *b, const char *prefix, char ret[PATH_MAX])
{
	return build_path_under(b, b->conf_path, b->conf_relative, prefix, ret) == 0;
}

/* Whether both builds read the same configuration with these arguments: the paths that are not
 * among them are compiled in. */
static bool reads_the_same(const struct config_arguments *a, const struct build_info *before,
			   const struct build_info *after)
{
	char old[PATH_MAX];
	char new[PATH_MAX];

	if (!a->prefix && strcmp(before->prefix, after->prefix) != 0)
		return false;
	return a->conf || !conf_of(before, a->prefix, old) || !conf_of(after, a->prefix, new) ||
	       strcmp(old, new) == 0;
}

/* Refuses a build that would read another configuration. A build that cannot be asked is not
 * refused here: its test of the configuration will fail. */
static bool check_paths(const struct way_back *w, const struct restart_plan *p,
			const struct next_build *next, const struct subject *running,
			const struct actor *as)
{
	struct program runs = PROGRAM_NONE;
	struct build_info before;
	struct build_info after;
	struct ask_failure why;
	bool same = true;

	if (program_of(running, &runs) < 0)
		return true;
	if (version_ask(&runs, as, &before, &why) == 0) {
		if (version_ask(&next->program, as, &after, &why) == 0) {
			same = reads_the_same(&p->arguments, &before, &after);
			build_info_free(&after);
		}
		build_info_free(&before);
	}
	program_close(&runs);
	if (!same)
		say(SAY_ERROR,
		    "a restart would not help: nginx %s (%s) has another prefix or configuration compiled in than the build that runs, and the master was started without -p or -c. What to do: \"nginx-handover stop\", then \"nginx-handover start --nginx FILE --conf FILE\"",
		    w->to->version, w->to->path);
	return same;
}

/* Tests the configuration as the start will read it. 0, or the exit code after it has printed why.
 */
static int test(struct session *s, const struct way_back *w, const struct restart_plan *p,
		const struct next_build *next)
{
	const struct master *m = &s->run.world.old_master;
	const char *otherwise = is_asked(s->settings)
					? "nginx was not restarted, nothing was stopped"
					: "a restart would not help";
	struct actor as = actor_of(&m->subject, NULL);
	int r;

	s->settings = &p->settings;
	(void)snprintf(s->site.nginx, sizeof(s->site.nginx), "%s", w->to->path);
	r = check_paths(w, p, next, &m->subject, &as)
		    ? start_test(s, &p->arguments, &next->program, &as, otherwise)
		    : EXIT_REFUSED;
	actor_free(&as);
	return r;
}

/* What a restart costs the clients. */
static const char *cost(const struct session *s, char *ret, size_t size)
{
	char time[32];

	if (s->run.facts.old.accepting)
		(void)snprintf(
			ret, size,
			"clients lose their connections: new ones are refused until nginx runs again, and those that are there get %s to end (--drain-timeout)",
			duration_text(s->settings->drain_timeout_us, time, sizeof(time)));
	else
		(void)snprintf(ret, size, "nobody is served now, so nobody loses a connection");
	return ret;
}

static int advise(const struct session *s, const struct way_back *w)
{
	const char *to = s->settings->to;
	char text[256];

	say(SAY_ERROR,
	    "a restart would do it: \"nginx-handover rollback --restart%s%s\" puts nginx %s (%s) at %s, stops nginx and starts it with that; %s",
	    to ? " --to " : "", to ? to : "", w->to->version, w->to->path, w->builds.name,
	    cost(s, text, sizeof(text)));
	return EXIT_REFUSED;
}

static int put_in_place(struct session *s, const struct way_back *w, struct next_build *next)
{
	const struct way_move *move = &s->run.move;
	struct run *run = &s->run;
	const struct subject *running = &run->world.old_master.subject;
	char version[128];
	char reason[INSTALL_REASON_SIZE];
	int r;

	record_found(s, NULL);
	(void)record_version(running, version, sizeof(version));
	if (move->link[0]) {
		keep_running_image(s, &w->builds, version);
		r = way_point(&w->builds.believed, move->link, move->before, move->after,
			      &run->failed);
	} else {
		keep_what_stands(s, &w->builds, next->program.fd);
		r = install_commit(&next->staged, version, run->backup, &run->failed);
	}
	if (r < 0) {
		say(SAY_ERROR,
		    "nginx was not restarted, nothing was stopped: could not %s %s: %s. What to do: fix that, then try again",
		    run->failed.step, run->failed.path,
		    install_error_reason(&run->failed, r, reason, sizeof(reason)));
		return EXIT_FAILED;
	}
	if (run->backup[0])
		say(SAY_INFO, "the binary that runs is kept as %s", run->backup);
	keep_few(s, &w->builds);
	keep_few_sets(s, &w->builds);
	return 0;
}

static int prepare(struct session *s, const struct way_back *w, struct next_build *next,
		   struct rollback_plan *plan)
{
	struct restart_plan *p = &plan->restart;
	char text[256];
	int r;

	say(SAY_WARNING,
	    "master %d cannot be upgraded, so nginx is restarted, as %s says: nginx %s is put at %s, then nginx is stopped and started with it; %s",
	    (int)s->run.world.old.subject.process.pid,
	    p->settings.restart ? "--restart" : "ROLLBACK_RESTARTS=yes", w->to->version,
	    w->builds.name, cost(s, text, sizeof(text)));
	r = put_in_place(s, w, next);
	if (r)
		return r;
	memcpy(p->nginx, w->builds.name, sizeof(p->nginx));
	memcpy(plan->version, w->to->version, sizeof(plan->version));
	history_restart_begin(s, plan->version, &plan->history);
	p->settings.start_is = "rollback";
	plan->ready = true;
	return 0;
}

static int say_dry_run(const struct session *s, const struct way_back *w)
{
	struct say_field fields[] = {{"what", "restart", 0}, {NULL, NULL, 0}};
	char text[256];

	say_event(
		SAY_NOTICE, "would", fields,
		"master %d cannot be upgraded, and nothing stands in the way of a restart: nginx %s (%s) would be put at %s, and nginx be stopped and started with it; %s",
		(int)s->run.world.old.subject.process.pid, w->to->version, w->to->path,
		w->builds.name, cost(s, text, sizeof(text)));
	return 0;
}

static int try_restart(struct session *s, const struct way_back *w, struct next_build *next,
		       struct rollback_plan *plan)
{
	struct restart_plan *p = &plan->restart;
	bool asked = is_asked(s->settings);
	int r;

	p->settings = *s->settings;
	p->settings.pid_file = s->site.pid_path;
	restart_plan_arguments(p, &s->run.world.old_master);
	r = stage_build(s, w, next);
	if (!r && !s->modules_due)
		r = test(s, w, p, next);
	if (r)
		return asked ? r : EXIT_REFUSED;
	if (!asked)
		return advise(s, w);
	return p->settings.dry_run ? say_dry_run(s, w) : prepare(s, w, next, plan);
}

int rollback_by_restart(struct session *s, const struct way_back *w, struct rollback_plan *plan)
{
	const struct master *m = &s->run.world.old_master;
	struct next_build *next;
	int r;

	if (m->subject.other_root || w->builds.root[0])
		return EXIT_REFUSED;
	if (is_asked(s->settings) && restart_is_others(s))
		return EXIT_REFUSED;
	next = storage_new(sizeof(*next));
	if (!next)
		return EXIT_FAILED;
	next->program = (struct program)PROGRAM_NONE;
	next->staged.fd = next->staged.running = -1;
	r = try_restart(s, w, next, plan);
	drop(next);
	free(next);
	return r;
}

int rollback_restart_now(struct rollback_plan *plan)
{
	struct init *caller = plan->restart.settings.caller;
	bool stopped = false;
	int r;

	/* The init script's line about the handover ends here, and shows the messages so far. */
	caller->ops.conclude(caller, EXIT_DRAINING);
	r = restart_now(&plan->restart, &stopped);
	history_restart_end(&plan->history, r);
	if (r && !stopped)
		say(SAY_ERROR,
		    "nginx %s is at %s now, but nginx was not stopped, and the old build still runs. What to do: \"nginx-handover stop\", then \"nginx-handover start\"",
		    plan->version, plan->restart.nginx);
	else if (r)
		say(SAY_ERROR,
		    "the rollback ended halfway: nginx is stopped; nginx %s is at %s now, and was not started. What to do: see above why, fix that, then \"nginx-handover start\"",
		    plan->version, plan->restart.nginx);
	else
		say(SAY_NOTICE, "rolled back by a restart: nginx %s serves from %s", plan->version,
		    plan->restart.nginx);
	return r;
}
