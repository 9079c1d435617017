/*
 * Explores and says what it found, as TAP: first everything once, then, with less that can happen,
 * how long a run lasts at most, and the same where it is probed and held. Built against a decide()
 * with a planted mistake (MISTAKE is its name), finding nothing is the failure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore.h"

static double seconds(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		return 0;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void describe(const struct result *r, double took)
{
	printf("# %zu states, %zu transitions, %zu ends, depth %zu, %.1f s; at most %u faults and "
	       "%u deaths or interruptions a path",
	       r->states, r->transitions, r->ends, r->depth, took, bounds.faults, bounds.lives);
	if (bounds.age)
		printf(", %u units a run", bounds.age);
	if (bounds.probes)
		printf(", probed");
	if (bounds.quic)
		printf(", with HTTP/3");
	printf("\n");
	if (r->broken)
		printf("# broken after %zu steps: %s\n", r->trace_length, r->broken);
	if (r->full)
		printf("# NOT ALL: the bound of %zu states was reached\n", bounds.max_states);
}

/* Returns whether the search was complete and found nothing broken. */
static bool explore(void)
{
	double began = seconds();
	struct result result;

	if (search(&result) < 0) {
		printf("# no memory for %zu states\n", bounds.max_states);
		return false;
	}
	describe(&result, seconds() - began);
	return !result.broken && !result.full;
}

/* Where only ends are looked for, one thing less may happen. */
static void bound_age(void)
{
	bounds.lives = bounds.faults ? 0 : bounds.lives;
	if (!bounds.age)
		bounds.age = 24;
}

/* A fault, then a death of the helper or an interruption. */
static bool explore_probes(void)
{
	struct bounds all = bounds;
	bool good;

	bounds.probes = 1;
	bound_age();
	good = explore();
	bounds = all;
	bounds.probes = 1;
	bounds.faults = 0;
	good &= explore();
	bounds = all;
	return good;
}

/* HTTP/3 adds its own steps to each of a handover. */
static bool explore_quic(void)
{
	struct bounds all = bounds;
	bool good;

	bounds.quic = 1;
	bound_age();
	good = explore();
	bounds = all;
	bounds.quic = 1;
	bounds.faults = 0;
	good &= explore();
	bounds = all;
	return good;
}

static bool report(int number, bool good, const char *what)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", number, what);
	return good;
}

static bool set_bound(const char *argument)
{
	static const struct {
		const char *name;
		unsigned *value;
	} known[] = {
		{"faults", &bounds.faults},
		{"lives", &bounds.lives},
		{"old_workers", &bounds.old_workers},
		{"start", &bounds.start},
		{"drain", &bounds.drain},
		{"age", &bounds.age},
		{"deep", &bounds.deep},
		{"probes", &bounds.probes},
		{"quic", &bounds.quic},
		{"trace", &bounds.trace},
	};
	const char *number = strchr(argument, '=');
	size_t i;

	if (number && !strncmp(argument, "states=", strlen("states="))) {
		bounds.max_states = strtoul(number + 1, NULL, 10);
		return true;
	}
	for (i = 0; number && i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(argument, known[i].name, strlen(known[i].name)) ||
		    argument + strlen(known[i].name) != number)
			continue;
		*known[i].value = (unsigned)strtoul(number + 1, NULL, 10);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	bool good;

	for (; argc > 1 && set_bound(argv[1]); argc--)
		argv++;
	if (argc > 1) {
		fprintf(stderr, "usage: explore [NAME=NUMBER ...]; the names are in explore.h\n");
		return 2;
	}
#ifdef MISTAKE
	struct bounds all = bounds;
	bool probes = !strncmp(MISTAKE, "probe", 5) || !strncmp(MISTAKE, "hold", 4);
	bool quic = !strncmp(MISTAKE, "quic", 4);

	printf("1..1\n");
	bounds.trace = all.trace = 0;
	/* The shorter ones first. */
	good = (!probes || explore_probes()) && (!quic || explore_quic());
	bound_age();
	if (good)
		good = explore();
	if (good) {
		bounds = all;
		bounds.drain = 1;
		good = explore();
	}
	if (good) {
		bounds = all;
		good = explore();
	}
	return report(1, !good, "the planted mistake " MISTAKE " is caught") ? 0 : 1;
#else
	printf("1..4\n");
	good = report(1, explore(), "every reachable state keeps the invariants");
	good &= report(2, explore_probes(), "also where it is probed and held");
	good &= report(3, explore_quic(), "also with HTTP/3");
	bound_age();
	good &= report(4, explore(), "every run comes to an end");
	return good ? 0 : 1;
#endif
}
