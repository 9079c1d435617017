/* The settings' part of the probes: what is asked for, and for how long. */
#include <string.h>

#include "commands/probing.h"
#include "core/probe_command.h"

static struct probe_command command; /* of the one run that this process makes */

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

void probing_ask(struct session *s, const struct preflight *p)
{
	(void)p;
	s->run.ask.probe_timeout_us = s->settings->probe_timeout_us;
	if (command.command)
		probes_add(&s->run, &probe_command_kind, &command);
}
