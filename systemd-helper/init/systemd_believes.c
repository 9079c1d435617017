/*
 * What systemd says of the service that a master is in, for a command that only looks: a connection
 * of its own, and nothing goes to the journal.
 */
#include <stdio.h>
#include <string.h>

#include "init/systemd.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/identity.h"

/* It answers in a few milliseconds; a bus that hangs is not waited for. */
#define ANSWER_US (200u * USEC_PER_MSEC)

bool systemd_believes(pid_t master, struct init_belief *ret)
{
	static struct manager m;
	char unit[UNIT_NAME_SIZE];
	char why[256];
	bool knows;
	int r;

	if (unit_of(master, unit) != UNIT_SERVICE)
		return false;
	memset(&m, 0, sizeof(m));
	m.bus.fd = -1;
	/* The bus goes by who connects. */
	identity_lift();
	r = manager_open(&m, why, sizeof(why));
	identity_lower();
	if (r < 0)
		return false;
	manager_follow(&m, unit);
	(void)manager_wait(&m, manager_answered, NULL, clock_us() + ANSWER_US);
	knows = manager_knows(&m);
	if (knows) {
		ret->name = "systemd";
		(void)snprintf(ret->unit, sizeof(ret->unit), "%s", unit);
		(void)snprintf(ret->state, sizeof(ret->state), "%s", m.view.active_state);
		ret->main = (pid_t)m.view.main_pid;
		ret->right_state =
			strcmp(ret->state, "failed") != 0 && strcmp(ret->state, "inactive") != 0;
	}
	manager_close(&m);
	return knows;
}
