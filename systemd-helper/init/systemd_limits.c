/*
 * What systemd allows a command of a unit, and what becomes of one that takes longer: a limit in
 * time that newer versions move when they are asked, and commands that 219 forgets.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/systemd.h"
#include "os/clock.h"
#include "os/duration.h"

#define MARGIN_US (30u * USEC_PER_SEC)
/* For what comes before and after a run. */
#define LIMIT_MARGIN_US (5u * USEC_PER_SEC)
#define VERSION_US      (3u * USEC_PER_SEC)

enum { EXTENDS_SINCE = 236 }; /* sd_notify(3): EXTEND_TIMEOUT_USEC */

static bool is_of_old(const struct systemd *s)
{
	unsigned version = manager_knows(&s->manager) ? manager_version(&s->manager) : 0;

	return version && version < EXTENDS_SINCE;
}

/*
 * The job that we are part of has a time limit of its own, which 236 and newer let us move. Where
 * we were started to start nginx, we are the main process until we name another.
 */
void systemd_patience(uint64_t us)
{
	struct systemd *s = &the_systemd;
	uint64_t needed_us = clock_us() + us;
	bool starts = systemd_notify_wanted() && !s->attached;
	char state[64];

	if (starts)
		systemd_load(s);
	else if (!s->control || !systemd_may_chat(s))
		return;
	if (needed_us + MARGIN_US / 2 < s->extended_us)
		return;
	s->extended_us = needed_us + MARGIN_US;
	(void)snprintf(state, sizeof(state), "EXTEND_TIMEOUT_USEC=%llu",
		       (unsigned long long)(us + MARGIN_US));
	if (starts)
		(void)systemd_notify_given(s->lib, state);
	else
		systemd_say(s, state);
}

/*
 * What such a limit leaves, where it cannot be moved. 219 calls a reload that outlasts it failed,
 * and goes on with our process forgotten: the next reload would start a second one beside it.
 */
bool systemd_time_left(uint64_t *ret_us)
{
	const struct systemd *s = &the_systemd;
	uint64_t limit_us = s->manager.view.timeout_start_us;
	uint64_t spent_us = clock_us() - s->opened_us + LIMIT_MARGIN_US;

	if (!s->control || !is_of_old(s) || !limit_us || limit_us == UINT64_MAX)
		return false;
	*ret_us = limit_us > spent_us ? limit_us - spent_us : 0;
	return true;
}

/*
 * 219 may have given up a command of the unit that goes on, and kills it when the next one ends. It
 * takes any command that fails for a failure of the service, too.
 */
bool systemd_waits_for(pid_t holder)
{
	struct systemd *s = &the_systemd;
	char own[UNIT_NAME_SIZE];
	char its[UNIT_NAME_SIZE];

	if (!init_is_part() || unit_of(getpid(), own) != UNIT_SERVICE)
		return false;
	if (unit_of(holder, its) == UNIT_SERVICE && strcmp(its, own) == 0)
		return true;
	systemd_load(s);
	if (strcmp(s->manager.unit, own) != 0)
		manager_follow(&s->manager, own);
	(void)manager_wait(&s->manager, manager_answered, NULL, clock_us() + VERSION_US);
	return is_of_old(s);
}
