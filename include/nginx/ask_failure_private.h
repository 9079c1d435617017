/* Explains why nginx gave no answer. Private to the files behind ask_nginx.h; each fills in
 * *why. */
#ifndef NGINX_ASK_FAILURE_PRIVATE_H
#define NGINX_ASK_FAILURE_PRIVATE_H

#include <stdint.h>

#include "nginx/ask_nginx.h"
#include "trust/door.h"
#include "trust/program.h"

/* nginx could not be run or did not end: door_finish() has returned `error` (-errno). */
void ask_explain_not_run(const struct program *program, int error, const struct door_result *r,
			 uint64_t timeout_us, struct ask_failure *why);

/* nginx ran, and ended with a failure. */
void ask_explain_end(const struct door_result *r, struct ask_failure *why);

/* The same, after a test of the configuration. */
void ask_explain_refusal(const struct door_result *r, struct ask_failure *why);

/* Turns a time-out into ASK_PIPE where nginx waited for this named pipe; "": it waited for none. */
void ask_explain_pipe(const char *pipe, struct ask_failure *why);

#endif
