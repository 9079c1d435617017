/*
 * The history of one nginx: a text with a line for each of the last handovers, and how many
 * handovers had each result. Pure: no file is touched here; core/handovers_file.h reads and writes
 * it.
 *
 *	handovers 1
 *	all done=12 undone=1 cut=3
 *	13 seconds=1700000000 verb=upgrade from=1.18.0 to=1.22.1 result=done spawning_us=12000 ...
 *
 * Numbers that are 0 and texts that are empty are left out. A reader ignores names that it does not
 * know, so that an earlier version can read the text of a later one.
 */
#ifndef CORE_HANDOVERS_H
#define CORE_HANDOVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide.h"

/* clang-format off */

/* How one ended. */
#define HANDOVER_RESULTS(X)                                                                \
	X(DONE,        "done")        /* no client is known to have been lost */           \
	X(HANDED_OVER, "handed_over") /* the same, but clients were lost */                \
	X(DRAINING,    "draining")    /* handed over; the old generation drains */         \
	X(HELD,        "held")        /* handed over; the old master waits as a way back */\
	X(UNDONE,      "undone")      /* it failed; the old generation serves */           \
	X(ROLLED_BACK, "rolled_back") /* the old generation serves, as asked */            \
	X(STOPPED,     "stopped")     /* the service was stopped in the middle */          \
	X(STUCK,       "stuck")                                                            \
	X(RESTARTED,   "restarted")   /* no handover: stopped, and started with another build */ \
	X(KILLED,      "killed")      /* the run was killed, or the machine went down */   \
	X(BEGUN,       "begun")       /* under way; without a run that works on it: killed */

#define HANDOVER_NUMBERS(X)                                                                \
	X(seconds)   /* since 1970, by the machine's clock: its end, or else its begin */  \
	X(uid)       /* of the user who asked for it */                                    \
	X(code)      /* its exit code */                                                   \
	X(old_pid)   /* of the old master */                                               \
	X(new_pid)   /* of the new master; 0: there was none at the end */                 \
	X(took_us)                                                                         \
	X(until_alone_us)/* from the begin until the new generation served alone; 0: never */  \
	X(cut)       /* connections that are known to have been cut */                     \
	X(held_until)/* since 1970: the end of the hold, as planned */                     \
	X(trace)     /* 1: its trace was kept */

#define HANDOVER_TEXTS(X)                                                                  \
	X(verb, 24)                                                                        \
	X(from, 65)    /* versions; "": not known */                                       \
	X(to, 65)                                                                          \
	X(path, 512)   /* of the binary */                                                 \
	X(reason, 768) /* why it was undone, or is stuck */

/* clang-format on */

enum {
	HANDOVERS_MAX = 64,       /* beyond that the oldest is dropped */
	HANDOVER_TRACES_KEPT = 8, /* of the last handovers */
	HANDOVERS_TEXT_MAX = HANDOVERS_MAX * 5120
};

#define HANDOVER_RESULT_ENUM(name, word) HANDOVER_##name,
enum handover_result { HANDOVER_RESULTS(HANDOVER_RESULT_ENUM) HANDOVER_RESULT_COUNT };
#undef HANDOVER_RESULT_ENUM

struct handover {
	uint64_t number; /* from 1 on */
	enum handover_result result;
#define HANDOVER_NUMBER(name)     uint64_t name;
#define HANDOVER_TEXT(name, size) char name[size];
	HANDOVER_NUMBERS(HANDOVER_NUMBER)
	HANDOVER_TEXTS(HANDOVER_TEXT)
#undef HANDOVER_NUMBER
#undef HANDOVER_TEXT
	uint64_t passed_us[PHASE_COUNT]; /* in each phase */
};

struct handovers {
	uint64_t all[HANDOVER_RESULT_COUNT]; /* since the history began, including dropped ones */
	uint64_t cut;                        /* connections cut, over the same time */
	size_t count;
	struct handover list[HANDOVERS_MAX]; /* the oldest first */
};

const char *handover_result_word(enum handover_result result);

/* 0; -EBADMSG: the text is not a history, and *ret is empty. */
int handovers_parse(const char *text, size_t length, struct handovers *ret);

/* Writes the text and returns its length; ret has HANDOVERS_TEXT_MAX bytes. */
size_t handovers_text(const struct handovers *h, char *ret);

/*
 * Adds one at the end, and returns the number that it gets. A handover that has begun is not
 * counted yet. If the one before it has begun and not ended, it was killed.
 */
uint64_t handovers_add(struct handovers *h, const struct handover *one);

/*
 * Ends the last handover, which must have this number and be begun: *one takes its place and gets
 * its number. NULL: no handover came of it, and it is removed. False: it is not there any more.
 */
bool handovers_end(struct handovers *h, uint64_t number, const struct handover *one);

/* Marks the last handover as killed if it is begun. The caller knows that its run was killed. */
void handovers_end_killed(struct handovers *h);

/* The last handover that has ended. NULL: none has. */
const struct handover *handovers_last_ended(const struct handovers *h);

/* The handover of that number. NULL: there is none, or it was dropped. */
const struct handover *handovers_find(const struct handovers *h, uint64_t number);

/* Whether its trace is still there. */
bool handovers_has_trace(const struct handovers *h, const struct handover *one);

#endif
