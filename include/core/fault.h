/*
 * What nginx did though it should not, or did not do though it should. What the system refused is a
 * negative errno instead; the two are never mixed.
 */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include <stdbool.h>

/* clang-format off */
#define FAULTS(X)                                                                              \
	X(NONE,          "nothing went wrong")                                                 \
	X(NEW_GONE,      "the new master did not come up")                                     \
	X(NEW_HANGS,     "the new master hangs before its main loop")                          \
	X(NO_WORKERS,    "the new master has no worker that accepts connections")              \
	X(WORKERS_DIE,   "workers of the new generation die")                                  \
	X(FEW_WORKERS,   "the new master has fewer workers than the configuration asks for")   \
	X(OLD_BUSY,      "the old master does not answer signals")                             \
	X(OLD_STAYS,     "the workers of the old master did not stop accepting after WINCH")   \
	X(OLD_EMPTY,     "the old master does not start its workers again")                    \
	X(OLD_GONE,      "the old master is gone")                                             \
	X(TOO_LATE,      "the old master has already had QUIT and cannot come back")           \
	X(NEW_STAYS,     "the new master does not leave")                                      \
	X(STRAYS,        "processes of the new generation are left")                           \
	X(PID_FILE,      "the pid file could not be set right")                                \
	X(NOT_NAMED,     "the pid file does not name the new master")                          \
	X(ALL_GONE,      "no nginx master is left")                                            \
	X(STAYS,         "nginx does not stop")                                                \
	X(ACTION,        "an action was refused by the system")                                \
	X(UNSEEN,        "the system cannot be looked at")                                     \
	X(INTERRUPTED,   "interrupted")                                                        \
	X(STOP_ASKED,    "the service is being stopped")                                       \
	X(NOT_FOLLOWED,  "the service manager does not follow to the new master")              \
	X(WRONG_BINARY,  "the master that serves does not run the binary that was asked for")  \
	X(UNFINISHED,    "a handover is under way")                                            \
	X(MASTER_BUSY,   "the master has not dealt with its signals in time")                  \
	X(CONFIG_KEPT,   "nginx has kept its old configuration")                               \
	X(NO_RELOADED,   "no worker accepts connections after HUP")                            \
	X(BOTH_CONFIGS,  "workers with the old configuration do not stop accepting after HUP") \
	X(PROBE,         "the probe of the new generation failed")                             \
	X(NO_HOLD,       "the old master cannot be held")                                      \
	X(NOT_LED,       "new clients of HTTP/3 cannot be led to the new generation")
/* clang-format on */

#define FAULT_ENUM(name, text) FAULT_##name,
enum fault { FAULTS(FAULT_ENUM) FAULT_COUNT };
#undef FAULT_ENUM

/* One line without a full stop. */
const char *fault_text(enum fault fault);

/* Whether a longer START_TIMEOUT might help. */
bool fault_is_of_time(enum fault fault);

#endif
