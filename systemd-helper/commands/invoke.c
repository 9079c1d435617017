/* What every command has around it. */
#include "commands/commands.h"
#include "commands/settings.h"
#include "commands/verbs.h"
#include "init/init.h"
#include "os/exit_code.h"
#include "ui/say.h"

int command_invoke(const struct verb *verb, const struct settings *s)
{
	struct settings own = *s;
	struct init init;
	int r = init_begin(&init, s->init, s->service);

	if (r < 0) {
		say(SAY_ERROR,
		    "there is no memory. Nothing was done. What to do: try again when there is more");
		return EXIT_FAILED;
	}
	own.caller = &init;
	init.looks = verb->bit & VERB_LOOKS;
	/* A dry run changes nothing, so the init system is told nothing. */
	r = s->dry_run ? 0 : init.ops.announce(&init, verb->name);
	if (!r)
		r = verb->run(&own);
	if (r == COMMAND_OVER)
		r = 0;
	if (!s->dry_run)
		init.ops.conclude(&init, r);
	init_end(&init);
	return r;
}

unsigned command_descriptors(void)
{
	return init_descriptors();
}
