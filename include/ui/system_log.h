/*
 * The system's log, by /dev/log: as syslog(3), which waits for a log that does not read. Opens
 * itself.
 */
#ifndef UI_SYSTEM_LOG_H
#define UI_SYSTEM_LOG_H

#include "ui/outlet.h"

struct outlet *system_log(void);

/* priority as in syslog(3), without a facility: LOG_DAEMON it is. */
void system_log_put(int priority, const char *line);

#endif
