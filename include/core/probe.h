/*
 * The probes of a run (nginx/probe.h says what one is). Who builds the run adds those that are
 *asked for, each of a kind; the rest is drive()'s: ACT_PROBE begins them all, each look steps those
 *that go, and what ends the run, or turns it back, ends them.
 *
 *	probes_add ... -> probes_begin -> probes_step ... -> probes_end
 *
 * One that fails is enough for PROBE_FAILED; PROBE_PASSED is when all of them have passed.
 */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <stdint.h>

#include "nginx/probe.h"

struct run;

/*
 * `arg` is what probes_add() was given: the kind's own state, whose owner is the caller of that. A
 * probe that picks up nothing of an earlier one may be begun anew after its end.
 */
struct probe_kind {
	const char *name; /* for people and --json: "accept" */
	/* Both generations are in run->world, as of the last look. 0 or -errno, and then it is not
	 * begun: it is tried again, as any action of decide.h. */
	int (*begin)(void *arg, const struct run *run);
	/* Never waits, and keeps a deadline of its own. Fills *ret where there is something to say;
	 * it is "" before. Not called any more once it is not PROBE_GOING. */
	enum probe_state (*step)(void *arg, const struct run *run, struct probe_text *ret);
	/* Nothing of it is left then: no process, no socket. Called at most once a begin, whatever
	 * it has come to. */
	void (*end)(void *arg);
	/* NULL, or: what it wrote, line by line, as it is, to be shown when it has failed. */
	const char *(*said)(const void *arg);
};

struct probe {
	const struct probe_kind *kind;
	void *arg;
	enum probe_state state;
	uint64_t began_us;
	uint64_t took_us; /* when it is not PROBE_GOING any more */
	struct probe_text text;
};

enum { PROBES_MAX = 4 };

struct probes {
	struct probe list[PROBES_MAX];
	unsigned count;
};

/* Also sets run->ask.prove: there is something to be proven. */
void probes_add(struct run *run, const struct probe_kind *kind, void *arg);

/* Those of before are ended. 0 or -errno: none has been begun. */
int probes_begin(struct run *run);

/* After a look. Tells run->events of each that comes to its end. */
enum probe_state probes_step(struct run *run);

/* In whatever state they are; that stays to be read. */
void probes_end(struct run *run);

/* The first that failed; NULL: none. */
const struct probe *probes_failed(const struct probes *p);

#endif
