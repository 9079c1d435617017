/* A test of the configuration by nginx itself, for configtest, start and reload. */
#ifndef COMMANDS_CONFIGTEST_H
#define COMMANDS_CONFIGTEST_H

#include "nginx/ask_nginx.h"

/*
 * Runs the test and removes the empty pid file that it may leave at pid_path. Prints nothing. 0:
 * nginx accepts the configuration; 1: it refuses it; -errno: the test could not be made. *why: see
 * config_test_finish(). The caller frees *t in each case.
 */
int configtest_run(struct config_test *t, const char *pid_path, struct ask_failure *why);

/*
 * The same for a caller who needs no more than t->took_us and t->scan.workers of the test: it
 * frees *t, prints nginx's warnings, and nothing else. Returns the exit code: 0: nginx accepts the
 * configuration; EXIT_CONFIG, EXIT_NOT_PRIVILEGED: nginx refuses it, and *why has nginx's own
 * words; any other: the test could not be made, and *why says what prevented it.
 */
int configtest_ask(struct config_test *t, const char *pid_path, struct ask_failure *why);

/* Whether the test runs without root's rights because the caller does not have them. */
bool configtest_by_ordinary_user(void);

/*
 * The exit code where nginx refuses the configuration: EXIT_NOT_PRIVILEGED where it only lacks
 * rights that the caller does not have (a low port, a file of root's), else EXIT_CONFIG.
 */
int configtest_refused_code(const struct ask_failure *why);

/* The exit code where the test could not be made. */
int configtest_failed_code(const struct ask_failure *why);

/* Prints nginx's warnings, one line each. */
void configtest_say_warnings(const struct config_warnings *w);

/*
 * Prints as an error that nginx refuses the configuration, or that the caller's user may not do
 * what it needs. `begin` is the begin of the sentence and ends with the name of the binary; `end`
 * follows nginx's words, before "What to do"; it may be "".
 */
void configtest_say_refused(const char *begin, const struct ask_failure *why, const char *end);

#endif
