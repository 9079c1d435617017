/* Says why the world behind a pid file could not be opened, and what to do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/site.h"
#include "commands/site_private.h"
#include "core/problems.h"
#include "core/search.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "nginx/title.h"
#include "os/exit_code.h"
#include "trust/path.h"

/* "; nginx runs as master 123, 456", or "" when none does. */
static const char *others_running(const struct search *s, char *ret, size_t size)
{
	size_t n = 0;
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < s->count && n < size; i++)
		n += (size_t)snprintf(ret + n, size - n, "%s%d",
				      i ? ", " : "; nginx runs as master ", (int)s->masters[i].pid);
	return ret;
}

/* How to make the pid file right. Where others can write it, that comes first: they could change
 * what is put into it. */
static void advise_pid_file(struct problem *problem, const struct view *v)
{
	const struct search *s = &v->found;
	const char *path = v->site->pid_path;
	char command[PATH_MAX + 64];

	if (v->seen.pid_file == PID_FILE_WRITABLE &&
	    *distrust_advice(&v->w->pid_file.why, command, sizeof(command)))
		problem_advise(problem, "%s", command);
	else if (v->seen.pid_file == PID_FILE_WRITABLE)
		problem_advise(problem,
			       "have nginx write its pid in a folder that root alone can change");
	else if (v->seen.pid_file == PID_FILE_IS_LINK)
		problem_advise(
			problem,
			"name with --pid-file the file that nginx writes (\"readlink -f %s\" shows it)",
			path);
	else if (s->count == 1)
		problem_advise(
			problem,
			"if master %d is the one, put its pid back (echo %d > %s) and try again; USR2 without a right pid file would break that master",
			(int)s->masters[0].pid, (int)s->masters[0].pid, path);
	else
		problem_advise(
			problem,
			"find the master with ps, put its pid into %s, or name the right file with --pid-file",
			path);
}

/* why: what the pid file says. How many others run is only a hint for people: nothing is known
 * about them but their titles. */
static void not_running(const struct view *v, struct problems *problems, const char *why)
{
	const struct search *s = &v->found;
	size_t others = s->strangers + s->of_users;
	char text[64] = "";

	if (others)
		(void)snprintf(text, sizeof(text), " (%u other nginx with other pid files run)",
			       (unsigned)others);
	problem_advise(problem_add(problems, EXIT_NOT_RUNNING,
				   "nginx is not running: its pid file %s %s%s", v->site->pid_path,
				   why, text),
		       "start it, or name its pid file with --pid-file");
}

static void only_strangers(const struct site *site, struct problems *problems)
{
	problem_advise(problem_add(problems, EXIT_REFUSED,
				   "no nginx runs from %s; another nginx runs: master %d from %s",
				   site->nginx, (int)site->stranger.pid, site->stranger.binary),
		       "name the one that is meant with --nginx or --pid-file");
}

static void no_permission(struct problems *problems, const char *what)
{
	problem_advise(problem_add(problems, EXIT_NOT_PRIVILEGED, "no permission to %s", what),
		       "run this as root, or as the user that nginx's master runs as");
}

/* Where a look failed, nobody knows whether nginx runs: "not running" would be wrong. */
static void cannot_be_told(struct problems *problems, const char *what, int error)
{
	problem_advise(
		problem_add(problems, EXIT_FAILED, "%s cannot be told: %s", what, strerror(error)),
		"see the limits on open files (\"ulimit -n\") and on memory, and whether /proc is mounted and shows all processes; then try again");
}

/* The pid file itself could not be used. */
static void explain_pid_file(const struct view *v, struct problems *problems)
{
	enum pid_file_found found = v->seen.pid_file;
	char others[256];
	char text[PATH_MAX + 256];

	(void)pid_file_found_text(&v->w->pid_file, found, text, sizeof(text));
	if (found == PID_FILE_UNREADABLE && v->w->pid_file.error == EACCES && geteuid() != 0) {
		(void)snprintf(text, sizeof(text), "read the pid file %s", v->site->pid_path);
		no_permission(problems, text);
	} else if (found == PID_FILE_UNREADABLE) {
		problem_advise(problem_add(problems, EXIT_FAILED,
					   "it is not known whether nginx runs: pid file %s %s",
					   v->site->pid_path, text),
			       "see \"ls -l %s\", and the limits on open files and on memory",
			       v->site->pid_path);
	} else if (v->search_error) {
		cannot_be_told(problems, "whether nginx runs", -v->search_error);
	} else if (!v->found.count && found != PID_FILE_WRITABLE) {
		not_running(v, problems, text);
	} else {
		advise_pid_file(problem_add(problems, EXIT_REFUSED, "pid file %s %s%s",
					    v->site->pid_path, text,
					    others_running(&v->found, others, sizeof(others))),
				v);
	}
}

