/*
 * What is told to monitoring, as text of the exposition format of Prometheus. Every series carries
 * the pid file, which is what tells one nginx from another; the HELP lines never change: of two
 * files with different ones, node_exporter drops one.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include "core/handovers.h"

struct metrics {
	const char *pid_file;
	const struct handovers *history;
	unsigned generations; /* masters that live */
	unsigned accepting;   /* workers */
	unsigned leaving;     /* likewise */
	unsigned draining;    /* connections of those that leave */
	bool due;             /* an upgrade is */
	bool unfinished;      /* a handover is under way, held, or was interrupted */
};

/* The caller's to free; 0 or -ENOMEM. */
int metrics_text(const struct metrics *m, char **ret, size_t *ret_length);

/*
 * The name of the file for that pid file: no two have the same, and a '/' is not in it. 0 or
 * -ENAMETOOLONG.
 */
int metrics_file_name(const char *pid_file, char *ret, size_t size);

#endif
