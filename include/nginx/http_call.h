/*
 * One request of HTTP/1 over a connection of its own. No call waits.
 *
 *	http_place_open
 *	for each request: http_call_begin -> http_call_step, until it returns true -> http_call_end
 *	http_place_close
 */
#ifndef NGINX_HTTP_CALL_H
#define NGINX_HTTP_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "nginx/config_servers.h"
#include "nginx/http_answer.h"
#include "nginx/http_place.h"
#include "nginx/http_requests.h"

struct http_call {
	int fd; /* -1: none */
	bool connected;
	size_t length; /* of the request */
	size_t sent;
	char text[CONFIG_NAME_MAX + 512]; /* the request */
	uint64_t began_us;
	uint64_t limit_us;   /* the headers must be there within this time */
	uint64_t headers_us; /* when they were; 0: not yet */
	struct http_reader reader;
};

/*
 * Begins to connect. 0, or -errno: the call is over, and ret->outcome is HTTP_REFUSED, or
 * HTTP_UNASKED for an address of another machine, or a socket in a folder that others can write to.
 */
int http_call_begin(struct http_call *c, const struct http_place *place,
		    const struct http_request *r, uint64_t limit_us, struct http_answer *ret);

/* Sends and reads what it can. Whether the call is over; then *ret is filled in. */
bool http_call_step(struct http_call *c, struct http_answer *ret);

/* The events for which poll(2) should wait before the next step. */
short http_call_events(const struct http_call *c);

/* Closes the connection. May be called again, and on one with fd -1. */
void http_call_end(struct http_call *c);

#endif
