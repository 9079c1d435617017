/* What an init system is asked to take into one of its services. Part of init/ops.h. */
#ifndef INIT_ADOPTION_H
#define INIT_ADOPTION_H

#include <stdbool.h>
#include <sys/types.h>

#include "trust/subject.h"

struct init_adoption {
	const struct subject *master; /* vetted; its children go with it */
	const char *pid_path;
	const char *nginx;   /* the path of what it executes */
	const char *service; /* the unit or script to use, as the caller named it; NULL: find it */
	bool dry_run;        /* say what would be done, and change nothing */
	bool changed;        /* set by the call: processes were moved */
};

#endif
