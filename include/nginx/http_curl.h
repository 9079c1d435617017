/*
 * One request over TLS, or of HTTP/2 without TLS, made by curl(1). It runs in the master's
 * namespaces and root, as a user who is not root. If there is no curl, or it is too old for an
 * option of the request, the outcome is HTTP_UNSPOKEN.
 *
 *	http_curl_open
 *	for each request: http_curl_begin -> http_curl_step, until it returns true -> http_curl_end
 *	http_curl_close
 */
#ifndef NGINX_HTTP_CURL_H
#define NGINX_HTTP_CURL_H

#include <stdint.h>

#include "nginx/http_requests.h"
#include "trust/account.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"
#include "trust/subject.h"

struct http_curl_tool {
	const struct subject *master;
	struct account account;
	bool as_account; /* run as `account`; false: as the master's user */
	struct program program;
};

/* *master must stay valid until the close. False: there is no curl that can be executed. */
bool http_curl_open(const struct subject *master, struct http_curl_tool *ret);

/* To be called also if it could not be opened. */
void http_curl_close(struct http_curl_tool *t);

struct http_curl {
	struct actor actor;
	struct running running; /* pid 0: none */
	uint64_t began_us;
	uint64_t limit_us;
	struct door_result result;
};

/* Starts curl. 0, or -errno: the call is over, and ret->outcome is HTTP_UNSPOKEN. */
int http_curl_begin(struct http_curl *c, const struct http_curl_tool *t,
		    const struct http_request *r, uint64_t limit_us, struct http_answer *ret);

/* Whether it is over; then *ret is filled in. */
bool http_curl_step(struct http_curl *c, struct http_answer *ret);

/* Ends curl if it still runs. May be called again, and on a zeroed one. */
void http_curl_end(struct http_curl *c);

/* The meaning of an exit code (EXIT CODES in curl(1)) and of what --write-out has printed. */
void http_curl_answer(int exit_code, const char *text, struct http_answer *ret);

#endif
