/*
 * The systemd unit of a process, read from its cgroup, never guessed from a name. systemd:
 * cg_path_get_unit, cg_shift_path.
 */
#ifndef INIT_UNIT_H
#define INIT_UNIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define UNIT_NAME_SIZE 256 /* systemd: UNIT_NAME_MAX, with the NUL */

enum unit_kind {
	UNIT_NONE,    /* in no unit, or that cannot be read */
	UNIT_SERVICE, /* of the system's manager */
	UNIT_OTHER,   /* a scope or slice: somebody's session */
	UNIT_OF_USER  /* a unit of a user's own manager, below user@UID.service */
};

/*
 * The unit in the text of /proc/PID/cgroup. init_text: the same of pid 1, which tells where the
 * manager's own tree begins; in a container that is not the root. Pure. ret_name has UNIT_NAME_SIZE
 * bytes; "" where there is none.
 */
enum unit_kind unit_of_cgroup(const char *text, const char *init_text, char *ret_name);

/* The same for a process that lives. */
enum unit_kind unit_of(pid_t pid, char *ret_name);

/* Whether this process is in that service. */
bool unit_is_own(const char *name);

/*
 * The D-Bus object of a unit: "/org/freedesktop/systemd1/unit/nginx_2eservice". Every byte except
 * letters and digits is written as _XX, and so is a leading digit (systemd: bus_label_escape). 0 or
 * -ENAMETOOLONG.
 */
int unit_object_path(const char *name, char *ret, size_t size);

#endif
