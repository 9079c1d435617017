/*
 * What systemd will do to the new generation where this run tells it nothing (--init none, or the
 * run of an init script).
 */
#ifndef INIT_SYSTEMD_UNTOLD_H
#define INIT_SYSTEMD_UNTOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As ops.obstacle. Opens a connection of its own, and closes it. */
bool systemd_obstacle_untold(pid_t master, char *ret, size_t size);

#endif
