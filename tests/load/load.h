/*
 * What the parts of the load generator share: the options as given, and the one struct that holds
 * a run. Calls go main -> classes -> conn -> timers, response, target, stats; conn calls back into
 * the class of a connection through its struct conn_ops.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "stats.h"
#include "target.h"
#include "timers.h"

#define NS_PER_MS       ((uint64_t)1000000)
#define NS_PER_S        ((uint64_t)1000000000)
#define MAX_TARGETS     16
#define MAX_CONNECTIONS 20000 /* a hung server at a high rate must not eat the machine */

struct options {
	struct target targets[MAX_TARGETS];
	size_t target_count;
	struct target udp_targets[MAX_TARGETS];
	size_t udp_target_count;
	unsigned new_rate;
	unsigned keepalive;
	unsigned keepalive_rate;
	unsigned slow;
	uint64_t slow_rate; /* bytes a second */
	unsigned udp_rate;
	uint64_t udp_timeout_ns;
	uint64_t seconds_ns;
	uint64_t timeout_ns;
	uint64_t finish_timeout_ns;
	const char *path;
	const char *slow_path;
	const char *slow_file;
	const char *ready_file;
	int ready_fd;
	const char *summary_file;
};

struct conn;

struct load {
	struct options opt;
	struct stats stats;
	struct timers timers;
	int epoll_fd;
	int signal_fd;
	uint64_t start_ns;
	uint64_t stop_ns; /* 0 until the load is told to stop */
	struct timer end_timer;
	struct conn *conns; /* all that exist */
	size_t conn_count;
	struct conn *dead; /* freed when the events in hand are done */
	struct classes *classes;
	int cut; /* the finish timeout has passed, or a second signal came */
};

uint64_t now_ns(void);
uint64_t load_ms(const struct load *load, uint64_t at_ns);

/* 0, 1 when only help was asked for, or -EINVAL after one line on stderr that says why. */
int options_parse(int argc, char **argv, struct options *ret_options);

#endif
