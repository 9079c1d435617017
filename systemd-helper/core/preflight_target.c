/*
 * The file that USR2 will execute: where it is reached, whether it is what the user means, and
 * whether it may be replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/preflight.h"
#include "os/rooted.h"

static bool find_target(struct preflight *p)
{
	const struct master *m = &p->world->old_master;
	int r = master_binary(m, p->world->target);

	if (r < 0) {
		problem_advise(
			problem_add(&p->problems, EXIT_REFUSED,
				    "the binary that USR2 would execute, \"%s\" seen from %s, "
				    "cannot be reached: %s",
				    m->arguments.argv0, m->cwd, strerror(-r)),
			"restart nginx once with the full path of its binary");
		p->world->target[0] = '\0';
		return false;
	}
	/* A unit with ProtectSystem sees its own binary read-only; from outside it can be replaced.
	 */
	(void)master_our_view(m, p->world->target);
	return true;
}

static void check_same_as_said(struct preflight *p)
{
	struct file_id said;
	struct file_id target;

	if (!p->nginx || strcmp(p->nginx, p->world->target) == 0)
		return;
	if (file_id_of(p->nginx, &said) == 0 && file_id_of(p->world->target, &target) == 0 &&
	    file_id_equal(&said, &target))
		return;
	problem_advise(problem_add(&p->problems, EXIT_REFUSED,
				   "at USR2 the running master executes %s, not %s",
				   p->world->target, p->nginx),
		       "leave --nginx (or NGINX= in the settings) out, or restart nginx once from "
		       "the path that it is to have");
}

/* In a folder that others can write they could put anything under the name that root executes. */
static void check_folder(struct preflight *p)
{
	char folder[PATH_MAX];
	struct stat st;
	char *slash;

	(void)snprintf(folder, sizeof(folder), "%s", p->world->target);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	if (stat(folder, &st) < 0)
		return; /* said by check_executable() */
	if ((st.st_mode & S_IWOTH) || (st.st_uid != 0 && st.st_uid != geteuid()))
		problem_advise(
			problem_add(&p->problems, EXIT_REFUSED,
				    "the folder %s belongs to uid %u and has mode %04o: others "
				    "than you can replace the binary in it",
				    folder, (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777)),
			"give the folder to root and take the write permission of others "
			"away, or run this as the user that it belongs to");
	else if (p->new_binary && access(folder, W_OK) < 0)
		problem_advise(problem_add(&p->problems, EXIT_REFUSED,
					   "no binary can be installed in the folder %s: %s",
					   folder, strerror(errno)),
			       "make it writable; or put the binary at %s by other means and run "
			       "\"nginx-handover upgrade\" without --binary",
			       p->world->target);
}

static void check_executable(struct preflight *p)
{
	const char *path = p->new_binary ? p->new_binary : p->world->target;
	struct stat st;
	const char *fault = NULL;

	if (stat(path, &st) < 0)
		fault = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		fault = "it is not a regular file";
	else if (st.st_size == 0)
		fault = "it is empty";
	else if (!(st.st_mode & 0111))
		fault = "it is not executable";
	if (fault)
		problem_advise(problem_add(&p->problems, EXIT_REFUSED, "the new binary %s: %s",
					   path, fault),
			       "give a complete nginx binary with its execute permission set");
}

void preflight_target(struct preflight *p)
{
	if (!find_target(p))
		return;
	check_same_as_said(p);
	check_folder(p);
	check_executable(p);
}
