/* The limits that a process of the service would be started with now. Part of init/ops.h. */
#ifndef INIT_LIMITS_H
#define INIT_LIMITS_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/limits.h"

struct init;

struct init_limits {
	struct limits limits;
	char source[256]; /* where the limits are set: "nginx.service" */
	char edit[288];   /* the command that changes them; "": none */
	bool exact;       /* limits that are lower than the master's are meant, too */
};

/*
 * For adapters of init scripts: limits that the script has set with "ulimit", or was started with,
 * are our own by now. False: no script has called us.
 */
bool init_callers_limits(struct init *init, pid_t master, struct init_limits *ret);

#endif
