/*
 * Finds where cgroups are mounted, and moves a process to another cgroup, in every hierarchy that
 * is mounted: the one of v2, and those of v1, in each of which a process has a path of its own.
 * cgroups(7).
 *
 *	cgroups_text -> cgroups_enter -> (cgroups_return)
 */
#ifndef OS_CGROUPS_H
#define OS_CGROUPS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CGROUPS_TEXT = 4096 };

/*
 * Whether the first `length` bytes of word are an item of a list that is separated by commas. The
 * list ends at a blank, a newline or a NUL.
 */
bool cgroups_has_word(const char *list, const char *word, size_t length);

/*
 * Where a hierarchy is mounted: /sys/fs/cgroup/memory, /cgroup/memory, /sys/fs/cgroup/unified.
 * controllers: "cpu,cpuacct", "name=systemd"; "" means v2. Controllers in one list are mounted
 * together, so only the first is looked for. False: it is not mounted.
 */
bool cgroups_mount(const char *controllers, char ret[PATH_MAX]);

/* The text of /proc/PID/cgroup, to be passed to cgroups_return() later. 0 or -errno. */
int cgroups_text(pid_t pid, char ret[CGROUPS_TEXT]);

/*
 * Moves a process to the cgroup of this path ("/system.slice/nginx.service"). In a hierarchy that
 * does not have the path, the process is moved to the nearest cgroup above it, and failures are
 * ignored. Returns 0; -ENOENT: no hierarchy has the path; or -errno: the process may have been
 * moved in some hierarchies.
 */
int cgroups_enter(pid_t pid, const char *path);

/* Moves a process back to where it was at cgroups_text(). 0 or the first -errno. */
int cgroups_return(pid_t pid, const char *text);

/*
 * Whether we may move processes to the cgroup of this path, or to the nearest one above where the
 * path does not exist: 0, or -errno if no hierarchy allows it.
 */
int cgroups_writable(const char *path);

#endif
