/*
 * One request of TLS, or of HTTP/2 without it, by curl, as a user who is not root, where the master
 * is. A curl that is too old for an option of the request is as none: HTTP_UNSPOKEN.
 *
 *	http_curl_open -> (http_curl_begin -> http_curl_step, until it is over -> http_curl_end) ...
 *	-> http_curl_close
 */
#ifndef NGINX_HTTP_CURL_H
#define NGINX_HTTP_CURL_H

#include "nginx/http_requests.h"
#include "trust/door.h"

struct http_curl_tool {
	const struct subject *master;
	struct account account;
	bool as_account; /* else as the master */
	struct program program;
};

/* The master must live as long. False: there is no curl that could be executed. */
bool http_curl_open(const struct subject *master, struct http_curl_tool *ret);

/* Accepts one that could not be opened. */
void http_curl_close(struct http_curl_tool *t);

struct http_curl {
	struct actor actor;
	struct running running; /* pid 0: none */
	uint64_t began_us;
	uint64_t limit_us;
	struct door_result result;
};

/* As http_call_begin(). */
int http_curl_begin(struct http_curl *c, const struct http_curl_tool *t,
		    const struct http_request *r, uint64_t limit_us, struct http_answer *ret);

/* Whether it is over; then *ret is filled in. */
bool http_curl_step(struct http_curl *c, struct http_answer *ret);

/* Accepts one that is over, and one of zeros. */
void http_curl_end(struct http_curl *c);

/* What an exit code (EXIT CODES in curl(1)) and what it was told to write mean. */
void http_curl_answer(int exit_code, const char *text, struct http_answer *ret);

#endif
