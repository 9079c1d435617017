/*
 * doctor: everything that would have an upgrade refused here, or would spoil or slow it, each with
 * what it means and what to change. The checks of an upgrade are asked themselves, not repeated.
 * Looks only; as any test of the configuration it must not meet a handover, so it takes the lock.
 */
#include <string.h>

#include "commands/commands.h"
#include "commands/doctor.h"
#include "commands/report.h"
#include "init/init.h"
#include "ui/say.h"

static void examine(struct session *s, struct findings *f)
{
	static struct preflight p;
	size_t count;

	preflight_init(&p);
	p.world = &s->run.world;
	p.nginx = s->settings->nginx;
	p.wake_fd = s->run.waker.signals;
	p.wants_hints = true;
	p.wants_all = true;
	p.test_timeout_us = s->settings->test_timeout_us;
	p.memory_warns = strcmp(s->settings->memory_check, "warn") == 0;
	(void)preflight(&p);
	s->interrupted = p.interrupted;
	findings_of_problems(f, &p.problems, 0, true);
	count = p.problems.count;
	preflight_install(&p);
	findings_of_problems(f, &p.problems, count, false);
	doctor_nginx(s, &p, f);
	doctor_trust(s, &p, f);
	preflight_free(&p);
}

static void is_unfinished(const struct session *s, struct findings *f)
{
	const struct world *w = &s->run.world;
	struct finding *finding = finding_add(
		f, "unfinished", "an earlier handover is unfinished: master %d and new master %d",
		(int)w->old.subject.process.pid, (int)w->new.subject.process.pid);

	finding->refuses = true;
	finding->exit_code = EXIT_UNFINISHED;
	finding_means(finding,
		      "until it has ended no other can begin, and not all can be looked at");
	finding_change(finding, "%s", report_way_on(&s->run.facts));
}

static void is_quitting(const struct session *s, struct findings *f)
{
	struct finding *finding = finding_add(
		f, "stopping",
		"nginx is stopping: master %d has had QUIT, listens no more, and serves its last clients",
		(int)s->run.world.old.subject.process.pid);

	finding->refuses = true;
	finding->exit_code = EXIT_REFUSED;
	finding_change(finding, "\"nginx-handover start\" waits for its end and starts nginx");
}

static void on_init(void *arg, const struct init_finding *found)
{
	struct finding *finding = finding_add(arg, found->id, "%s", found->text);

	finding_means(finding, "%s", found->means);
	finding_change(finding, "%s", found->change);
}

static void look_at_service(const struct session *s, struct findings *f)
{
	const struct settings *set = s->settings;
	const struct init_plan plan = {
		.master = s->run.world.new.subject.process.pid
				  ? s->run.world.new.subject.process.pid
				  : s->run.world.old.subject.process.pid,
		.pid_path = s->site.pid_path,
		.handover_us = set->start_timeout_us + set->settle_us + set->drain_timeout_us,
		.stop_us = set->drain_timeout_us + 2 * set->start_timeout_us,
	};

	init_examine(&plan, on_init, f);
}

/* All that runs has been found. */
static void look_at_running(struct session *s, struct findings *f)
{
	const struct facts *facts = &s->run.facts;

	if (facts->quitting)
		is_quitting(s, f);
	else if (world_unfinished(facts))
		is_unfinished(s, f);
	else
		examine(s, f);
	look_at_service(s, f);
}

/* 0, or the exit code with everything said: another run is at work, or the system said no. */
static int look(const struct settings *settings, struct session *s, struct findings *f)
{
	struct problems problems = {.count = 0};
	int r;

	if (!session_seek(s, settings, &problems)) {
		findings_of_problems(f, &problems, 0, true);
		return 0;
	}
	r = session_take(s, "doctor", 0);
	if (r)
		return r;
	s->looks_only = true;
	if (session_open_world(s, &problems) == 0)
		look_at_running(s, f);
	findings_of_problems(f, &problems, 0, true);
	if (!s->interrupted)
		doctor_machine(s, f);
	session_end(s);
	return 0;
}

int command_doctor(const struct settings *settings)
{
	static struct session s;
	static struct findings f;

	f.count = 0;
	if (look(settings, &s, &f))
		return DOCTOR_REFUSED;
	if (s.interrupted) {
		say(SAY_ERROR, "interrupted; nothing was changed");
		return DOCTOR_REFUSED;
	}
	return findings_say(&f);
}
