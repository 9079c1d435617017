/*
 * The counts. Latencies are kept one by one, so that the percentile is exact.
 */
#include "stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const class_names[CLASS_COUNT] = {"new", "keepalive", "slow", "udp"};

#define FAIL_NAME(name, text) text,
const char *const fail_names[FAIL_COUNT] = {FAIL_KINDS(FAIL_NAME)};

void stats_started(struct stats *stats, enum load_class class)
{
	stats->classes[class].started++;
}

void stats_ok(struct stats *stats, enum load_class class)
{
	stats->classes[class].ok++;
}

void stats_failed(struct stats *stats, enum load_class class, enum fail_kind kind, uint64_t ms,
		  const char *target, const char *detail)
{
	stats->classes[class].failed++;
	stats->kinds[kind]++;
	fprintf(stderr, "load: %" PRIu64 " ms: %s: %s: %s: %s\n", ms, class_names[class],
		fail_names[kind], target, detail);
}

void stats_server(struct stats *stats, const char *name, uint64_t ms)
{
	struct server_stats *server = stats->servers;
	struct server_stats *end = server + stats->server_count;

	if (!*name)
		name = "none";
	while (server < end && strcmp(server->name, name))
		server++;
	if (server == end) {
		if (stats->server_count == MAX_SERVERS) {
			server--;
			snprintf(server->name, sizeof(server->name), "others");
		} else {
			stats->server_count++;
			snprintf(server->name, sizeof(server->name), "%s", name);
			server->first_ms = ms;
		}
	}
	server->count++;
	server->last_ms = ms;
}

int stats_latency(struct stats *stats, uint64_t ns)
{
	if (stats->latency_count == stats->latency_room) {
		size_t room = stats->latency_room ? stats->latency_room * 2 : 4096;
		uint32_t *grown = realloc(stats->latencies_us, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		stats->latencies_us = grown;
		stats->latency_room = room;
	}
	stats->latencies_us[stats->latency_count++] = (uint32_t)(ns / 1000);
	return 0;
}

uint64_t stats_inflight(const struct stats *stats)
{
	uint64_t count = 0;

	for (int i = 0; i < CLASS_COUNT; i++)
		count +=
			stats->classes[i].started - stats->classes[i].ok - stats->classes[i].failed;
	return count;
}

int stats_clean(const struct stats *stats, const struct summary *summary)
{
	for (int i = 0; i < CLASS_COUNT; i++) {
		if (stats->classes[i].failed)
			return 0;
		if (summary->asked[i] && !stats->classes[i].ok)
			return 0;
	}
	return 1;
}

void stats_free(struct stats *stats)
{
	free(stats->latencies_us);
	stats->latencies_us = NULL;
	stats->latency_count = stats->latency_room = 0;
}
