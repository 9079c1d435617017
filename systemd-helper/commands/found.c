/* Opens the world behind a pid file, and explains one that does not lead to a master. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/site.h"
#include "core/preflight.h"
#include "core/search.h"

/* ", while master 123, 456 run", or "" when none does. */
static const char *others_running(const struct search *s, char *ret, size_t size)
{
	size_t n = 0;
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < s->count && n < size; i++)
		n += (size_t)snprintf(ret + n, size - n, "%s%d",
				      i ? ", " : "; nginx runs as master ", (int)s->masters[i]);
	return ret;
}

static void advise_pid_file(struct problem *problem, const struct search *s, const char *path)
{
	if (s->count == 1)
		problem_advise(problem,
			       "if master %d is the one, put its pid back (echo %d > %s) and try "
			       "again; USR2 without a right pid file would spoil that master",
			       (int)s->masters[0], (int)s->masters[0], path);
	else
		problem_advise(problem,
			       "find the master with ps, put its pid into %s, or name the "
			       "right file with --pid-file",
			       path);
}

static void not_running(struct problems *problems, const struct search *s, const char *why)
{
	char others[64] = "";

	if (s->others)
		(void)snprintf(others, sizeof(others), " (%u other nginx with other pid files run)",
			       (unsigned)s->others);
	problem_advise(problem_add(problems, EXIT_NOT_RUNNING,
				   "nginx is not running: its pid file %s %s%s", s->pid_path, why,
				   others),
		       "start it, or name its pid file with --pid-file");
}

static void explain_pid_file(const char *path, enum pid_file_fault fault, struct problems *problems)
{
	struct search s = {.pid_path = path};
	char others[256];

	if (fault == PID_FILE_UNREADABLE && geteuid() != 0) {
		problem_advise(problem_add(problems, EXIT_NOT_PRIVILEGED,
					   "no permission to read the pid file %s", path),
			       "run this as root, or as the user that nginx's master runs as");
		return;
	}
	if (search_masters(&s) == 0 && !s.count) {
		not_running(problems, &s, pid_file_fault_text(fault));
		return;
	}
	advise_pid_file(problem_add(problems, EXIT_REFUSED, "pid file %s %s%s", path,
				    pid_file_fault_text(fault),
				    others_running(&s, others, sizeof(others))),
			&s, path);
}

/* What the pid file leads to: a dead process, or one that is something else. */
static void explain_other(const char *path, pid_t pid, const char *title, struct problems *problems)
{
	struct search s = {.pid_path = path, .wanted = pid};
	bool searched = search_masters(&s) == 0;
	char others[256];
	char what[TITLE_MAX];

	if (title)
		(void)snprintf(what, sizeof(what),
			       "names pid %d, which is not an nginx master but \"%.1000s\"",
			       (int)pid, title);
	else
		(void)snprintf(what, sizeof(what), "names pid %d, which is dead", (int)pid);
	if (s.in_container)
		problem_advise(
			problem_add(problems, EXIT_REFUSED,
				    "pid file %s names pid %d, which is that of master %d in "
				    "another pid namespace (a container)",
				    path, (int)pid, (int)s.in_container),
			"run nginx-handover inside that container");
	else if (searched && !s.count)
		not_running(problems, &s, what);
	else
		advise_pid_file(problem_add(problems, EXIT_REFUSED, "pid file %s %s%s", path, what,
					    others_running(&s, others, sizeof(others))),
				&s, path);
}

bool site_open_world(const struct site *site, struct world *w, struct problems *problems)
{
	enum pid_file_fault pid_fault;
	enum master_fault fault;
	pid_t pid;

	if (world_open(w, site->pid_path, &pid_fault, &fault, &pid))
		return true;
	if (pid_fault != PID_FILE_OK)
		explain_pid_file(site->pid_path, pid_fault, problems);
	else if (fault == MASTER_GONE || fault == MASTER_OTHER)
		explain_other(site->pid_path, pid,
			      fault == MASTER_OTHER ? w->old_master.arguments.buf : NULL, problems);
	else
		problem_advise(problem_add(problems, EXIT_NOT_PRIVILEGED,
					   "no permission to look at master %d", (int)pid),
			       "run this as root, or as the user that nginx's master runs as");
	return false;
}
