/*
 * Asks the old generation before a handover, and the new one while it serves alone, with the same
 * requests of HTTP, and compares. What is worse than before is asked again: only what is worse
 * three times is a failure, or twice where no answer came; but when all are worse, and three are
 * asked, that is enough.
 *
 *	requests filled -> probe_http_before -> (probe_http_begin -> probe_http_step ... ->
 *	probe_http_end) ... ; nothing is left to be freed
 *
 * A request that had no answer before tells nothing, and is not sent again.
 */
#ifndef NGINX_PROBE_HTTP_H
#define NGINX_PROBE_HTTP_H

#include "nginx/http_call.h"
#include "nginx/http_curl.h"
#include "nginx/probe.h"

enum { HTTP_SLOTS = 8, HTTP_TRIES = 3 };

struct probe_http {
	/* Inputs. */
	struct http_requests *requests;
	uint64_t
		timeout_us; /* of all requests after the handover; before it they have half of it */

	/* Of the pass that goes. */
	struct http_place place;
	bool is_open;
	bool after;
	uint64_t deadline_us;
	struct http_curl_tool tool;
	struct http_slot {
		struct http_request *request; /* NULL: it is free */
		bool by_curl;
		struct http_call call;
		struct http_curl curl;
	} slots[HTTP_SLOTS];
};

/* Waits until all have answered, or the time is over. 0; -EINTR: wake_fd is readable; -errno. */
int probe_http_before(struct probe_http *p, const struct subject *master,
		      const struct believed *believed, int wake_fd);

/* "12 requests have an answer; nothing can be learned from 3 ..." */
const char *probe_http_found(const struct probe_http *p, struct probe_text *ret);

/* Whether any answer is there to compare with. */
bool probe_http_any(const struct probe_http *p);

/* See nginx/probe.h; the master is the new one. */
int probe_http_begin(struct probe_http *p, const struct subject *master,
		     const struct believed *believed);
enum probe_state probe_http_step(struct probe_http *p, struct probe_text *ret);
void probe_http_end(struct probe_http *p);

#endif
