/* The init script of a service, where no manager starts it. */
#ifndef COMMANDS_INIT_SCRIPT_H
#define COMMANDS_INIT_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

/* Whether /etc/init.d has one that nobody but root can change, and that starts this binary: it
 * names its path, or it is ours. */
bool init_script_starts(const char *service, const char *nginx);

/* Runs it with this verb, on our own streams. Its exit code, or -errno. */
int init_script_run(const char *service, const char *verb, uint64_t timeout_us);

#endif
