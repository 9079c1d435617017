/* What the files of "adopt" share. Private to init/systemd_adopt*.c and init/systemd_examine.c. */
#ifndef INIT_SYSTEMD_ADOPT_H
#define INIT_SYSTEMD_ADOPT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "init/adoption.h"
#include "init/manager.h"
#include "init/unit.h"
#include "os/cgroups.h"
#include "os/process.h"

struct adopted {
	struct process process;
	char former[CGROUPS_TEXT]; /* the cgroups that it was in */
};

struct adopting {
	struct init_adoption *what;
	struct manager *m; /* follows the unit */
	pid_t master;
	char name[UNIT_NAME_SIZE];
	char group[PATH_MAX]; /* the unit's cgroup */
	bool loaded;          /* systemd has, or may have, read the drop-in */
	bool started;         /* a start with the drop-in was asked for */
	bool had_failed;      /* the unit was "failed" before */
	struct adopted *list; /* of moved processes, to be moved back where the rest fails */
	size_t count;
};

/* As manager_property(). */
bool adopt_ask(struct adopting *a, const char *interface, const char *property);

/* Whether both paths lead to one place. */
bool adopt_same_file(const char *one, const char *other);

/*
 * Finds the unit, which the manager then follows, and checks that it can take nginx over. False:
 * something is in the way, and was said.
 */
bool adopt_can_begin(struct adopting *a);

/* Warns where the unit would start another binary than the one that runs. */
void adopt_say_other_binary(struct adopting *a);

/*
 * Writes the drop-in, with which a start of the unit starts nothing, kills nothing and reads the
 * pid file; has systemd read it, and checks that it counts. False: that failed, and was said.
 */
bool adopt_load(struct adopting *a);

/*
 * Removes the file of the drop-in. To be called after the start: from then on systemd needs it no
 * more.
 */
void adopt_remove_file(const struct adopting *a);

/* Whether a run that was killed has left the drop-in of this unit; ret is its path. */
bool adopt_left(const char *unit, char ret[PATH_MAX]);

/* Removes the drop-in, and has systemd read the unit without it. False: systemd did not. */
bool adopt_unload(struct adopting *a);

#endif
