/* The settings' part of the probes: what is asked for, and for how long. */
#include "commands/probing.h"

void probing_ask(struct session *s, const struct preflight *p)
{
	(void)p;
	s->run.ask.probe_timeout_us = s->settings->probe_timeout_us;
}
