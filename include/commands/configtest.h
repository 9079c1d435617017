/* What configtest shares with reload. */
#ifndef COMMANDS_CONFIGTEST_H
#define COMMANDS_CONFIGTEST_H

#include "nginx/ask_nginx.h"

/*
 * Has the test made and removes its traces. Returns the exit code: 0 accepted; EXIT_CONFIG or
 * EXIT_NOT_PRIVILEGED: *why has nginx's own words; else it could not be asked, *why says what stood
 * in the way. Says nothing but nginx's warnings.
 */
int configtest_ask(struct config_test *t, const char *pid_path, struct ask_failure *why);

/* Whether what is refused may be for want of root's rights. */
bool configtest_by_ordinary_user(void);

/* The code for a refusal: that nginx may not do something as whoever calls is not its fault. */
int configtest_refused_code(const struct ask_failure *why);

/* The same where it could not be asked. */
int configtest_failed_code(const struct ask_failure *why);

/* What nginx warns of, each line as its own. */
void configtest_say_warnings(const struct config_warnings *w);

/* "nginx refuses the configuration: ...", or that the caller's user may not; behind `begin`, with
 * `end` and what to do. */
void configtest_say_refused(const char *begin, const struct ask_failure *why, const char *end);

#endif
