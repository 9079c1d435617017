/*
 * The history of one nginx: a text with a line for each handover, the last ones, and how many there
 * were of each result. Pure: no file is touched here; commands/history_file.h reads and writes it.
 *
 *	handovers 1
 *	all done=12 undone=1 cut=3
 *	13 seconds=1700000000 verb=upgrade from=1.18.0 to=1.22.1 result=done spawning_us=12000 ...
 *
 * A number that is 0 and a text that is empty are left out, and so are names that a reader does not
 * know: an earlier version reads what a later one has written.
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
	X(DONE,        "done")        /* and nothing is known to have been lost */         \
	X(HANDED_OVER, "handed_over") /* the same, but for clients that were */            \
	X(DRAINING,    "draining")    /* handed over; the old generation drains */         \
	X(HELD,        "held")        /* handed over; the old master waits as a way back */\
	X(UNDONE,      "undone")      /* it failed; the old generation serves */           \
	X(ROLLED_BACK, "rolled_back") /* likewise, as asked */                             \
	X(STOPPED,     "stopped")     /* the service was stopped in the middle */          \
	X(STUCK,       "stuck")

#define HANDOVER_NUMBERS(X)                                                                \
	X(seconds)   /* since 1970, by the machine's clock: when it ended */               \
	X(uid)       /* who asked */                                                       \
	X(code)      /* its exit code */                                                   \
	X(old_pid)   /* of the masters */                                                  \
	X(new_pid)   /* 0: there was none at the end */                                    \
	X(took_us)                                                                         \
	X(until_alone_us)/* from the begin until the new generation served alone; 0: never */  \
	X(cut)       /* connections that are known to have been cut */                     \
	X(trace)     /* 1: what each round saw and decided was kept */

#define HANDOVER_TEXTS(X)                                                                  \
	X(verb, 24)                                                                        \
	X(from, 65)    /* versions; "": not known */                                       \
	X(to, 65)                                                                          \
	X(path, 512)   /* of the binary */                                                 \
	X(reason, 512) /* why it was undone, or is stuck */

/* clang-format on */

enum {
	HANDOVERS_MAX = 64,       /* of more, the oldest is dropped */
	HANDOVER_TRACES_KEPT = 8, /* of the last ones */
	HANDOVERS_TEXT_MAX = HANDOVERS_MAX * 4096
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
	uint64_t all[HANDOVER_RESULT_COUNT]; /* since the record began, also those that were
						dropped */
	uint64_t cut;                        /* the same of connections */
	size_t count;
	struct handover list[HANDOVERS_MAX]; /* the oldest first */
};

const char *handover_result_word(enum handover_result result);

/* 0; -EBADMSG: it is not such a text. *ret is empty then. */
int handovers_parse(const char *text, size_t length, struct handovers *ret);

/* Writes the text and returns its length; ret has HANDOVERS_TEXT_MAX bytes. */
size_t handovers_text(const struct handovers *h, char *ret);

/* At the end, with the next number, which is returned. */
uint64_t handovers_add(struct handovers *h, const struct handover *one);

/* NULL: there is none, or it was dropped. */
const struct handover *handovers_find(const struct handovers *h, uint64_t number);

/* Whether its trace is still there. */
bool handovers_has_trace(const struct handovers *h, const struct handover *one);

#endif
