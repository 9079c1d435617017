/*
 * What "run" is asked to do it has done by a child: this program with that verb, as somebody at a
 * shell would call it. So "run" itself can always answer its supervisor's signals and watchdog, and
 * a command that crashes does not take nginx down with it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/foreground.h"
#include "commands/settings.h"
#include "commands/verbs.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "ui/say.h"

/* The child gets the options that "run" was given. Ours come after them: where an option is there
 * twice, the last one counts. 0 or -E2BIG. */
static int write_arguments(struct foreground_command *c, const struct settings *settings,
			   enum verb_bit bit, const char *pid_path, const char *more)
{
	enum { FIRST = 2, LAST = 3 };
	int n = settings_options(settings, bit, c->argv + FIRST, COMMAND_ARGUMENTS - FIRST - LAST,
				 c->room, sizeof(c->room));

	if (n < 0)
		return n;
	(void)snprintf(c->pid_file, sizeof(c->pid_file), "--pid-file=%s", pid_path);
	n += FIRST;
	c->argv[n++] = c->pid_file;
	c->argv[n++] = "--init=run";
	if (more)
		c->argv[n++] = more;
	c->argv[n] = NULL;
	return 0;
}

bool foreground_command_begin(struct foreground_command *c, const struct foreground_self *self,
			      const struct settings *settings, const char *pid_path,
			      const char *verb, enum verb_bit bit, const char *more)
{
	struct door_spec spec = {.program = &self->program,
				 .actor = &c->actor,
				 .argv = (char *const *)c->argv,
				 .own_streams = true,
				 .as_started = true,
				 .wake_fd = -1};
	int r;

	c->actor = actor_ourselves();
	c->verb = verb;
	c->argv[0] = self->path;
	c->argv[1] = verb;
	r = write_arguments(c, settings, bit, pid_path, more);
	if (!r)
		r = door_start(&spec, &c->running);
	if (r < 0)
		say(SAY_ERROR,
		    "\"%s\" was asked for, and could not be started: %s. What to do: \"nginx-handover %s\" at a shell",
		    verb, strerror(-r), verb);
	return r == 0;
}

void foreground_command_end(struct foreground_command *c)
{
	int r = door_look(&c->running, &c->result);

	if (r < 0)
		say(SAY_ERROR,
		    "\"%s\" was asked for, and could not %s: %s. What to do: \"nginx-handover %s\" at a shell",
		    c->verb, c->result.step, strerror(-r), c->verb);
}
