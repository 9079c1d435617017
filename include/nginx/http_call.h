/*
 * One request of HTTP/1 over a connection of its own, without ever waiting.
 *
 *	http_place_open -> (http_call_begin -> http_call_step, until it is over -> http_call_end)
 *...
 *	-> http_place_close
 */
#ifndef NGINX_HTTP_CALL_H
#define NGINX_HTTP_CALL_H

#include "nginx/http_answer.h"
#include "nginx/http_place.h"
#include "nginx/http_requests.h"

struct http_call {
	int fd; /* -1: none */
	bool connected;
	size_t length;
	size_t sent;
	char text[CONFIG_NAME_MAX + 512];
	uint64_t began_us;
	uint64_t limit_us; /* until the headers */
	uint64_t headers_us;
	struct http_reader reader;
};

/*
 * 0, or -errno: nothing goes, and *ret says why: HTTP_REFUSED, or HTTP_UNASKED for an address that
 * is not this machine's, or a socket in a folder that others can write.
 */
int http_call_begin(struct http_call *c, const struct http_place *place,
		    const struct http_request *r, uint64_t limit_us, struct http_answer *ret);

/* Whether it is over; then *ret is filled in. */
bool http_call_step(struct http_call *c, struct http_answer *ret);

/* What poll(2) should wait for. */
short http_call_events(const struct http_call *c);

/* Accepts one that is over, and one of fd -1. */
void http_call_end(struct http_call *c);

#endif