/* The pid file names a process that is dead, or is not an nginx master. */
static void explain_other(const struct view *v, struct problems *problems)
{
	const char *title = v->seen.master == MASTER_OTHER ? v->w->old_master.arguments.buf : NULL;
	pid_t pid = v->seen.pid;
	char others[256];
	char what[TITLE_MAX];

	if (title)
		(void)snprintf(what, sizeof(what),
			       "names pid %d, which is not an nginx master but \"%.1000s\"",
			       (int)pid, title);
	else
		(void)snprintf(what, sizeof(what), "names pid %d, which is dead", (int)pid);
	if (v->found.in_container)
		problem_advise(
			problem_add(
				problems, EXIT_REFUSED,
				"pid file %s names pid %d, which is that of master %d in another pid namespace (a container)",
				v->site->pid_path, (int)pid, (int)v->found.in_container),
			"run nginx-handover inside that container");
	else if (v->search_error)
		cannot_be_told(problems, "whether nginx runs", -v->search_error);
	else if (!v->found.count)
		not_running(v, problems, what);
	else
		advise_pid_file(problem_add(problems, EXIT_REFUSED, "pid file %s %s%s",
					    v->site->pid_path, what,
					    others_running(&v->found, others, sizeof(others))),
				v);
}

static void explain_starting(pid_t pid, struct problems *problems)
{
	problem_advise(problem_add(problems, EXIT_FAILED,
				   "an nginx is starting as pid %d, and is not ready yet",
				   (int)pid),
		       "wait for it, or give it more time with --start-timeout");
}

/* The pid file names a master that cannot be worked with. */
static void explain_master(const struct view *v, struct problems *problems)
{
	pid_t pid = v->seen.pid;
	char text[128];

	switch (v->seen.master) {
	case MASTER_STARTING: explain_starting(pid, problems); break;
	case MASTER_NO_PERMISSION:
		(void)snprintf(text, sizeof(text), "look at master %d", (int)pid);
		no_permission(problems, text);
		break;
	case MASTER_CONTAINER:
		problem_advise(
			problem_add(
				problems, EXIT_REFUSED,
				"master %d runs in another pid namespace or user namespace (a container)",
				(int)pid),
			"run nginx-handover inside that container");
		break;
	case MASTER_FORGED:
		problem_advise(
			problem_add(
				problems, EXIT_REFUSED,
				"pid file %s names pid %d, which calls itself an nginx master, but was started set-uid by another user, so that it is not believed",
				v->site->pid_path, (int)pid),
			"see who that is with \"ps -fp %d\", and put the right pid into the file",
			(int)pid);
		break;
	case MASTER_IMAGE:
		(void)snprintf(text, sizeof(text), "what master %d executes cannot be trusted",
			       (int)pid);
		problem_distrust(problems, EXIT_REFUSED, text, &v->seen.why);
		break;
	default:
		(void)snprintf(text, sizeof(text), "what master %d is", (int)pid);
		cannot_be_told(problems, pid ? text : "whether nginx runs", v->seen.why.error);
		break;
	}
}

void site_explain(const struct view *v, struct problems *problems)
{
	const struct site *site = v->site;

	if (v->seen.pid_file == PID_FILE_OK && v->seen.master != MASTER_GONE &&
	    v->seen.master != MASTER_OTHER) {
		explain_master(v, problems);
		return;
	}
	if (v->found.starting) {
		explain_starting(v->found.starting, problems);
		return;
	}
	if (v->seen.pid_file != PID_FILE_OK)
		explain_pid_file(v, problems);
	else
		explain_other(v, problems);
	if (problems->list[0].exit_code == EXIT_NOT_RUNNING && site->strangers &&
	    !site->is_service && !site->named) {
		problems->count = 0;
		only_strangers(site, problems);
	}
}
