/*
 * Makes the same HTTP requests to the old generation before a handover and to the new one while it
 * serves alone, and compares the answers. A request whose answer is worse than before is tried
 * again. It is a failure if it is worse three times, or twice if no answer came. If all requests
 * are worse, and there are at least three, that is a failure at once.
 *
 *	fill in requests -> probe_http_before
 *	for each probe: probe_http_begin -> probe_http_step ... -> probe_http_end
 *
 * After that nothing has to be freed. A request that had no answer before proves nothing, and is
 * not sent to the new generation.
 */
#ifndef NGINX_PROBE_HTTP_H
#define NGINX_PROBE_HTTP_H

#include <stdint.h>

#include "nginx/http_call.h"
#include "nginx/http_curl.h"
#include "nginx/http_place.h"
#include "nginx/http_requests.h"
#include "nginx/probe.h"
#include "trust/path.h"
#include "trust/subject.h"

enum { HTTP_SLOTS = 8, HTTP_TRIES = 3 };

struct probe_http {
	/* Inputs. */
	struct http_requests *requests;
	uint64_t
		timeout_us; /* for all requests to the new generation; the old one has half of it */

	/* Private: the present pass. */
	struct http_place place;
	bool is_open;
	bool after; /* to the new generation */
	uint64_t deadline_us;
	struct http_curl_tool tool;
	struct http_slot {
		struct http_request *request; /* NULL: it is free */
		bool by_curl;
		struct http_call call;
		struct http_curl curl;
	} slots[HTTP_SLOTS];
};

/* Asks the old generation. Waits until all requests are answered or the time is over. 0; -EINTR:
 * wake_fd is readable; or another -errno. */
int probe_http_before(struct probe_http *p, const struct subject *master,
		      const struct believed *believed, int wake_fd);

/* As http_before_text(). Returns ret->text. */
const char *probe_http_found(const struct probe_http *p, struct probe_text *ret);

/* Whether there is an answer of the old generation to compare with. */
bool probe_http_any(const struct probe_http *p);

/* See nginx/probe.h. The master is the new one. */
int probe_http_begin(struct probe_http *p, const struct subject *master,
		     const struct believed *believed);
enum probe_state probe_http_step(struct probe_http *p, struct probe_text *ret);
void probe_http_end(struct probe_http *p);

#endif
