/*
 * What is said at the end: a few lines for a person, key=value lines for a script. The keys are
 * all there in every run, so that a script never has to guess whether an absent one means 0.
 */
#define _GNU_SOURCE
#include "stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int compare_us(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Nearest rank; the latencies are sorted. */
static double percentile_ms(const struct stats *stats, unsigned percent)
{
	size_t rank = (stats->latency_count * percent + 99) / 100;

	return rank ? stats->latencies_us[rank - 1] / 1000.0 : 0;
}

static void sort_latencies(struct stats *stats)
{
	if (stats->latency_count)
		qsort(stats->latencies_us, stats->latency_count, sizeof(*stats->latencies_us),
		      compare_us);
}

static double rate_reached(const struct stats *stats, enum load_class class,
			   const struct summary *summary)
{
	return summary->load_ns
		       ? (double)stats->classes[class].started * 1e9 / (double)summary->load_ns
		       : 0;
}

void summary_print(struct stats *stats, const struct summary *summary, FILE *out)
{
	sort_latencies(stats);
	fprintf(out, "load: %.3f s, and %.3f s to finish what was in flight\n",
		(double)summary->load_ns / 1e9, (double)summary->finish_ns / 1e9);
	for (int i = 0; i < CLASS_COUNT; i++) {
		const struct class_stats *class = &stats->classes[i];

		if (!summary->asked[i])
			continue;
		fprintf(out, "%-10s %8" PRIu64 " ok %6" PRIu64 " failed", class_names[i], class->ok,
			class->failed);
		if (i == CLASS_NEW)
			fprintf(out, "   %.1f/s of %u/s, p50 %.1f ms, p99 %.1f ms, max %.1f ms",
				rate_reached(stats, CLASS_NEW, summary), summary->new_rate,
				percentile_ms(stats, 50), percentile_ms(stats, 99),
				percentile_ms(stats, 100));
		if (i == CLASS_KEEPALIVE)
			fprintf(out, "   %" PRIu64 " cut, %" PRIu64 " connections",
				stats->kinds[FAIL_CUT], class->connections);
		if (i == CLASS_SLOW)
			fprintf(out, "   %" PRIu64 " in flight at the stop, %" PRIu64 " bytes",
				stats->slow_inflight_at_stop, stats->slow_bytes);
		if (i == CLASS_UDP)
			fprintf(out, "   %.1f/s of %u/s", rate_reached(stats, CLASS_UDP, summary),
				summary->udp_rate);
		fputc('\n', out);
		if (!class->ok)
			fprintf(out, "%s: not one answer\n", class_names[i]);
	}
	for (size_t i = 0; i < stats->server_count; i++)
		fprintf(out,
			"%-20s %8" PRIu64 " answers, first at %" PRIu64 " ms, last at %" PRIu64
			" ms\n",
			stats->servers[i].name, stats->servers[i].count, stats->servers[i].first_ms,
			stats->servers[i].last_ms);
	for (int i = 0; i < FAIL_COUNT; i++)
		if (stats->kinds[i])
			fprintf(out, "failed: %s %" PRIu64 "\n", fail_names[i], stats->kinds[i]);
}

/* "nginx/1.18.0" becomes "1.18.0"; in any other name what could upset a reader becomes '_'. */
static void write_server(const struct server_stats *server, FILE *out)
{
	const char *p = server->name;

	if (!strncmp(p, "nginx/", 6))
		p += 6;
	fputs("server.", out);
	for (; *p; p++)
		fputc(strchr(" =\t", *p) ? '_' : *p, out);
	fprintf(out, "=%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", server->count, server->first_ms,
		server->last_ms);
}

static void write_pairs(const struct stats *stats, const struct summary *summary, FILE *out)
{
	for (int i = 0; i < CLASS_COUNT; i++) {
		const struct class_stats *class = &stats->classes[i];

		fprintf(out, "%s_started=%" PRIu64 "\n", class_names[i], class->started);
		fprintf(out, "%s_ok=%" PRIu64 "\n", class_names[i], class->ok);
		fprintf(out, "%s_failed=%" PRIu64 "\n", class_names[i], class->failed);
		fprintf(out, "%s_connections=%" PRIu64 "\n", class_names[i], class->connections);
	}
	fprintf(out, "slow_inflight_at_stop=%" PRIu64 "\n", stats->slow_inflight_at_stop);
	fprintf(out, "slow_bytes=%" PRIu64 "\n", stats->slow_bytes);
	fprintf(out, "rate_asked=%u\nrate=%.1f\n", summary->new_rate,
		rate_reached(stats, CLASS_NEW, summary));
	fprintf(out, "udp_rate_asked=%u\nudp_rate=%.1f\n", summary->udp_rate,
		rate_reached(stats, CLASS_UDP, summary));
	fprintf(out, "p50_ms=%.3f\np99_ms=%.3f\nmax_ms=%.3f\n", percentile_ms(stats, 50),
		percentile_ms(stats, 99), percentile_ms(stats, 100));
	fprintf(out, "late_max_ms=%.3f\n", (double)stats->late_max_ns / 1e6);
	fprintf(out, "backlog_waits=%" PRIu64 "\n", stats->backlog_waits);
	fprintf(out, "load_ms=%" PRIu64 "\nfinish_ms=%" PRIu64 "\n", summary->load_ns / 1000000,
		summary->finish_ns / 1000000);
	for (int i = 0; i < FAIL_COUNT; i++)
		fprintf(out, "failed_%s=%" PRIu64 "\n", fail_names[i], stats->kinds[i]);
	for (size_t i = 0; i < stats->server_count; i++)
		write_server(&stats->servers[i], out);
}

int summary_write(struct stats *stats, const struct summary *summary, const char *path)
{
	FILE *out = fopen(path, "we");
	int r;

	if (!out)
		return -errno;
	sort_latencies(stats);
	write_pairs(stats, summary, out);
	r = ferror(out) ? -EIO : 0;
	if (fclose(out) && !r)
		r = -errno;
	return r;
}
