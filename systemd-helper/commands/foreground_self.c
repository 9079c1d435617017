/*
 * The file that "run" was started from. When a package has put a newer one at its path, "run"
 * replaces itself by that one (execve) before it does the next thing that it is asked for. The
 * process stays the same, and so do its children and what its supervisor knows of it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/foreground.h"
#include "os/exit_code.h"
#include "os/file_id.h"
#include "os/own_path.h"
#include "os/procfs.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

enum { ARGUMENTS_SIZE = 65536, ARGUMENTS_MOST = 256 };

/* How long the newer program may take to print its version. */
#define TRY_US 5000000u

/* What it takes to execute the newer program. */
struct renewal {
	struct program program;
	struct door_result result; /* of the try */
	char text[ARGUMENTS_SIZE];
	char *argv[ARGUMENTS_MOST + 1]; /* into text */
};

/* Opens the program at path, if nobody else can change it. 0, or -errno with why in why_text. */
static int open_at(const char *path, struct program *ret, char *why_text, size_t size)
{
	struct believed caller = believed_caller();
	struct distrust why;
	int r = program_at(&caller, "", path, ret, &why);

	if (r == -EPERM)
		(void)distrust_text(&why, why_text, size);
	else if (r < 0)
		(void)snprintf(why_text, size, "%s", strerror(-r));
	return r;
}

int foreground_self_open(struct foreground_self *self)
{
	char why[PATH_MAX + 256];
	int r = own_path(self->path);

	if (r < 0)
		(void)snprintf(why, sizeof(why), "%s", strerror(-r));
	else
		r = open_at(self->path, &self->program, why, sizeof(why));
	if (r < 0)
		say(SAY_ERROR,
		    "nginx was not started: later this program must execute itself for each command, and it cannot: %s. What to do: install it where root alone can change it",
		    why);
	return r < 0 ? EXIT_FAILED : 0;
}

bool foreground_self_is_old(const struct foreground_self *self)
{
	struct file_id id;

	return file_id_of(self->path, &id) == 0 && !file_id_equal(&id, &self->program.id);
}

/* Tries "run --version". A program that cannot even do that must not take over: nobody would stand
 * for nginx any more. */
static bool works(const struct foreground_self *self, struct renewal *next, char *why, size_t size)
{
	struct door_result *result = &next->result;
	struct actor ourselves = actor_ourselves();
	char *argv[] = {(char *)self->path, (char *)"run", (char *)"--version", NULL};
	struct door_spec spec = {.program = &next->program,
				 .actor = &ourselves,
				 .argv = argv,
				 .as_started = true,
				 .wake_fd = -1};
	int r = door_run(&spec, TRY_US, result);

	if (r < 0)
		(void)snprintf(why, size, "could not %s: %s", result->step, strerror(-r));
	else if (!DOOR_EXITED_WITH(result->status, 0))
		(void)snprintf(why, size, "it does not know \"run\", or does not work: %.200s",
			       result->text);
	return r == 0 && DOOR_EXITED_WITH(result->status, 0);
}

/* The arguments that this process was started with. 0 or -E2BIG. */
static int read_arguments(struct renewal *next)
{
	ssize_t n = procfs_read(getpid(), "cmdline", next->text, ARGUMENTS_SIZE);
	const char *end = next->text + (n > 0 ? n : 0);
	size_t count = 0;
	char *p;

	for (p = next->text; p < end && count < ARGUMENTS_MOST; p += strlen(p) + 1)
		next->argv[count++] = p;
	next->argv[count] = NULL;
	return n > 0 && n < ARGUMENTS_SIZE - 1 && count < ARGUMENTS_MOST ? 0 : -E2BIG;
}

/* Returns only where it failed, with why. */
static void replace(const struct foreground_self *self, unsigned asked, const char *pid_path,
		    struct renewal *next, char *why, size_t size)
{
	int r;

	if (open_at(self->path, &next->program, why, size) < 0 || !works(self, next, why, size))
		return;
	r = read_arguments(next);
	if (!r) {
		say(SAY_NOTICE, "%s is newer than this program, and takes over now", self->path);
		ready_keep(asked, pid_path);
		r = door_replace(&next->program, next->argv);
		ready_forget();
	}
	(void)snprintf(why, size, "%s", strerror(-r));
}

void foreground_self_renew(const struct foreground_self *self, unsigned asked, const char *pid_path)
{
	static const struct program none = PROGRAM_NONE;
	struct renewal *next = calloc(1, sizeof(*next));
	char why[PATH_MAX + 256];

	if (next) {
		next->program = none;
		replace(self, asked, pid_path, next, why, sizeof(why));
		program_close(&next->program);
	} else {
		(void)snprintf(why, sizeof(why), "%s", strerror(ENOMEM));
	}
	free(next);
	say(SAY_WARNING,
	    "the program that is now at %s cannot take over: %s. This one goes on. What to do: install nginx-handover again",
	    self->path, why);
}
