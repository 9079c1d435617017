/* What upgrade --dry-run prints: what changes between the two builds, and what would be done. */
#include <stddef.h>

#include "commands/upgrade.h"
#include "core/preflight.h"
#include "core/run.h"
#include "nginx/build_info.h"
#include "nginx/master.h"
#include "ui/say.h"

static void say_change(void *arg, enum build_change kind, const char *what, const char *before,
		       const char *after)
{
	struct say_field fields[] = {{"what", what, 0},
				     {"before", before ? before : "", 0},
				     {"after", after ? after : "", 0},
				     {NULL, NULL, 0}};

	(void)arg;
	if (kind == BUILD_ARGUMENT_GONE)
		say_event(SAY_INFO, "change", fields, "  - %s", before ? before : what);
	else if (kind == BUILD_ARGUMENT_NEW)
		say_event(SAY_INFO, "change", fields, "  + %s", after ? after : what);
	else
		say_event(SAY_INFO, "change", fields, "  %s: %s -> %s", what,
			  before ? before : "none", after ? after : "none");
}

void upgrade_say_difference(const struct preflight *p)
{
	if (!p->have_old_build || !p->have_new_build)
		return;
	say(SAY_INFO, "nginx %s -> %s:", p->old_build.version, p->new_build.version);
	if (!build_info_diff(&p->old_build, &p->new_build, say_change, NULL))
		say(SAY_INFO, "  both builds report the same version and configure arguments");
}

void upgrade_say_would(const struct run *run, const char *new_binary)
{
	const char *target = master_own_path(&run->world.old_master, run->world.target);
	struct say_field fields[] = {{"what", "hand_over", 0}, {NULL, NULL, 0}};

	if (run->move.link[0])
		say_event(
			SAY_NOTICE, "would", fields,
			"nothing stands in the way: the link %s would say %s in place of %s, and be handed over to",
			run->move.link, run->move.after, run->move.before);
	else if (new_binary)
		say_event(
			SAY_NOTICE, "would", fields,
			"nothing stands in the way: %s would be installed at %s and handed over to",
			new_binary, target);
	else
		say_event(SAY_NOTICE, "would", fields,
			  "nothing stands in the way: %s would be handed over to", target);
}
