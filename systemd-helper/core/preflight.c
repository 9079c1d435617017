/* Checks of the master itself, and the order of all checks. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/preflight.h"
#include "core/problems.h"
#include "init/init.h"
#include "nginx/build_info.h"
#include "nginx/master.h"
#include "nginx/probe_accept.h"
#include "nginx/staged.h"
#include "os/cpus.h"
#include "os/exit_code.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"
#include "trust/subject.h"

static void check_permission(struct preflight *p)
{
	const struct master *m = &p->world->old_master;

	if (subject_signal(&m->subject, 0) == -EPERM)
		problem_advise(
			problem_add(&p->problems, EXIT_NOT_PRIVILEGED,
				    "no permission to signal master %d, which runs as uid %u",
				    (int)m->subject.process.pid, (unsigned)m->subject.uid),
			"run this as root, or as that user");
}

/*
 * nginx ignores USR2 in a master that did not daemonise: before 1.13.8 when its parent is not pid
 * 1, from then on when its parent is the process that started it.
 */
static void check_daemon(struct preflight *p)
{
	const struct master *m = &p->world->old_master;
	const char *version = p->have_old_build ? p->old_build.nginx_version : NULL;
	bool before_1_13_8 = version && version_compare(version, "1.13.8") < 0;
	struct problem *problem = NULL;

	if (m->ignores_usr2)
		problem = problem_add(&p->problems, EXIT_REFUSED, "master %d ignores USR2",
				      (int)m->subject.process.pid);
	else if (m->parent_is_starter || (before_1_13_8 && m->parent != 1))
		problem = problem_add(
			&p->problems, EXIT_REFUSED,
			"master %d ignores USR2: it did not daemonise (\"daemon off\"), process %d started it and still is its parent",
			(int)m->subject.process.pid, (int)m->parent);
	if (!problem)
		return;
	problem->of_master = true;
	problem_advise(
		problem,
		"let nginx daemonise (remove \"daemon off\") and restart it once; from then on it can be upgraded");
}

bool arguments_known(const struct master *m, struct problems *problems)
{
	if (!m->arguments.cut)
		return true;
	problem_advise(
		problem_add(
			problems, EXIT_REFUSED,
			"the title of master %d does not show all its arguments, so that it is not known which configuration it runs with: it was started with hardly any environment, or with too many arguments",
			(int)m->subject.process.pid),
		"stop it and start it once with an environment, or with fewer arguments: \"nginx-handover stop\", then \"nginx-handover start --conf FILE\"");
	return false;
}

static void check_argv0(struct preflight *p)
{
	const struct master *m = &p->world->old_master;
	struct problem *problem;

	if (!arguments_known(m, &p->problems) || strchr(m->arguments.argv0, '/'))
		return;
	problem = problem_add(
		&p->problems, EXIT_REFUSED,
		"master %d was started as \"%s\", without a path: at USR2 nginx executes exactly that, without searching for it, and fails",
		(int)m->subject.process.pid, m->arguments.argv0);
	problem->of_master = true;
	problem_advise(
		problem,
		"restart nginx once with its full path (\"nginx-handover start\" does); from then on it can be upgraded");
}

/* The init system might make the handover an outage. */
static void check_init(struct preflight *p)
{
	char obstacle[2048];
	size_t length;

	if (!init_obstacle(p->init, p->world->old_master.subject.process.pid, obstacle,
			   sizeof(obstacle)))
		return;
	length = strcspn(obstacle, "\n");
	problem_advise(problem_add(&p->problems, EXIT_REFUSED, "%.*s", (int)length, obstacle), "%s",
		       obstacle + length + 1);
}

void preflight_master(struct preflight *p)
{
	check_permission(p);
	check_argv0(p);
}

bool preflight(struct preflight *p)
{
	preflight_master(p);
	/* With such a problem the binaries cannot be asked. */
	if (!p->problems.count) {
		preflight_ask_old(p);
		preflight_target(p);
		preflight_builds(p);
	} else if (!p->wants_all) {
		return false;
	}
	if (p->interrupted)
		return false;
	check_daemon(p);
	check_init(p);
	preflight_resources(p);
	return p->problems.count == 0;
}

unsigned preflight_workers(const struct preflight *p, unsigned now)
{
	unsigned cpus;

	if (!p->workers_auto)
		return p->workers;
	cpus = cpus_of(p->world->old.subject.process.pid);
	return cpus < now ? cpus : now;
}

void preflight_init(struct preflight *p)
{
	static const struct program none = PROGRAM_NONE;

	memset(p, 0, sizeof(*p));
	p->program = p->old_program = none;
	p->staged.fd = -1;
	p->flows = -1;
}

void preflight_free(struct preflight *p)
{
	door_abandon(&p->asked_old);
	program_close(&p->program);
	program_close(&p->old_program);
	actor_free(&p->as_old);
	install_unstage(&p->staged);
	if (p->flows >= 0)
		(void)close(p->flows);
	if (p->have_old_build && !p->one_build)
		build_info_free(&p->old_build);
	if (p->have_new_build)
		build_info_free(&p->new_build);
	p->have_old_build = p->have_new_build = false;
	if (p->have_listens)
		accept_config_free(&p->listens);
	p->have_listens = false;
}
