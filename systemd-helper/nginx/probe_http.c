/* Makes the requests, some of them at a time, and judges the answers. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "nginx/http_call.h"
#include "nginx/http_curl.h"
#include "nginx/http_judge.h"
#include "nginx/http_place.h"
#include "nginx/http_requests.h"
#include "nginx/probe.h"
#include "nginx/probe_http.h"
#include "os/clock.h"
#include "trust/path.h"
#include "trust/program.h"
#include "trust/subject.h"

/* The pause before a request is tried again: something may have been about to start. */
#define AGAIN_US 200000u

/* How often to look whether curl has ended. */
#define CURL_LOOK_US 2000u

static bool wants_curl(const struct http_request *q)
{
	return q->tls || q->http2;
}

/* A pass to the new generation uses what the first one has found out: whether the certificate can
 * be checked. */
static void open_requests(struct probe_http *p)
{
	unsigned i;

	for (i = 0; i < p->requests->count; i++) {
		struct http_request *q = &p->requests->list[i];
		bool asked = !p->after || q->before.outcome == HTTP_ANSWERED;

		q->state = asked ? HTTP_WAITING : HTTP_DONE;
		q->strict = p->after ? q->strict : q->tls;
		q->tries = 0;
		q->not_before_us = 0;
		memset(p->after ? &q->after : &q->before, 0, sizeof(q->before));
	}
}

/* Looks for curl only if a request needs it. If there is none, these requests say so. */
static void open_tool(struct probe_http *p, const struct subject *master)
{
	static const struct program none = PROGRAM_NONE;
	unsigned i;

	p->tool.program = none;
	for (i = 0; i < p->requests->count; i++) {
		if (!wants_curl(&p->requests->list[i]))
			continue;
		(void)http_curl_open(master, &p->tool);
		return;
	}
}

static int open_pass(struct probe_http *p, const struct subject *master,
		     const struct believed *believed, bool after)
{
	unsigned i;
	int r = http_place_open(master, believed, &p->place);

	if (r < 0)
		return r;
	p->is_open = true;
	p->after = after;
	p->deadline_us = clock_us() + (after ? p->timeout_us : p->timeout_us / 2);
	for (i = 0; i < HTTP_SLOTS; i++)
		p->slots[i].request = NULL;
	open_requests(p);
	open_tool(p, master);
	return 0;
}

/* A request that got no answer has waited long already, so it has one try less. */
static unsigned tries_of(const struct http_answer *a)
{
	return a->outcome == HTTP_SILENT ? HTTP_TRIES - 1 : HTTP_TRIES;
}

/* Whether all requests are worse, and there are enough: then another try would not help. */
static bool none_is_good(const struct probe_http *p)
{
	unsigned i, worse = 0;

	for (i = 0; i < p->requests->count; i++) {
		const struct http_request *q = &p->requests->list[i];

		if (q->before.outcome != HTTP_ANSWERED)
			continue;
		if (!q->tries)
			return false;
		worse++;
	}
	return worse >= HTTP_TRIES;
}

/* Takes the result of a request. True: it is a failure, as it was worse for the last time. */
static bool take_answer(struct probe_http *p, struct http_request *q, const struct http_answer *a)
{
	*(p->after ? &q->after : &q->before) = *a;
	q->state = HTTP_DONE;
	/* A server may have a certificate that is not trusted. Then it is not checked, now and
	 * later. */
	if (!p->after && q->strict && a->outcome == HTTP_UNTRUSTED) {
		q->strict = false;
		q->state = HTTP_WAITING;
	}
	if (!p->after || !http_is_worse(&q->before, a))
		return false;
	if (++q->tries >= tries_of(a) || none_is_good(p))
		return true;
	q->state = HTTP_WAITING;
	q->not_before_us = clock_us() + AGAIN_US;
	return false;
}

static struct http_request *next_request(struct probe_http *p)
{
	uint64_t now_us = clock_us();
	unsigned i;

	for (i = 0; i < p->requests->count; i++) {
		struct http_request *q = &p->requests->list[i];

		if (q->state == HTTP_WAITING && q->not_before_us <= now_us)
			return q;
	}
	return NULL;
}

static int begin_request(struct probe_http *p, struct http_slot *slot, const struct http_request *q,
			 struct http_answer *ret)
{
	uint64_t limit_us = p->after ? http_limit_us(&q->before) : p->timeout_us / 2;

	slot->by_curl = wants_curl(q);
	return slot->by_curl ? http_curl_begin(&slot->curl, &p->tool, q, limit_us, ret)
			     : http_call_begin(&slot->call, &p->place, q, limit_us, ret);
}

static bool step_request(struct http_slot *slot, struct http_answer *ret)
{
	return slot->by_curl ? http_curl_step(&slot->curl, ret) : http_call_step(&slot->call, ret);
}

static void end_request(struct http_slot *slot)
{
	if (slot->request && slot->by_curl)
		http_curl_end(&slot->curl);
	else if (slot->request)
		http_call_end(&slot->call);
	slot->request = NULL;
}

