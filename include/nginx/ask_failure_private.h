/* How the files behind ask_nginx.h explain why an answer could not be had. */
#ifndef NGINX_ASK_FAILURE_PRIVATE_H
#define NGINX_ASK_FAILURE_PRIVATE_H

#include "nginx/ask_nginx.h"

/* door_finish() has returned that error. */
void ask_explain_not_run(const struct program *program, int error, const struct door_result *r,
			 uint64_t timeout_us, struct ask_failure *why);

/* It ran, and ended with a failure. */
void ask_explain_end(const struct door_result *r, struct ask_failure *why);

/* The same of a test of the configuration. */
void ask_explain_refusal(const struct door_result *r, struct ask_failure *why);

/* What timed out waits for this named pipe; "": for none. */
void ask_explain_pipe(const char *pipe, struct ask_failure *why);

#endif
