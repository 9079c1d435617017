/* The limits that an init script gives to what it starts: where one called us they are our own. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/init.h"
#include "init/limits.h"
#include "os/limits.h"

bool init_callers_limits(struct init *init, pid_t master, struct init_limits *ret)
{
	(void)master;
	if (!init->service)
		return false;
	memset(ret, 0, sizeof(*ret));
	limits_of(getpid(), &ret->limits);
	(void)snprintf(ret->source, sizeof(ret->source), "the init script of %.200s",
		       init->service);
	return true;
}
