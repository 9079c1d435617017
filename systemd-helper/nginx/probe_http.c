/* Sends the requests, some at a time, and judges what comes back. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "nginx/http_judge.h"
#include "nginx/probe_http.h"
#include "os/clock.h"

/* Before what is worse than before is asked again: something may have been just about to start. */
#define AGAIN_US 300000u

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
	for (i = 0; i < HTTP_CALLS; i++) {
		p->calls[i].fd = -1;
		p->of[i] = NULL;
	}
	for (i = 0; i < p->requests->count; i++) {
		struct http_request *q = &p->requests->list[i];
		bool asked = !after || q->before.outcome == HTTP_ANSWERED;

		q->state = asked ? HTTP_WAITING : HTTP_DONE;
		q->tries = 0;
		q->not_before_us = 0;
		memset(after ? &q->after : &q->before, 0, sizeof(q->before));
	}
	return 0;
}

/* TLS, and HTTP/2 without it, are not spoken here. */
static bool is_spoken(const struct http_request *q)
{
	return !q->tls && !q->http2;
}

/* An answer, or what came in its place. True: it is worse for the last time. */
static bool take(struct probe_http *p, struct http_request *q, const struct http_answer *a)
{
	*(p->after ? &q->after : &q->before) = *a;
	q->state = HTTP_DONE;
	if (!p->after || !http_is_worse(&q->before, a))
		return false;
	if (++q->tries == HTTP_TRIES)
		return true;
	q->state = HTTP_WAITING;
	q->not_before_us = clock_us() + AGAIN_US;
	return false;
}

static struct http_request *next(struct probe_http *p)
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

/* Fills the call with requests until one of them goes. */
static bool begin_next(struct probe_http *p, unsigned slot)
{
	struct http_request *q;

	while ((q = next(p))) {
		struct http_answer a = {HTTP_UNASKED, 0, false, 0};
		uint64_t limit_us = p->after ? http_limit_us(&q->before) : p->timeout_us;

		if (is_spoken(q) &&
		    http_call_begin(&p->calls[slot], &p->place, q, limit_us, &a) == 0) {
			q->state = HTTP_GOING;
			p->of[slot] = q;
			return false;
		}
		if (take(p, q, &a))
			return true;
	}
	return false;
}

/* True: a request is worse for the last time. */
static bool step_all(struct probe_http *p)
{
	struct http_answer a;
	unsigned i;

	for (i = 0; i < HTTP_CALLS; i++) {
		if (p->of[i] && http_call_step(&p->calls[i], &a)) {
			struct http_request *q = p->of[i];

			http_call_end(&p->calls[i]);
			p->of[i] = NULL;
			if (take(p, q, &a))
				return true;
		}
		if (!p->of[i] && begin_next(p, i))
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

/* The time is over. One that has waited twice as long as before, and a second, has no answer. */
static void give_up(struct probe_http *p)
{
	unsigned i;

	for (i = 0; i < HTTP_CALLS; i++) {
		struct http_request *q = p->of[i];
		struct http_answer a = {HTTP_SILENT, 0, false, 0};

		if (!q)
			continue;
		a.took_us = clock_us() - p->calls[i].began_us;
		if (p->after && (a.took_us < 1000000 || a.took_us < 2 * q->before.took_us))
			continue;
		(void)take(p, q, &a);
	}
}

void probe_http_end(struct probe_http *p)
{
	unsigned i;

	if (!p->is_open)
		return;
	for (i = 0; i < HTTP_CALLS; i++) {
		http_call_end(&p->calls[i]);
		p->of[i] = NULL;
	}
	http_place_close(&p->place);
	p->is_open = false;
}

/* Until one of the calls has something, or the deadline. */
static int await(struct probe_http *p, int wake_fd)
{
	struct pollfd fds[HTTP_CALLS + 1];
	uint64_t now_us = clock_us();
	struct timespec timeout;
	unsigned i;

	for (i = 0; i < HTTP_CALLS; i++) {
		fds[i].fd = p->of[i] ? p->calls[i].fd : -1;
		fds[i].events = p->of[i] ? http_call_events(&p->calls[i]) : 0;
	}
	fds[HTTP_CALLS].fd = wake_fd;
	fds[HTTP_CALLS].events = POLLIN;
	timeout = clock_timespec(p->deadline_us > now_us ? p->deadline_us - now_us : 0);
	return ppoll(fds, HTTP_CALLS + 1, &timeout, NULL) > 0 && fds[HTTP_CALLS].revents ? -EINTR
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
		r = await(p, wake_fd);
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
