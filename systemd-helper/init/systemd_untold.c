/*
 * What systemd is asked where this run tells it nothing. When the main process of a unit without
 * PIDFile= is the old master, the unit ends with it, and the rest is killed. NotifyAccess= does not
 * help where nobody notifies.
 */
#include <stdio.h>
#include <string.h>

#include "init/manager.h"
#include "init/systemd_untold.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/identity.h"

#define ASK_US (100u * USEC_PER_MSEC)

/* systemd.kill(5): these two modes leave the other processes alone. */
static bool kills_others(const struct manager_view *view)
{
	return strcmp(view->kill_mode, "none") != 0 && strcmp(view->kill_mode, "process") != 0;
}

static bool would_kill(struct manager *m, pid_t master)
{
	const struct manager_view *view = &m->view;

	return manager_wait(m, manager_answered, NULL, clock_us() + ASK_US) && manager_knows(m) &&
	       view->main_pid == (uint32_t)master && !view->pid_file[0] && kills_others(view);
}

bool systemd_obstacle_untold(pid_t master, char *ret, size_t size)
{
	struct manager manager;
	char unit[UNIT_NAME_SIZE];
	char why[256];
	bool kills = false;

	if (unit_of(master, unit) != UNIT_SERVICE)
		return false;
	identity_lift();
	if (manager_open(&manager, why, sizeof(why)) == 0) {
		manager_follow(&manager, unit);
		kills = would_kill(&manager, master);
	}
	manager_close(&manager);
	identity_lower();
	(void)snprintf(
		ret, size,
		"systemd would take the end of the old master for the end of %s, and kill the new one: the unit has no PIDFile=, and this run tells systemd nothing\nrun it without --init (INIT= in the settings), so that systemd is told, or set PIDFile= in that unit and \"systemctl daemon-reload\"",
		unit);
	return kills;
}
