/*
 * What systemd says about the service of a master, for commands that only look: over a connection
 * of its own, and without the journal.
 */
#include <stdio.h>
#include <string.h>

#include "init/manager.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "os/duration.h"

/* systemd answers in a few milliseconds. A bus that hangs is not waited for. */
#define ANSWER_US (200u * USEC_PER_MSEC)

static void advise(struct init_belief *b)
{
	(void)snprintf(
		b->mend_state, sizeof(b->mend_state),
		"\"systemctl reload-or-restart %s\" when a short break does least harm, and see \"journalctl -u %s\" for why",
		b->unit, b->unit);
	(void)snprintf(
		b->mend_main, sizeof(b->mend_main),
		"\"systemctl reload %s\" sets that right where the unit has a pid file (PIDFile=) or the drop-in handover.conf",
		b->unit);
}

bool systemd_believes(pid_t master, struct init_belief *ret)
{
	struct manager m;
	bool knows = manager_about(&m, master, ANSWER_US);

	if (knows) {
		ret->name = "systemd";
		(void)snprintf(ret->unit, sizeof(ret->unit), "%s", m.unit);
		(void)snprintf(ret->state, sizeof(ret->state), "%s", m.view.active_state);
		ret->main = (pid_t)m.view.main_pid;
		ret->right_state =
			strcmp(ret->state, "failed") != 0 && strcmp(ret->state, "inactive") != 0;
		advise(ret);
	}
	manager_close(&m);
	return knows;
}
