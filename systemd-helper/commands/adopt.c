/*
 * adopt: moves a running nginx that was started by hand (by sudo, certbot or cron) into the service
 * that has its pid file, without stopping it. From then on the service supervises it, stops it and
 * limits it.
 */
#include <unistd.h>

#include "commands/commands.h"
#include "commands/session.h"
#include "commands/upgrade.h"
#include "commands/verdict.h"
#include "core/observe.h"
#include "core/run.h"
#include "core/world.h"
#include "init/init.h"
#include "os/exit_code.h"
#include "trust/subject.h"
#include "ui/say.h"

static int refuse_user(const struct subject *master)
{
	say(SAY_ERROR,
	    "master %d runs as uid %u: a service is only given processes of root, since others could write its pid file. Nothing was done. What to do: \"nginx-handover stop\", then start the service, when a moment without it does least harm",
	    (int)master->process.pid, (unsigned)master->uid);
	return EXIT_REFUSED;
}

static int adopt(struct session *s)
{
	struct run *run = &s->run;
	struct world *w = &run->world;
	struct init_adoption adoption = {
		.master = &w->old.subject,
		.pid_path = s->site.pid_path,
		.nginx = w->old.subject.image_path,
		.service = s->settings->unit,
		.dry_run = s->settings->dry_run,
	};
	enum init_job job;

	if (run->facts.quitting)
		return session_refuse_quitting(s);
	if (world_unfinished(&run->facts))
		return upgrade_refuse_unfinished(s);
	if (w->old.subject.uid != 0)
		return refuse_user(&w->old.subject);
	job = s->init->ops.adopt(s->init, &adoption);
	if (job == INIT_JOB_OURS)
		say(SAY_ERROR,
		    "master %d cannot be brought into a service here: this init system does not group the processes of its services (or --init says not to use it). Nothing was done. An init script does not need that: it finds nginx by the pid file",
		    (int)w->old.subject.process.pid);
	if (adoption.changed)
		verdict_changed();
	return job == INIT_JOB_DONE ? 0 : EXIT_REFUSED;
}

static int find_and_adopt(struct session *s, const struct settings *settings)
{
	int r = session_begin(s, settings, "adopt");

	return r ? r : session_conclude(s, adopt(s));
}

int command_adopt(const struct settings *settings)
{
	if (geteuid() != 0) {
		say(SAY_ERROR,
		    "only root may do that. Nothing was done. What to do: run it with sudo");
		return EXIT_NOT_PRIVILEGED;
	}
	return session_with(settings, find_and_adopt);
}
