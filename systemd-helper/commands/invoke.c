/* What goes around every command. */
#include "commands/commands.h"
#include "init/init.h"

int command_invoke(const char *name, int (*run)(const struct settings *s), const struct settings *s)
{
	int r;

	init_choose(s->init, s->service);
	/* It shows what would be done, and does nothing. */
	if (s->dry_run)
		return run(s);
	r = init_announce(name);
	if (!r)
		r = run(s);
	if (r < 0)
		r = 0;
	init_conclude(r);
	return r;
}
