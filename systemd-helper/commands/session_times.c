/* How long a run may take: by the test of the configuration, and by the init system's own limit. */
#include <stdint.h>
#include "commands/session.h"
#include "commands/settings.h"
#include "core/decide.h"
#include "core/decision.h"
#include "os/duration.h"
#include "ui/say.h"

bool session_start_is_short(const struct settings *settings, uint64_t test_took_us)
{
	return settings->start_timeout_given && test_took_us > settings->start_timeout_us / 2;
}

void session_note_test(struct session *s, uint64_t took_us)
{
	uint64_t set_us = s->settings->start_timeout_us;
	char took[32];
	char time[32];

	/* A short test changes the timeout too little to be worth a message. */
	if (took_us < set_us / 20)
		return;
	(void)duration_text(took_us, took, sizeof(took));
	if (!s->settings->start_timeout_given) {
		s->run.ask.start_timeout_us = set_us + 2 * took_us;
		say(SAY_INFO,
		    "nginx took %s to test its configuration, and takes as long to read it again: it gets up to %s to be ready",
		    took, duration_text(s->run.ask.start_timeout_us, time, sizeof(time)));
	} else if (session_start_is_short(s->settings, took_us)) {
		say(SAY_WARNING,
		    "nginx took %s to test its configuration, and takes as long to read it again; START_TIMEOUT is set to %s, which may be too short. What to do: set more (--start-timeout), or leave it out: then it follows from the test",
		    took, duration_text(set_us, time, sizeof(time)));
	}
}

bool session_fit(struct ask *ask, uint64_t left_us)
{
	uint64_t watch_us = settle_time_us(ask->attach, ask);
	uint64_t needed_us;

	if (ask->prove && ask->probe_timeout_us > watch_us)
		watch_us = ask->probe_timeout_us;
	needed_us = watch_us + ask->start_timeout_us;
	if (ask->goal != GOAL_FORWARD || needed_us + ask->drain_timeout_us <= left_us)
		return false;
	ask->drain_timeout_us = left_us > needed_us ? left_us - needed_us : 0;
	ask->drain_term = false;
	return true;
}
