/*
 * How long systemd allows a command of a unit to take, and what happens to one that takes longer.
 * Newer versions extend the time on request; 219 forgets the command.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/init.h"
#include "init/manager.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "init/unit.h"
#include "os/clock.h"
#include "os/duration.h"

#define MARGIN_US (30u * USEC_PER_SEC)
/* Time for what comes before and after a run. */
#define LIMIT_MARGIN_US (5u * USEC_PER_SEC)
#define VERSION_US      (3u * USEC_PER_SEC)

static bool is_of_old(const struct systemd *s)
{
	unsigned version = manager_knows(&s->manager) ? manager_version(&s->manager) : 0;

	return version && version < SYSTEMD_EXTENDS_SINCE;
}

/*
 * Extends the time limit of the job that we are part of, which systemd 236 and newer permit. Where
 * we were started to start nginx, we are the main process until we name another.
 */
void systemd_patience_for(struct systemd *s, uint64_t us)
{
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

void systemd_patience(struct init *init, uint64_t us)
{
	systemd_patience_for(systemd_of(init), us);
}

/*
 * The time that is left where the limit cannot be extended. 219 calls a reload that takes longer
 * failed and forgets our process: the next reload would start a second one beside it.
 */
bool systemd_time_left(struct init *init, struct init_limit *ret)
{
	const struct systemd *s = systemd_of(init);
	uint64_t limit_us = s->manager.view.timeout_start_us;
	uint64_t spent_us = clock_us() - s->opened_us + LIMIT_MARGIN_US;

	if (!s->control || !is_of_old(s) || !limit_us || limit_us == UINT64_MAX)
		return false;
	ret->left_us = limit_us > spent_us ? limit_us - spent_us : 0;
	ret->text = "this systemd cannot be asked for more time than the unit's TimeoutStartSec=";
	ret->advice =
		"set TimeoutStartSec= to more than DRAIN_TIMEOUT, SETTLE and START_TIMEOUT together";
	return true;
}

/*
 * 219 may have forgotten a command of the unit that still runs, and kills it when the next one
 * ends. It also takes any command that fails for a failure of the service.
 */
const char *systemd_waits_for(struct init *init, pid_t holder)
{
	static const char why[] =
		"if this were refused, systemd might end that run, or call the service failed";
	struct systemd *s = systemd_of(init);
	char own[UNIT_NAME_SIZE];
	char its[UNIT_NAME_SIZE];

	if (!init->part || unit_of(getpid(), own) != UNIT_SERVICE)
		return NULL;
	if (unit_of(holder, its) == UNIT_SERVICE && strcmp(its, own) == 0)
		return why;
	systemd_load(s);
	if (strcmp(s->manager.unit, own) != 0)
		manager_follow(&s->manager, own);
	(void)manager_wait(&s->manager, manager_answered, NULL, clock_us() + VERSION_US);
	return is_of_old(s) ? why : NULL;
}
