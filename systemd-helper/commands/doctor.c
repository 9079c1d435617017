/*
 * doctor: lists what would make an upgrade be refused here, or go badly, or be slow, each with what
 * it means and what to change. It runs the upgrade's own checks. It changes nothing, but it tests
 * the configuration, which must not happen during a handover: so it takes the lock, and where
 * another run has the lock it does not look at nginx itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/doctor.h"
#include "commands/drain_watch.h"
#include "commands/findings.h"
#include "commands/hold.h"
#include "commands/limits.h"
#include "commands/probing.h"
#include "commands/report.h"
#include "commands/session.h"
#include "commands/storage.h"
#include "core/observe.h"
#include "core/preflight.h"
#include "core/problems.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/quic_steer.h"
#include "os/exit_code.h"
#include "os/limits.h"
#include "ui/say.h"

struct doctor {
	struct session session;
	struct preflight preflight;
	struct findings findings;
};

/* Runs the checks of an upgrade, and all that ask for their results. */
static void examine_running(struct doctor *d)
{
	struct session *s = &d->session;
	struct preflight *p = &d->preflight;
	struct findings *f = &d->findings;
	struct limits next;
	size_t count;

	preflight_init(p);
	limits_ask(s);
	p->limits = limits_next(s, &next);
	p->world = &s->run.world;
	p->init = s->init;
	p->nginx = s->settings->nginx;
	p->wake_fd = s->run.waker.signals;
	p->http = probing_requests(s);
	p->heals = strcmp(s->settings->quic, "off") != 0;
	p->wants_hints = true;
	p->wants_all = true;
	p->test_timeout_us = s->settings->test_timeout_us;
	p->memory_warns = strcmp(s->settings->memory_check, "warn") == 0;
	(void)preflight(p);
	s->interrupted = p->interrupted;
	findings_of_problems(f, &p->problems, 0, true);
	count = p->problems.count;
	preflight_install(p);
	findings_of_problems(f, &p->problems, count, false);
	doctor_nginx(s, p, f);
	doctor_trust(s, p, f);
	doctor_probes(s, p, f);
	limits_find(s, f);
	preflight_free(p);
}

static void add_held(const struct session *s, const struct hold_seen *held, struct findings *f)
{
	const struct world *w = &s->run.world;
	char until[80];
	struct finding *finding = finding_add(
		f, "held", "the last handover is held %s: old master %d is the way back from %d",
		hold_text(held->until_s, until, sizeof(until)), (int)w->old.subject.process.pid,
		(int)w->new.subject.process.pid);

	finding->refuses = true;
	finding->what.exit_code = EXIT_UNFINISHED;
	finding_means(finding, "no other handover can begin until it has ended");
	problem_advise(
		&finding->what,
		"\"nginx-handover finish\" makes it final, \"nginx-handover rollback\" takes it back");
}

/* The process that was to detach the BPF program when the old generation has gone was killed. */
static void add_unattended(const struct session *s, struct findings *f)
{
	const struct world *w = &s->run.world;
	struct quic_steer led;
	struct finding *x;

	if (!s->run.facts.closing || drain_watcher(s->settings, &s->site) ||
	    quic_steer_look(&w->old.subject, &w->new.subject, &led) < 0 ||
	    led.to == QUIC_STEER_NONE)
		return;
	x = finding_add(
		f, "http3-led",
		"a program leads new clients of HTTP/3 on %s while old master %d drains, and no process is in charge of it",
		led.where, (int)w->old.subject.process.pid);
	finding_means(x, "it stays when the old generation has gone");
	problem_advise(&x->what, "\"nginx-handover heal\" starts a process that removes it then");
}

static void add_unfinished(const struct session *s, struct findings *f)
{
	const struct world *w = &s->run.world;
	struct finding *finding = finding_add(
		f, "unfinished", "an earlier handover is unfinished: master %d and new master %d",
		(int)w->old.subject.process.pid, (int)w->new.subject.process.pid);

	finding->refuses = true;
	finding->what.exit_code = EXIT_UNFINISHED;
	finding_means(
		finding,
		"no other handover can begin until it has ended, and not everything can be checked now");
	problem_advise(&finding->what, "%s", report_way_on(&s->run.facts));
	add_unattended(s, f);
}

