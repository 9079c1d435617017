/*
 * What systemd is asked where this run tells it nothing. When the main process of a unit without
 * PIDFile= is the old master, the unit ends with it, and the rest is killed. NotifyAccess= does not
 * help where nobody notifies.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "init/manager.h"
#include "init/systemd_untold.h"
#include "os/duration.h"

#define ASK_US (100u * USEC_PER_MSEC)

/* systemd.kill(5): these two modes leave the other processes alone. */
static bool kills_others(const struct manager_view *view)
{
	return strcmp(view->kill_mode, "none") != 0 && strcmp(view->kill_mode, "process") != 0;
}

bool systemd_obstacle_untold(pid_t master, char *ret, size_t size)
{
	struct manager m;
	bool kills = manager_about(&m, master, ASK_US) && m.answered &&
		     m.view.main_pid == (uint32_t)master && !m.view.pid_file[0] &&
		     kills_others(&m.view);

	manager_close(&m);
	(void)snprintf(
		ret, size,
		"systemd would take the end of the old master for the end of %s, and kill the new one: the unit has no PIDFile=, and this run tells systemd nothing\nrun it without --init (INIT= in the settings), so that systemd is told, or set PIDFile= in that unit and \"systemctl daemon-reload\"",
		m.unit);
	return kills;
}
