/* What configtest shares with reload. */
#ifndef COMMANDS_CONFIGTEST_H
#define COMMANDS_CONFIGTEST_H

#include "nginx/ask_nginx.h"

/*
 * Has the test made and removes its traces. Returns the exit code: 0 accepted; EXIT_CONFIG refused,
 * *why has nginx's own words; else it could not be asked, *why says what stood in the way. Says
 * nothing.
 */
int configtest_ask(struct config_test *t, const char *pid_path, struct ask_failure *why);

#endif