static void add_quitting(const struct session *s, struct findings *f)
{
	struct finding *finding = finding_add(
		f, "stopping",
		"nginx is stopping: master %d has had QUIT: it no longer listens, and serves its last clients",
		(int)s->run.world.old.subject.process.pid);

	finding->refuses = true;
	finding->what.exit_code = EXIT_REFUSED;
	problem_advise(&finding->what,
		       "\"nginx-handover start\" waits for its end and starts nginx");
}

/* who: of at_work_look() */
static void add_at_work(const char *who, struct findings *f)
{
	struct finding *finding =
		finding_add(f, "at-work", "another run is at work on this nginx: %s", who);

	finding->refuses = true;
	finding->what.exit_code = EXIT_LOCKED;
	finding_means(
		finding,
		"no other run can begin until it has ended, and nginx itself is not checked now");
	problem_advise(&finding->what,
		       "wait for it, or look with \"nginx-handover status\"; then look again");
}

/* Called for each thing that the init system has to say. */
static void add_of_init(void *arg, const struct init_finding *found)
{
	struct finding *finding = finding_add(arg, found->id, "%s", found->text);

	finding_means(finding, "%s", found->means);
	problem_advise(&finding->what, "%s", found->change);
}

/* How long an upgrade watches the new generation before it sends QUIT to the old master. */
static uint64_t watch_us(const struct settings *set)
{
	bool proves = set->probe || set->probe_http || strcmp(set->probe_accept, "yes") == 0;

	return proves && set->probe_timeout_us > set->settle_us ? set->probe_timeout_us
								: set->settle_us;
}

static void look_at_service(const struct session *s, struct findings *f)
{
	const struct settings *set = s->settings;
	const struct init_plan plan = {
		.master = s->run.world.new.subject.process.pid
				  ? s->run.world.new.subject.process.pid
				  : s->run.world.old.subject.process.pid,
		.pid_path = s->site.pid_path,
		.handover_us = set->start_timeout_us + watch_us(set) + set->drain_timeout_us,
		.stop_us = set->drain_timeout_us + 2 * set->start_timeout_us,
	};

	s->init->ops.examine(s->init, &plan, add_of_init, f);
}

/* The world is open. */
static void look_at_running(struct doctor *d)
{
	struct session *s = &d->session;
	struct findings *f = &d->findings;
	const struct facts *facts = &s->run.facts;
	struct hold_seen held;

	if (facts->quitting)
		add_quitting(s, f);
	else if (hold_is_on(s, &held))
		add_held(s, &held, f);
	else if (world_unfinished(facts))
		add_unfinished(s, f);
	else
		examine_running(d);
	look_at_service(s, f);
}

/* Looks only at what needs no lock and cannot disturb the run that has it. */
static void look_without_lock(struct doctor *d, const char *who)
{
	add_at_work(who, &d->findings);
	doctor_settings(&d->session, &d->findings);
	doctor_machine(&d->session, &d->findings);
	session_end(&d->session);
}

/* Collects the findings. 0, or an exit code: it could not be done, and that was printed. */
static int collect_findings(const struct settings *settings, struct doctor *d)
{
	struct session *s = &d->session;
	struct findings *f = &d->findings;
	char who[128];
	int r;

	if (!session_seek(s, settings)) {
		findings_of_problems(f, &s->problems, 0, true);
		return 0;
	}
	if (at_work_look(settings, &s->site, who, sizeof(who)) == AT_WORK_RUN) {
		look_without_lock(d, who);
		return 0;
	}
	r = session_take(s, "doctor", 0);
	if (r)
		return r;
	s->looks_only = true;
	if (session_open_world(s) == 0)
		look_at_running(d);
	else
		findings_of_problems(f, &s->problems, 0, true);
	if (!s->interrupted) {
		doctor_settings(s, f);
		doctor_machine(s, f);
	}
	session_end(s);
	return 0;
}

static int look_and_say(const struct settings *settings, struct doctor *d)
{
	if (collect_findings(settings, d))
		return DOCTOR_REFUSED;
	if (d->session.interrupted) {
		say(SAY_ERROR, "interrupted; nothing was changed");
		return DOCTOR_REFUSED;
	}
	return findings_say(&d->findings);
}

int command_doctor(const struct settings *settings)
{
	struct doctor *d = storage_new(sizeof(*d));
	int r;

	if (!d)
		return DOCTOR_REFUSED;
	r = look_and_say(settings, d);
	free(d);
	return r;
}
