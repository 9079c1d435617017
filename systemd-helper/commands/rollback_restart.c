/*
 * rollback where the master cannot be upgraded at all: the build that served before is put back at
 * the path, and nginx stopped and started with it. Said before it is done, and nothing is stopped
 * before that build has accepted the configuration.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/keep.h"
#include "commands/keep_set.h"
#include "commands/record.h"
#include "commands/rollback.h"
#include "commands/start.h"
#include "core/preflight.h"
#include "init/init.h"
#include "nginx/staged.h"
#include "nginx/way.h"
#include "os/duration.h"
#include "ui/say.h"

/* What is on its way to the path: a copy, or nothing where a link is moved. */
struct ahead {
	struct staged staged;
	struct program program;
};

static bool is_asked(const struct settings *s)
{
	return s->restart || strcmp(s->rollback_restarts, "yes") == 0;
}

/* Through a link into a version's folder no file is written; a script is not replaced. */
static bool may_write(const struct builds *b)
{
	char link[PATH_MAX];

	if (rollback_leads_into_version(b, link)) {
		say(SAY_ERROR,
		    "a restart would not help: the way to the binary leads through the link %s to %s, into the folder of one version, and no other is written there. What to do: let the link lead to the build that is to run (ln -sfn), then \"nginx-handover restart\"",
		    link, b->target);
		return false;
	}
	if (rollback_is_script(b->target)) {
		say(SAY_ERROR,
		    "a restart would not help: %s is a script, and a rollback does not replace it. What to do: put back what is to be there, then \"nginx-handover restart\"",
		    b->name);
		return false;
	}
	return true;
}

static int take_failed(struct session *s, const struct way_back *w, int r)
{
	char reason[2 * PATH_MAX];

	say(SAY_ERROR,
	    "a restart would not help: the backup %s cannot be put at %s: could not %s %s: %s. Nothing was done. What to do: mend that, then try again",
	    w->to->path, w->builds.target, s->run.failed.step, s->run.failed.path,
	    install_error_reason(&s->run.failed, r, reason, sizeof(reason)));
	return EXIT_REFUSED;
}

/* 0, or the exit code with everything said. */
static int take(struct session *s, const struct way_back *w, struct ahead *a)
{
	const struct builds *b = &w->builds;
	const struct master *m = &s->run.world.old_master;
	struct distrust why;
	int r;

	if (s->run.move.link[0]) {
		r = program_at(&b->believed, "", w->to->path, &a->program, &why);
		if (r < 0) {
			(void)install_failed(&s->run.failed, "take", w->to->path, r);
			s->run.failed.why = why;
		}
		return r < 0 ? take_failed(s, w, r) : 0;
	}
	if (!may_write(b))
		return EXIT_REFUSED;
	r = install_stage(&b->believed, "", w->to->path, b->target, m->subject.image, &a->staged,
			  &s->run.failed);
	if (!r)
		r = program_copy(a->staged.fd, w->to->path, &a->program);
	return r < 0 ? take_failed(s, w, r) : 0;
}

static void drop(struct ahead *a)
{
	program_close(&a->program);
	install_unstage(&a->staged);
}

static bool conf_of(const struct build_info *b, const char *prefix, char ret[PATH_MAX])
{
	return build_path_under(b, b->conf_path, b->conf_relative, prefix, ret) == 0;
}

/* Whether what nothing names is where the build that runs has it. */
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

