/* What the master itself must be like, and the order of the checks. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/preflight.h"
#include "init/init.h"
#include "os/procfs.h"

static void check_permission(struct preflight *p)
{
	const struct master *m = &p->world->old_master;

	if (kill(m->process.pid, 0) < 0 && errno == EPERM)
		problem_advise(
			problem_add(&p->problems, EXIT_REFUSED,
				    "no permission to signal master %d, which runs as uid %u",
				    (int)m->process.pid, (unsigned)m->uid),
			"run this as root, or as that user");
}

static void check_pid_namespace(struct preflight *p)
{
	const struct master *m = &p->world->old_master;

	if (!m->other_pid_namespace)
		return;
	problem_advise(problem_add(&p->problems, EXIT_REFUSED,
				   "master %d runs in another pid namespace (a container): its pid "
				   "file counts in numbers that mean something else here",
				   (int)m->process.pid),
		       "run nginx-handover inside that container");
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
		problem = problem_add(&p->problems, EXIT_REFUSED,
				      "master %d has USR2 set to be ignored", (int)m->process.pid);
	else if (m->parent_is_starter || (before_1_13_8 && m->parent != 1))
		problem = problem_add(&p->problems, EXIT_REFUSED,
				      "master %d ignores USR2: it did not daemonise (\"daemon "
				      "off\"), process %d started it and still is its parent",
				      (int)m->process.pid, (int)m->parent);
	if (problem)
		problem_advise(problem, "let nginx daemonise (remove \"daemon off\") and start it "
					"anew once; from then on it can be upgraded");
}

static void check_argv0(struct preflight *p)
{
	const struct master *m = &p->world->old_master;

	if (strchr(m->arguments.argv0, '/'))
		return;
	problem_advise(
		problem_add(
			&p->problems, EXIT_REFUSED,
			"master %d was started as \"%s\", without a path: at USR2 nginx executes "
			"just that, with no search, and fails",
			(int)m->process.pid, m->arguments.argv0),
		"restart nginx once with its full path (\"nginx-handover start\" does); from then "
		"on it can be upgraded");
}

/* The init system may be about to make the handover an outage. */
static void check_init(struct preflight *p)
{
	const char *obstacle = init_obstacle(p->world->old_master.process.pid);
	size_t length = obstacle ? strcspn(obstacle, "\n") : 0;

	if (obstacle)
		problem_advise(
			problem_add(&p->problems, EXIT_REFUSED, "%.*s", (int)length, obstacle),
			"%s", obstacle + length + 1);
}

void preflight_master(struct preflight *p)
{
	check_permission(p);
	check_pid_namespace(p);
	check_argv0(p);
}

bool preflight(struct preflight *p)
{
	(void)procfs_path(p->image_path, p->world->old_master.process.pid, "exe");
	preflight_master(p);
	/* Without these nothing that follows can be asked. */
	if (p->problems.count)
		return false;
	preflight_target(p);
	preflight_builds(p);
	if (p->interrupted)
		return false;
	check_daemon(p);
	check_init(p);
	preflight_resources(p);
	return p->problems.count == 0;
}

void preflight_free(struct preflight *p)
{
	if (p->have_old_build && !p->one_build)
		build_info_free(&p->old_build);
	if (p->have_new_build)
		build_info_free(&p->new_build);
	p->have_old_build = p->have_new_build = false;
}
