/*
 * Every exit code of this program: its name here, its number, its word in the "end" event of
 * --json, and its text in the manual. The numbers stand nowhere else in C; tests/lint (exit_codes)
 * compares nginx-handover(8), nginx-handover.errors(7) and doc/events.schema.json with these
 * tables.
 *
 * The words and numbers are a contract with scripts: they are added to, and not changed.
 */
#ifndef OS_EXIT_CODE_H
#define OS_EXIT_CODE_H

/* clang-format off */

/* Of a command that acts. Up to 7 they are LSB's for init scripts; LSB leaves 150 to 199 to us. */
#define EXIT_CODES(X)                                                                            \
	X(FAILED,         1,   "failed",         "an operation failed, and no handover was begun") \
	X(USAGE,          2,   "usage",          "a mistake in the command, an option or a setting") \
	X(NOT_PRIVILEGED, 4,   "not_privileged", "no permission")                                 \
	X(NOT_INSTALLED,  5,   "not_installed",  "no nginx was found")                            \
	X(CONFIG,         6,   "configuration",  "nginx refuses the configuration")               \
	X(NOT_RUNNING,    7,   "not_running",    "nginx does not run")                            \
	X(UNDONE,         150, "undone",         "the handover failed and was undone")            \
	X(DRAINING,       151, "draining",       "handed over; old workers still finish their clients") \
	X(LOCKED,         152, "locked",         "another run is at work on this nginx")          \
	X(UNFINISHED,     153, "unfinished",     "an earlier handover is unfinished")             \
	X(REFUSED,        154, "refused",        "refused before any signal")                     \
	X(STUCK,          155, "stuck",          "neither way is safe")                           \
	X(HELD,           156, "held",           "held: the new generation serves, the old master waits") \
	X(UNREAD,         157, "unread",         "handed over, but the new master has UDP sockets that nobody reads")

/* Of "status": LSB's, and one more for --exit-code, which else takes those of EXIT_CODES. */
#define STATUS_CODES(X)                                                                          \
	X(RUNS,           0,   "running",        "nginx runs")                                    \
	X(DEAD_PID_FILE,  1,   "dead",           "nginx does not run, but its pid file is there") \
	X(NOT_RUNNING,    3,   "not_running",    "nginx does not run, or is not installed")       \
	X(UNKNOWN,        4,   "unknown",        "it is not known")                             \
	X(DUE,            158, "due",            "an upgrade is due")

/* Of "needed", which answers a question: what cannot be told has to differ from no. */
#define NEEDED_CODES(X)                                                                          \
	X(DUE,            0,   "due",            "an upgrade is due")                             \
	X(NOT_DUE,        1,   "not_due",        "no upgrade is due")                             \
	X(UNKNOWN,        4,   "unknown",        "it is not known")

/* Of "doctor", by the worst of what it found. */
#define DOCTOR_CODES(X)                                                                          \
	X(FINE,           0,   "fine",           "nothing was found")                             \
	X(ADVICE,         1,   "advice",         "something should be improved")                    \
	X(REFUSED,        2,   "would_be_refused", "an upgrade would be refused")

/* clang-format on */

#define EXIT_CODE_ENUM(name, number, word, text) EXIT_##name = number,
enum exit_code { EXIT_DONE = 0, EXIT_CODES(EXIT_CODE_ENUM) };
#undef EXIT_CODE_ENUM

#define STATUS_CODE_ENUM(name, number, word, text) STATUS_##name = number,
enum status_code { STATUS_CODES(STATUS_CODE_ENUM) };
#undef STATUS_CODE_ENUM

#define NEEDED_CODE_ENUM(name, number, word, text) NEEDED_##name = number,
enum needed_code { NEEDED_CODES(NEEDED_CODE_ENUM) };
#undef NEEDED_CODE_ENUM

#define DOCTOR_CODE_ENUM(name, number, word, text) DOCTOR_##name = number,
enum doctor_code { DOCTOR_CODES(DOCTOR_CODE_ENUM) };
#undef DOCTOR_CODE_ENUM

#endif
