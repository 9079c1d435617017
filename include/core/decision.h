/* The building blocks of decide(). Private to core/decide*.c and their tests. All are pure. */
#ifndef CORE_DECISION_H
#define CORE_DECISION_H

#include <stdint.h>

#include "core/decide.h"
#include "core/facts.h"
#include "core/fault.h"

/*
 * How long a master with nothing left to do may take to leave, and how long a signal may take to
 * reach the workers. No settings: nobody can know better values. The exploration counts in its own
 * units.
 */
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
struct decision decision_stuck(enum fault fault); /* the end OUTCOME_STUCK */

/* Waits until the deadline, and from then on returns `late`. */
struct decision wait_or(const struct history *h, uint64_t until_us, struct decision late);

uint64_t later(uint64_t a_us, uint64_t b_us);

/*
 * For how long the new generation is watched. Where new clients are led to it (steered), some
 * handshakes have begun with the old one just before, and QUIT would cut them (nginx:
 * ngx_quic_input_handler).
 */
uint64_t settle_time_us(bool steered, const struct ask *a);

/*
 * When the present workers of the new generation will have been watched for the settle time:
 * counted from the begin of the phase, or from when others had nginx start a new set.
 */
uint64_t settled_by_us(const struct facts *f, const struct ask *a, const struct history *h);

/* The probes of the new generation have passed, or none is wanted. */
bool is_proven(const struct facts *f, const struct ask *a);

/*
 * With an idle old master: by when workers that were told to leave, by this run or by one that was
 * killed, have reacted. Bounded, so that a master that is never idle for long does not block the
 * run.
 */
uint64_t calm_us(const struct ask *a, const struct history *h);

/* With a busy old master: waits for it to be idle; when that takes too long returns `late`. */
struct decision await_old_idle(const struct ask *a, const struct history *h, struct decision late);

bool acted(const struct history *h, enum action action);

/* Since the present phase was first seen. */
bool acted_in_phase(const struct history *h, enum action action);

/*
 * Forward without WINCH: the old generation serves until QUIT, because after WINCH nobody would
 * read some sockets, or did not before this run brought the old workers back.
 */
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
 * searched(): this run has searched for leftovers in this phase, and after its last signal to
 * orphans. searches_first(): the search is due before the first signal to orphans, so that no
 * process which was not found goes on accepting while the known ones finish their clients.
 */
bool searched(const struct history *h);
bool searches_first(const struct history *h);

/* What to do while looks fail. */
struct decision decide_unseen(const struct ask *a, const struct history *h);

/* Gives up an action that the system keeps refusing, after a time; until then it is tried again. */
struct decision decide_refused(struct decision d, const struct ask *a, const struct history *h);

/*
 * The functions below return true where *ret is the next decision. heals(): takes UDP sockets that
 * nobody reads out of use, once in each phase.
 */
bool heals(const struct facts *f, const struct ask *a, const struct history *h,
	   struct decision *ret);

/* SWITCH where it is due, without the alternatives of leads_to_new(). */
bool switches(const struct facts *f, const struct ask *a, const struct history *h,
	      struct decision *ret);

/*
 * Our program must lead new clients to the generation that stays, before the other one is told to
 * leave. Where it cannot it is detached before that; where that fails, too, the run turns back.
 */
bool leads_to_new(const struct facts *f, const struct ask *a, const struct history *h,
		  struct decision *ret);
bool leads_to_old(const struct facts *f, const struct ask *a, const struct history *h,
		  struct decision *ret);

/* Detaches our program, once in each phase. */
bool detaches(const struct facts *f, const struct ask *a, const struct history *h,
	      struct decision *ret);

/*
 * Our program stays attached at the end: old workers still have clients, and a process of ours
 * takes charge of the program.
 */
bool stays_attached(const struct facts *f, const struct ask *a);

/* What comes at each end: heals(), then detaches(). */
bool leaves_clean(const struct facts *f, const struct ask *a, const struct history *h,
		  struct decision *ret);

/* The action is done for HTTP/3 alone: where it is refused everything else is as without it. */
bool is_for_http3(enum action action);

/* Whether the run can do without this action, see ask_without(). */
bool is_spared(const struct ask *a, enum action action);

/* Ends orphaned workers. True while there is something to do or to wait for, which is *ret. */
bool sweep_orphans(const struct generation_facts *g, const struct ask *a, const struct history *h,
		   struct decision *ret);

#endif