/* Another configuration would be tested, and started. What cannot be asked the test will tell. */
static bool check_paths(const struct way_back *w, const struct restart_plan *p,
			const struct ahead *a, const struct subject *running,
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
		if (version_ask(&a->program, as, &after, &why) == 0) {
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

/* As the start will find it: 0, or the exit code with everything said. */
static int test(struct session *s, const struct way_back *w, const struct restart_plan *p,
		const struct ahead *a)
{
	const struct master *m = &s->run.world.old_master;
	const char *otherwise = is_asked(s->settings)
					? "nginx was not restarted, nothing was stopped"
					: "a restart would not help";
	struct actor as = actor_of(&m->subject, NULL);
	int r;

	s->settings = &p->settings;
	(void)snprintf(s->site.nginx, sizeof(s->site.nginx), "%s", w->to->path);
	r = check_paths(w, p, a, &m->subject, &as)
		    ? start_test(s, &p->arguments, &a->program, &as, otherwise)
		    : EXIT_REFUSED;
	actor_free(&as);
	return r;
}

/* What a restart takes from clients. */
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

static int put_in_place(struct session *s, const struct way_back *w, struct ahead *a)
{
	const struct way_move *move = &s->run.move;
	struct run *run = &s->run;
	const struct subject *running = &run->world.old_master.subject;
	char version[128];
	char reason[2 * PATH_MAX];
	int r;

	record_found(s, NULL);
	(void)record_version(running, version, sizeof(version));
	if (move->link[0]) {
		keep_running_image(s, &w->builds, version);
		r = way_point(&w->builds.believed, move->link, move->before, move->after,
			      &run->failed);
	} else {
		keep_what_stands(s, &w->builds, a->program.fd);
		r = install_commit(&a->staged, version, run->backup, &run->failed);
	}
	if (r < 0) {
		say(SAY_ERROR,
		    "nginx was not restarted, nothing was stopped: could not %s %s: %s. What to do: mend that, then try again",
		    run->failed.step, run->failed.path,
		    install_error_reason(&run->failed, r, reason, sizeof(reason)));
		return 1;
	}
	if (run->backup[0])
		say(SAY_INFO, "the binary that runs is kept as %s", run->backup);
	keep_few(s, &w->builds);
	keep_few_sets(s, &w->builds);
	return 0;
}

static int prepare(struct session *s, const struct way_back *w, struct ahead *a,
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
	r = put_in_place(s, w, a);
	if (r)
		return r;
	memcpy(p->nginx, w->builds.name, sizeof(p->nginx));
	memcpy(plan->version, w->to->version, sizeof(plan->version));
	p->settings.start_is = "rollback";
	plan->ready = true;
	return 0;
}

static int say_dry_run(const struct session *s, const struct way_back *w)
{
	char text[256];

	say(SAY_NOTICE,
	    "master %d cannot be upgraded, and nothing stands in the way of a restart: nginx %s (%s) would be put at %s, and nginx be stopped and started with it; %s",
	    (int)s->run.world.old.subject.process.pid, w->to->version, w->to->path, w->builds.name,
	    cost(s, text, sizeof(text)));
	return 0;
}

int rollback_by_restart(struct session *s, const struct way_back *w, struct rollback_plan *plan)
{
	static struct ahead a;
	const struct master *m = &s->run.world.old_master;
	struct restart_plan *p = &plan->restart;
	bool asked = is_asked(s->settings);
	int r;

	if (m->subject.other_root || w->builds.root[0])
		return EXIT_REFUSED;
	memset(&a, 0, sizeof(a));
	a.program = (struct program)PROGRAM_NONE;
	a.staged.fd = a.staged.running = -1;
	p->settings = *s->settings;
	p->settings.pid_file = s->site.pid_path;
	restart_plan_arguments(p, m);
	r = take(s, w, &a);
	if (!r && !s->modules_due)
		r = test(s, w, p, &a);
	if (r)
		r = asked ? r : EXIT_REFUSED;
	else if (!asked)
		r = advise(s, w);
	else if (p->settings.dry_run)
		r = say_dry_run(s, w);
	else
		r = prepare(s, w, &a, plan);
	drop(&a);
	return r;
}

int rollback_restart_now(const struct rollback_plan *plan)
{
	bool stopped = false;
	int r;

	/* The line of the rollback ends here: it is no handover, and what was said is shown now. */
	init_conclude(EXIT_DRAINING);
	r = restart_now(&plan->restart, &stopped);
	if (r && !stopped)
		say(SAY_ERROR,
		    "nginx %s stands at %s, but nginx was not stopped, and so not started with it. What to do: \"nginx-handover stop\", then \"nginx-handover start\"",
		    plan->version, plan->restart.nginx);
	else if (r)
		say(SAY_ERROR,
		    "the rollback ended halfway: nginx is stopped, nginx %s stands at %s and was not started. What to do: see above why, mend that, then \"nginx-handover start\"",
		    plan->version, plan->restart.nginx);
	else
		say(SAY_NOTICE, "rolled back by a restart: nginx %s serves from %s", plan->version,
		    plan->restart.nginx);
	return r;
}
