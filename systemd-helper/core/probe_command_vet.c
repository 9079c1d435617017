/*
 * Which user executes the command of a probe, and whether that is possible; checked before any
 * signal.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/probe_command.h"
#include "core/problems.h"
#include "os/error_text.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "trust/account.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"
#include "trust/subject.h"

#define SHELL        "/bin/sh"
#define SYNTAX_US    10000000u
#define NOTHING_DONE "the probe cannot be executed: "
#define SPECIAL      ";&|<>()$`\\\"'*?[]#~{}!"

static bool refuse(struct problems *problems, const char *what, const char *advice)
{
	problem_advise(problem_add(problems, EXIT_REFUSED, NOTHING_DONE "%s", what), "%s", advice);
	return false;
}

/* The first word of the command. False where the shell might read it in another way. */
static bool first_word(const char *command, char ret[PATH_MAX])
{
	size_t length;

	command += strspn(command, " \t");
	length = strcspn(command, " \t;&|<>");
	if (!length || length >= PATH_MAX)
		return false;
	memcpy(ret, command, length);
	ret[length] = '\0';
	return !strpbrk(ret, SPECIAL);
}

/* Root executes only a file that nobody but root can change. */
static bool vet_for_root(const struct probe_command *p, const struct subject *master,
			 struct problems *problems)
{
	static const struct believed root = {0, NO_USER, NO_GROUP};
	struct program program = PROGRAM_NONE;
	struct distrust why;
	char path[PATH_MAX];
	char text[PATH_MAX + 256];
	char advice[PATH_MAX + 256];

	if (!first_word(p->command, path) || path[0] != '/')
		return refuse(
			problems,
			"PROBE_USER is root, and the first word of the command is not the path of a file",
			"begin the command with the full path of a file that only root can write, or leave PROBE_USER (--probe-user) out");
	if (program_at(&root, master->root, path, &program, &why) < 0) {
		(void)distrust_advice(&why, advice, sizeof(advice));
		problem_advise(
			problem_add(problems, EXIT_REFUSED,
				    NOTHING_DONE
				    "PROBE_USER is root, and %s may not be executed by root: %s",
				    path, distrust_text(&why, text, sizeof(text))),
			"%s%sor leave PROBE_USER (--probe-user) out", advice,
			*advice ? ", " : "name a file that only root can write, ");
		return false;
	}
	program_close(&program);
	return true;
}

/* Only root can execute as another user. */
static bool vet_user(struct probe_command *p, const struct subject *master,
		     struct problems *problems)
{
	const char *name = p->user ? p->user : "nobody";
	uid_t me = identity_user();
	int r;

	if (me != 0 && !p->user)
		return true;
	r = account_find(name, &p->account);
	if (r < 0) {
		problem_advise(problem_add(problems, EXIT_REFUSED,
					   NOTHING_DONE "there is no user %s here", name),
			       "name one that \"getent passwd\" shows (--probe-user, PROBE_USER=)");
		return false;
	}
	if (me != 0 && p->account.uid != me) {
		problem_advise(problem_add(problems, EXIT_REFUSED,
					   NOTHING_DONE
					   "this run acts as uid %u, and cannot execute as %s",
					   (unsigned)me, name),
			       "leave PROBE_USER (--probe-user) out");
		return false;
	}
	p->as_account = me == 0 && p->account.uid != 0;
	return me != 0 || p->as_account || vet_for_root(p, master, problems);
}

/* Executes the shell as the command will be. 0 with p->result, or -errno. */
static int run_shell(struct probe_command *p, const struct subject *master, char *const *argv)
{
	static const char *const variables[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
						NULL};
	struct door_spec spec = {.program = &p->shell,
				 .actor = &p->actor,
				 .argv = argv,
				 .guard_us = SYNTAX_US,
				 .one_stream = true,
				 .wake_fd = -1};
	int r = actor_at(master, p->as_account ? &p->account : NULL, variables, &p->actor);

	p->result.step = "get memory";
	if (!r)
		r = door_run(&spec, SYNTAX_US, &p->result);
	actor_free(&p->actor);
	return r;
}

bool probe_command_found(struct probe_command *p, const struct subject *master,
			 char ret_word[PATH_MAX])
{
	/* "command -v" accepts any path, even of a file that cannot be executed. */
	static const char script[] =
		"case $1 in */*) test -f \"$1\" && test -x \"$1\" ;; *) command -v \"$1\" ;; esac";
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, (char *)"sh", ret_word, NULL};

	if (!first_word(p->command, ret_word) || strchr(ret_word, '='))
		return true;
	return run_shell(p, master, argv) < 0 || !WIFEXITED(p->result.status) ||
	       WEXITSTATUS(p->result.status) == 0;
}

/* Executes the user's shell with -n, which reads the command without executing it. */
static bool vet_command(struct probe_command *p, const struct subject *master,
			struct problems *problems)
{
	char *argv[] = {(char *)"sh", (char *)"-n", (char *)"-c", (char *)p->command, NULL};
	int r = run_shell(p, master, argv);
	char what[512];

	if (!r && DOOR_EXITED_WITH(p->result.status, 0))
		return true;
	if (r < 0)
		(void)snprintf(what, sizeof(what), "could not %s %s: %s", p->result.step, SHELL,
			       error_text(-r));
	else
		(void)snprintf(what, sizeof(what), "the shell does not understand it: %.*s",
			       (int)strcspn(p->result.text, "\n"), p->result.text);
	p->result.text[0] = '\0';
	return refuse(
		problems, what,
		r < 0 ? "see that " SHELL
			" can be executed by that user where nginx runs, or name another (--probe-user, PROBE_USER=)"
		      : "see what \"sh -n -c COMMAND\" says of it");
}

bool probe_command_open(struct probe_command *p, const struct subject *master,
			struct problems *problems)
{
	static const struct believed root = {0, NO_USER, NO_GROUP};
	static const struct program none = PROGRAM_NONE;
	char text[PATH_MAX + 256];
	struct distrust why;

	p->shell = none;
	if (!vet_user(p, master, problems))
		return false;
	if (program_at(&root, master->root, SHELL, &p->shell, &why) < 0)
		return refuse(problems, distrust_text(&why, text, sizeof(text)),
			      "a shell has to be where nginx runs; or leave --probe (PROBE=) out");
	return vet_command(p, master, problems);
}

void probe_command_close(struct probe_command *p)
{
	if (!p->command)
		return;
	door_abandon(&p->running);
	actor_free(&p->actor);
	program_close(&p->shell);
	p->command = NULL;
}
