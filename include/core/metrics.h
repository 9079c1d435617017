/*
 * The metrics for monitoring, as text in the exposition format of Prometheus. Each series has the
 * pid file as a label, which tells one nginx from another. The HELP lines must never change: of two
 * files with different ones node_exporter drops one.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include <stddef.h>

#include "core/handovers.h"

struct metrics {
	const char *pid_file;
	const struct handovers *history;
	unsigned generations; /* living masters */
	unsigned accepting;   /* workers that accept */
	unsigned leaving;     /* workers that leave */
	unsigned draining;    /* connections of workers that leave */
	bool due;             /* an upgrade is due */
	bool unfinished;      /* a handover is under way, held, or was interrupted */
};

/* The text, which the caller frees. 0 or -ENOMEM. */
int metrics_text(const struct metrics *m, char **ret, size_t *ret_length);

/* The file name for that pid file. It is unique and has no '/' in it. 0 or -ENAMETOOLONG. */
int metrics_file_name(const char *pid_file, char *ret, size_t size);

#endif
