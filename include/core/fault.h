/*
 * What nginx did though it should not, or did not do though it should. What the system refused is a
 * negative errno instead; the two are never mixed.
 */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include <stdbool.h>

/*
 * Name, traits, text (one line without a full stop), and what is said after it in the place of
 * nginx's own words: a reason and what to do, or NULL. A row may stand anywhere: traces name it.
 */
/* clang-format off */
#define FAULTS(X) \
	X(NONE,         0,             "nothing went wrong", NULL) \
	X(NEW_GONE,     TIME | BINARY, "the new master did not come up", NULL) \
	X(NEW_HANGS,    TIME | BINARY, "the new master hangs before its main loop", NULL) \
	X(NO_WORKERS,   TIME | BINARY, "the new master has no worker that accepts connections", NULL) \
	X(WORKERS_DIE,  BINARY,        "workers of the new generation die", NULL) \
	X(FEW_WORKERS,  BINARY,        "the new master has fewer workers than the configuration asks for", NULL) \
	X(OLD_BUSY,     TIME,          "the old master does not answer signals", NULL) \
	X(OLD_STAYS,    TIME,          "the workers of the old master did not stop accepting after WINCH", NULL) \
	X(OLD_EMPTY,    TIME,          "the old master does not start its workers again", NULL) \
	X(OLD_GONE,     0,             "the old master is gone", NULL) \
	X(TOO_LATE,     0,             "the old master has already had QUIT and cannot come back", NULL) \
	X(NEW_STAYS,    0,             "the new master does not leave", NULL) \
	X(STRAYS,       0,             "processes of the new generation are left", NULL) \
	X(PID_FILE,     0,             "the pid file could not be set right", NULL) \
	X(NOT_NAMED,    0,             "the pid file does not name the new master", NULL) \
	X(ALL_GONE,     0,             "no nginx master is left", NULL) \
	X(STAYS,        0,             "nginx does not stop", NULL) \
	X(ACTION,       0,             "an action was refused by the system", NULL) \
	X(UNSEEN,       0,             "the system cannot be looked at", NULL) \
	X(INTERRUPTED,  0,             "interrupted", NULL) \
	X(STOP_ASKED,   0,             "the service is being stopped", NULL) \
	X(NOT_FOLLOWED, TIME,          "the service manager does not follow to the new master", NULL) \
	X(WRONG_BINARY, 0,             "the master that serves does not run the binary that was asked for", NULL) \
	X(UNFINISHED,   0,             "a handover is under way", NULL) \
	X(MASTER_BUSY,  TIME,          "the master has not dealt with its signals in time", NULL) \
	X(CONFIG_KEPT,  0,             "nginx has kept its old configuration", NULL) \
	X(NO_RELOADED,  TIME,          "no worker accepts connections after HUP", NULL) \
	X(BOTH_CONFIGS, TIME,          "workers with the old configuration do not stop accepting after HUP", NULL) \
	X(PROBE,        0,             "the probe of the new generation failed", NULL) \
	X(NO_HOLD,      0,             "the old master cannot be held", "its workers have to stay until the end, since sockets would be left to nobody (reuseport). What to do: upgrade without --hold (HOLD=)") \
	X(NOT_LED,      0,             "new clients of HTTP/3 cannot be led to the new generation", NULL)
/* clang-format on */

#define FAULT_ENUM(name, traits, text, advice) FAULT_##name,
enum fault { FAULTS(FAULT_ENUM) FAULT_COUNT };
#undef FAULT_ENUM

const char *fault_text(enum fault fault);

/* NULL: there is none. */
const char *fault_advice(enum fault fault);

/* TIME: a longer START_TIMEOUT might help. */
bool fault_is_of_time(enum fault fault);

/* BINARY: what was started does not work, and would not at the next start of nginx either. */
bool fault_is_of_binary(enum fault fault);

#endif
