/*
 * Every request is counted here exactly once: started, then ok or failed. Whoever starts one calls
 * stats_started; whoever ends it calls stats_ok or stats_failed.
 */
#ifndef LOAD_STATS_H
#define LOAD_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "response.h"

#define MAX_SERVERS 16

enum load_class { CLASS_NEW, CLASS_KEEPALIVE, CLASS_SLOW, CLASS_UDP, CLASS_COUNT };

#define FAIL_KINDS(X)                                                                              \
	X(REFUSED, "refused")       /* nobody listens */                                           \
	X(CONNECT, "connect")       /* any other trouble on the way there */                       \
	X(CUT, "cut")               /* a kept-alive connection, gone under a request */            \
	X(RESET, "reset")           /* cut with a RST */                                           \
	X(CLOSED, "closed")         /* closed before the head of the answer was whole */           \
	X(SHORT, "short")           /* closed in the middle of the body */                         \
	X(TIMEOUT, "timeout")       /* not whole in time, or a slow one without a byte */          \
	X(STATUS, "status")         /* not 200 */                                                  \
	X(CHECKSUM, "checksum")     /* length or content is not that of the file */                \
	X(PROTOCOL, "protocol")     /* not HTTP/1.x with Content-Length, or bytes too many */      \
	X(LOCAL, "local")           /* our own trouble: descriptors, memory */                     \
	X(UNFINISHED, "unfinished") /* still in flight when the finish timeout passed */

#define FAIL_ENUM(name, text) FAIL_##name,
enum fail_kind { FAIL_KINDS(FAIL_ENUM) FAIL_COUNT };

struct class_stats {
	uint64_t started;
	uint64_t ok;
	uint64_t failed;
	uint64_t connections; /* opened */
};

struct server_stats {
	char name[SERVER_NAME_MAX];
	uint64_t count;
	uint64_t first_ms;
	uint64_t last_ms;
};

struct stats {
	struct class_stats classes[CLASS_COUNT];
	uint64_t kinds[FAIL_COUNT];
	struct server_stats servers[MAX_SERVERS];
	size_t server_count;
	uint32_t *latencies_us; /* of new connections that went well */
	size_t latency_count;
	size_t latency_room;
	uint64_t late_max_ns; /* by how much we ourselves started one too late */
	uint64_t backlog_waits;
	uint64_t slow_inflight_at_stop;
	uint64_t slow_bytes;
};

/* What was asked and how long it took, for the summary. */
struct summary {
	unsigned new_rate;
	unsigned udp_rate;
	unsigned asked[CLASS_COUNT];
	uint64_t load_ns;   /* start to stop */
	uint64_t finish_ns; /* stop to the last one in flight */
};

extern const char *const class_names[CLASS_COUNT];
extern const char *const fail_names[FAIL_COUNT];

void stats_started(struct stats *stats, enum load_class class);
void stats_ok(struct stats *stats, enum load_class class);
/* Counts and says so on stderr at once. */
void stats_failed(struct stats *stats, enum load_class class, enum fail_kind kind, uint64_t ms,
		  const char *target, const char *detail);
void stats_server(struct stats *stats, const char *name, uint64_t ms);
int stats_latency(struct stats *stats, uint64_t ns);
uint64_t stats_inflight(const struct stats *stats);
/* True when nothing failed and every class that was asked for got at least one answer. */
int stats_clean(const struct stats *stats, const struct summary *summary);
void stats_free(struct stats *stats);

void summary_print(struct stats *stats, const struct summary *summary, FILE *out);
int summary_write(struct stats *stats, const struct summary *summary, const char *path);

#endif
