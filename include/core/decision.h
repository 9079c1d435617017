/*
 * How the parts of decide() build a decision. Private to core/decide*.c and their tests. All pure.
 */
#ifndef CORE_DECISION_H
#define CORE_DECISION_H

#include "core/decide.h"

/* How long a master that has nothing left to do may take to leave, and an in-flight signal to reach
 * the workers. Not settings: nobody can know better values. The exploration counts in its own. */
#ifndef LEAVE_GRACE_US
#define LEAVE_GRACE_US 1000000u
#endif
#ifndef CALM_US
#define CALM_US 100000u
#endif

struct decision decision_wait(uint64_t until_us);
struct decision decision_act(enum action action);
struct decision decision_turn(enum fault fault);
struct decision decision_end(enum outcome outcome, enum fault fault);

/* Waits until the deadline; once it is reached, does what `late` says. */
struct decision wait_or(const struct history *h, uint64_t until_us, struct decision late);

uint64_t later(uint64_t a_us, uint64_t b_us);

/* When the present set of workers of the new generation has been watched for the settle time: since
 * the phase began, or since others had nginx start a new one. */
uint64_t settled_by_us(const struct ask *a, const struct history *h);

/* What had to be proven of the new generation is. */
bool is_proven(const struct facts *f, const struct ask *a);

/* An idle old master: when workers that were told to leave, by us or by a run that was killed, have
 * turned. Bounded, so that a master that is never idle for long does not hold us for ever. */
uint64_t calm_us(const struct ask *a, const struct history *h);

/* A busy old master: waits for it, then does what `late` says. */
struct decision await_old_idle(const struct ask *a, const struct history *h, struct decision late);

bool acted(const struct history *h, enum action action);

/* Forward: the old generation goes on to serve until QUIT, since WINCH would leave sockets to
 * nobody, or did so before this run brought its workers back. */
bool skips_winch(const struct facts *f, const struct history *h);

/* The time of the action in this run, else the begin of the run. */
uint64_t acted_or_began_us(const struct history *h, enum action action);

/* The time of the action, if it was in this phase, else the begin of the phase. */
uint64_t in_phase_us(const struct history *h, enum action action);

struct decision decide_forward(enum phase phase, const struct facts *f, const struct ask *a,
			       const struct history *h);
struct decision decide_back(enum phase phase, const struct facts *f, const struct ask *a,
			    const struct history *h);
struct decision decide_stop(const struct facts *f, const struct ask *a, const struct history *h);
struct decision decide_reload(enum phase phase, const struct facts *f, const struct ask *a,
			      const struct history *h);

/*
 * Whether this run has looked for what no look has seen, in this phase and after all that it did to
 * orphans; and whether that is to come before it does anything to them, so that nobody accepts for
 * as long as those that are known finish their clients.
 */
bool searched(const struct history *h);
bool searches_first(const struct history *h);

/* Looks fail: what to do while nothing is seen. */
struct decision decide_unseen(const struct ask *a, const struct history *h);

/* What becomes of an action that the system refuses: it is tried again, and given up in the end. */
struct decision decide_refused(struct decision d, const struct ask *a, const struct history *h);

/* Ends orphaned workers. Returns true while there is something to do or to wait for, in *ret. */
bool sweep_orphans(const struct generation_facts *g, const struct ask *a, const struct history *h,
		   struct decision *ret);

#endif
