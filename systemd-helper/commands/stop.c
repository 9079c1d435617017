/* stop: every generation, in order, and not before the last process is gone. */
#include "commands/commands.h"
#include "commands/session.h"
#include "ui/say.h"

int command_stop(const struct settings *settings)
{
	static struct session s;
	struct problems problems = {.count = 0};
	int r = session_begin_stopped(&s, settings, "stop");

	if (r)
		return r;
	if (session_open_world(&s, &problems) < 0) {
		r = problems.list[0].exit_code;
		if (r == EXIT_NOT_RUNNING) {
			say(SAY_NOTICE, "%s: nothing to stop", problems.list[0].text);
			r = 0;
		} else {
			r = problems_say(&problems);
		}
	} else {
		s.run.ask.goal = GOAL_STOP;
		r = session_drive(&s);
	}
	session_end(&s);
	return r;
}
