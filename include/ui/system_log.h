/*
 * The system's log as an outlet, over /dev/log. syslog(3) is not used, since it blocks while the
 * log does not read. The first call opens it.
 */
#ifndef UI_SYSTEM_LOG_H
#define UI_SYSTEM_LOG_H

#include "ui/outlet.h"

struct outlet *system_log(void);

/* priority: a level of syslog(3); the facility is always LOG_DAEMON. */
void system_log_put(int priority, const char *line);

#endif