/* Begins requests in this slot until one of them is under way. True: one is a failure. */
static bool begin_next(struct probe_http *p, struct http_slot *slot)
{
	struct http_request *q;

	while ((q = next_request(p))) {
		struct http_answer a;

		if (begin_request(p, slot, q, &a) == 0) {
			q->state = HTTP_GOING;
			slot->request = q;
			return false;
		}
		if (take_answer(p, q, &a))
			return true;
	}
	return false;
}

/* True: a request is a failure. */
static bool step_all(struct probe_http *p)
{
	struct http_answer a;
	unsigned i;

	for (i = 0; i < HTTP_SLOTS; i++) {
		struct http_slot *slot = &p->slots[i];
		struct http_request *q = slot->request;

		if (q && step_request(slot, &a)) {
			end_request(slot);
			if (take_answer(p, q, &a))
				return true;
		}
		if (!slot->request && begin_next(p, slot))
			return true;
	}
	return false;
}

static bool is_over(const struct probe_http *p)
{
	unsigned i;

	for (i = 0; i < p->requests->count; i++) {
		if (p->requests->list[i].state != HTTP_DONE)
			return false;
	}
	return true;
}

/* The time is over. A request counts as unanswered if it has waited for a second and twice as long
 * as before. */
static void give_up(struct probe_http *p)
{
	unsigned i;

	for (i = 0; i < HTTP_SLOTS; i++) {
		struct http_slot *slot = &p->slots[i];
		struct http_request *q = slot->request;
		struct http_answer a = {HTTP_SILENT, 0, false, 0};

		if (!q)
			continue;
		a.took_us =
			clock_us() - (slot->by_curl ? slot->curl.began_us : slot->call.began_us);
		if (p->after && (a.took_us < 1000000 || a.took_us < 2 * q->before.took_us))
			continue;
		(void)take_answer(p, q, &a);
	}
}

void probe_http_end(struct probe_http *p)
{
	unsigned i;

	if (!p->is_open)
		return;
	for (i = 0; i < HTTP_SLOTS; i++)
		end_request(&p->slots[i]);
	http_curl_close(&p->tool);
	http_place_close(&p->place);
	p->is_open = false;
}

/* Waits until one of the slots has something to do, or for the deadline. The end of a curl is an
 * event only where there are pidfds, so it is looked for now and then. */
static int wait_for_slots(struct probe_http *p, int wake_fd)
{
	struct pollfd fds[HTTP_SLOTS + 1];
	uint64_t now_us = clock_us();
	uint64_t wait_us = p->deadline_us > now_us ? p->deadline_us - now_us : 0;
	struct timespec timeout;
	unsigned i;

	for (i = 0; i < HTTP_SLOTS; i++) {
		const struct http_slot *slot = &p->slots[i];

		fds[i].fd = -1;
		fds[i].events = POLLIN;
		if (slot->request && slot->by_curl) {
			wait_us = wait_us < CURL_LOOK_US ? wait_us : CURL_LOOK_US;
		} else if (slot->request) {
			fds[i].fd = slot->call.fd;
			fds[i].events = http_call_events(&slot->call);
		}
	}
	fds[HTTP_SLOTS].fd = wake_fd;
	fds[HTTP_SLOTS].events = POLLIN;
	timeout = clock_timespec(wait_us);
	return ppoll(fds, HTTP_SLOTS + 1, &timeout, NULL) > 0 && fds[HTTP_SLOTS].revents ? -EINTR
											 : 0;
}

int probe_http_before(struct probe_http *p, const struct subject *master,
		      const struct believed *believed, int wake_fd)
{
	int r = open_pass(p, master, believed, false);

	if (r < 0)
		return r;
	for (;;) {
		(void)step_all(p);
		if (is_over(p) || clock_us() >= p->deadline_us)
			break;
		r = wait_for_slots(p, wake_fd);
		if (r < 0)
			break;
	}
	give_up(p);
	probe_http_end(p);
	return r;
}

const char *probe_http_found(const struct probe_http *p, struct probe_text *ret)
{
	http_before_text(p->requests, ret);
	return ret->text;
}

bool probe_http_any(const struct probe_http *p)
{
	unsigned i;

	for (i = 0; i < p->requests->count; i++) {
		if (p->requests->list[i].before.outcome == HTTP_ANSWERED)
			return true;
	}
	return false;
}

int probe_http_begin(struct probe_http *p, const struct subject *master,
		     const struct believed *believed)
{
	return open_pass(p, master, believed, true);
}

enum probe_state probe_http_step(struct probe_http *p, struct probe_text *ret)
{
	bool failed = step_all(p);

	if (!failed && !is_over(p)) {
		if (clock_us() < p->deadline_us)
			return PROBE_GOING;
		give_up(p);
	}
	http_worse_text(p->requests, ret);
	if (ret->text[0])
		return PROBE_FAILED;
	http_passed_text(p->requests, ret);
	return PROBE_PASSED;
}
