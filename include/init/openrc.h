/*
 * What OpenRC has written down about its services in /run/openrc, and how to change that. A link in
 * "started" stands for each service that runs; "options/NAME/KEY" is what a script has saved
 * (librc). Only root can write there.
 */
#ifndef INIT_OPENRC_H
#define INIT_OPENRC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { OPENRC_NAME_SIZE = 72 };

/* Whether it has started this machine, or container. */
bool openrc_has_booted(void);

/* state: "started", "starting", "stopping". */
bool openrc_is(const char *service, const char *state);

/*
 * Finds the started service that has saved this pid file as its own, either itself or through
 * OpenRC's start-stop-daemon(8). False: there is none, or more than one.
 */
bool openrc_of_pid_file(const char *pid_path, char ret[OPENRC_NAME_SIZE]);

/*
 * The name in a line of /proc/PID/cgroup: "9:name=openrc:/NAME" in version 1, "0::/NAME" in version
 * 2, and "0::/openrc.NAME" since OpenRC 0.48. Every cgroup has such a name; whether it is that of a
 * service remains to be checked.
 */
bool openrc_name_in_cgroup(const char *line, char ret[OPENRC_NAME_SIZE]);

/* Finds the started service in whose cgroup the process is. */
bool openrc_of_cgroup(pid_t pid, char ret[OPENRC_NAME_SIZE]);

/* Whether /etc/init.d has an OpenRC script of that name that calls nginx-handover. */
bool openrc_is_ours(const char *service);

/*
 * Saves the pid file for openrc_of_pid_file(), if it is not saved yet. Failure is ignored: the
 * service is then not found by its pid file.
 */
void openrc_note_pid_file(const char *service, const char *pid_path);

/*
 * Has OpenRC's own program mark the service as started or stopped. 0; -errno; or the exit code of
 * that program.
 */
int openrc_mark_service(const char *service, bool started, uint64_t timeout_us);

#endif
