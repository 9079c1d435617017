/* The init script of a service, for machines where no service manager starts nginx itself. */
#ifndef COMMANDS_INIT_SCRIPT_H
#define COMMANDS_INIT_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether /etc/init.d has a script for this service that starts this binary: its text has the path
 * nginx, or the name nginx-handover. False also where the caller is not root, or where others than
 * root can change the script.
 */
bool init_script_starts(const char *service, const char *nginx);

/* Runs the script with this verb; it prints to our own streams. Its exit code, or -errno. */
int init_script_run(const char *service, const char *verb, uint64_t timeout_us);

#endif
