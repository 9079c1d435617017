/* The settings' part of the probes: what is asked for, and for how long. */
#include <string.h>

#include "commands/probing.h"
#include "core/probe_accepts.h"
#include "core/probe_command.h"

/* Of the one run that this process makes. */
static struct probe_command command;
static struct accept_probe accepts;

bool probing_check(struct session *s, struct problems *problems)
{
	const struct settings *settings = s->settings;

	probe_command_close(&command);
	if (!settings->probe)
		return true;
	memset(&command, 0, sizeof(command));
	command.command = settings->probe;
	command.user = settings->probe_user;
	command.timeout_us = settings->probe_timeout_us;
	return probe_command_open(&command, &s->run.world.old_master.subject, problems);
}

/* Well before the run would take it for one that comes to no end. */
static void ask_accept(struct session *s, const struct preflight *p)
{
	uint64_t limit_us = s->settings->probe_timeout_us / 2;

	accept_probe_free(&accepts);
	memset(&accepts, 0, sizeof(accepts));
	if (limit_us < PROBE_ACCEPT_USUAL_US)
		accepts.limit_us = limit_us ? limit_us : 1;
	accepts.config = p && p->have_listens ? &p->listens : NULL;
	probe_accept_note(&accepts, &s->run);
	probes_add(&s->run, &probe_accept_kind, &accepts);
}

void probing_ask(struct session *s, const struct preflight *p)
{
	s->run.ask.probe_timeout_us = s->settings->probe_timeout_us;
	if (strcmp(s->settings->probe_accept, "yes") == 0)
		ask_accept(s, p);
	if (command.command)
		probes_add(&s->run, &probe_command_kind, &command);
}
