/*
 * Explores and says what it found, as TAP. Built against a decide() with a planted mistake (MISTAKE
 * is its name), finding nothing is the failure.
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
	       "%u deaths or interruptions a path\n",
	       r->states, r->transitions, r->ends, r->depth, took, bounds.faults, bounds.lives);
	if (r->broken)
		printf("# broken after %zu steps: %s\n", r->trace_length, r->broken);
	if (r->full)
		printf("# NOT ALL: the bound of %zu states was reached\n", bounds.max_states);
}

#ifdef MISTAKE
static bool verdict(const struct result *r)
{
	printf("%s 1 - the mistake " MISTAKE " is caught\n", r->broken ? "ok" : "not ok");
	return r->broken;
}
#else
static bool verdict(const struct result *r)
{
	bool good = !r->broken && !r->full;

	printf("%s 1 - every reachable state keeps the invariants\n", good ? "ok" : "not ok");
	return good;
}
#endif

int main(int argc, char **argv)
{
	double began = seconds();
	struct result result;

	if (argc > 1 && !strcmp(argv[1], "--deep")) {
		bounds.deep = true;
		bounds.old_workers = 2;
		bounds.max_states = 400000000;
		argc--;
		argv++;
	}
	if (argc == 3) {
		bounds.faults = (unsigned)atoi(argv[1]) & 3;
		bounds.lives = (unsigned)atoi(argv[2]) & 3;
		bounds.max_states = 400000000;
	} else if (argc > 1) {
		fprintf(stderr, "usage: explore [--deep] [FAULTS LIVES]\n");
		return 2;
	}
	printf("1..1\n");
	if (search(&result) < 0) {
		printf("not ok 1 - no memory\n");
		return 1;
	}
	describe(&result, seconds() - began);
	return verdict(&result) ? 0 : 1;
}
