/*
 * systemd where this run tells it nothing (--init none, an init script's run): what it will do to
 * the new generation then.
 */
#ifndef INIT_SYSTEMD_UNTOLD_H
#define INIT_SYSTEMD_UNTOLD_H

#include <sys/types.h>

/* As init_obstacle(). Opens a connection of its own, and closes it. */
const char *systemd_obstacle_untold(pid_t master);

#endif
