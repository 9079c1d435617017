/*
 * The probes of a run; nginx/probe.h says what a probe is. Whoever builds the run adds probes of
 * the kinds that are wanted, and drive() does the rest: ACT_PROBE begins them all, each look steps
 * those that are going, and they end with the run, or when it turns back.
 *
 *	probes_add ... -> probes_begin -> probes_step ... -> probes_end
 *
 * One that fails is enough for PROBE_FAILED. PROBE_PASSED means that all have passed.
 */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <stdint.h>

#include "nginx/probe.h"

struct run;

/*
 * `arg` is that of probes_add(): the state of this probe, owned by the caller of probes_add(). A
 * probe that keeps nothing from an earlier attempt may begin again after its end.
 */
struct probe_kind {
	const char *name; /* for people and --json: "accept" */
	/*
	 * Begins the probe. run->world has both generations, as of the last look. 0, or -errno: it
	 * has not begun, and is tried again like any action of decide.h.
	 */
	int (*begin)(void *arg, const struct run *run);
	/*
	 * Never waits, and has a deadline of its own. Fills *ret, which is "" before, where there
	 * is something to say. It is not called again after it has returned anything but
	 * PROBE_GOING.
	 */
	enum probe_state (*step)(void *arg, const struct run *run, struct probe_text *ret);
	/*
	 * Ends its processes and closes its sockets. Called at most once for each begin, whatever
	 * the state.
	 */
	void (*end)(void *arg);
	/*
	 * NULL, or what the probe wrote, unchanged: it is shown line by line when the probe has
	 * failed.
	 */
	const char *(*said)(const void *arg);
};

struct probe {
	const struct probe_kind *kind;
	void *arg;
	enum probe_state state;
	uint64_t began_us;
	uint64_t took_us; /* valid when it is not PROBE_GOING any more */
	struct probe_text text;
};

enum { PROBES_MAX = 4 };

struct probes {
	struct probe list[PROBES_MAX];
	unsigned count;
};

/* Also sets run->ask.prove. */
void probes_add(struct run *run, const struct probe_kind *kind, void *arg);

/* Ends the probes of an earlier attempt, and begins all. 0, or -errno: none has begun. */
int probes_begin(struct run *run);

/* After a look. Tells run->events about each probe that has ended. */
enum probe_state probes_step(struct run *run);

/* Ends all, in whatever state; the state can still be read. */
void probes_end(struct run *run);

/* The first that failed; NULL: none. */
const struct probe *probes_failed(const struct probes *p);

#endif
