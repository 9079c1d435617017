/* The text about clients that were cut off: how many, of what kind, when, and whether the user had
 * asked for it. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/report_private.h"
#include "core/cut.h"
#include "core/run.h"
#include "nginx/clients.h"
#include "os/duration.h"
#include "os/error_text.h"
#include "ui/say.h"

/* A string that grows; what does not fit is dropped. */
struct text {
	char *at;
	size_t left;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(t->at, t->left, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= t->left)
		n = t->left ? (int)t->left - 1 : 0;
	t->at += n;
	t->left -= (size_t)n;
}

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static const char *were(unsigned n)
{
	return n == 1 ? "was" : "were";
}

/* "2 s", "300 ms": short where duration_text() would be exact. */
static const char *time_text(uint64_t us, char *ret, size_t size)
{
	if (us % USEC_PER_SEC == 0 && us < 60u * USEC_PER_SEC)
		(void)snprintf(ret, size, "%u s", (unsigned)(us / USEC_PER_SEC));
	else if (us % USEC_PER_MSEC == 0 && us < USEC_PER_SEC)
		(void)snprintf(ret, size, "%u ms", (unsigned)(us / USEC_PER_MSEC));
	else
		(void)duration_text(us, ret, size);
	return ret;
}

/*
 * How long the clients had. It is the drain timeout where they had about that: the signal comes a
 * little later.
 */
static uint64_t given_us(const struct run *run)
{
	uint64_t set_us = run->ask.drain_timeout_us;
	uint64_t after_us = run->cut.after_us;

	return after_us >= set_us && after_us - set_us < set_us / 10 + 500u * USEC_PER_MSEC
		       ? set_us
		       : after_us;
}

static void put_kinds(struct text *t, const struct clients *c)
{
	const char *comma = "";

	put(t, " (");
	if (c->tcp)
		put(t, "%u TCP", c->tcp);
	if (c->tcp)
		comma = ", ";
	if (c->local)
		put(t, "%s%u unix", comma, c->local);
	if (c->local)
		comma = ", ";
	if (c->udp)
		put(t, "%s%u UDP", comma, c->udp);
	if (c->behind)
		put(t, "; with %u connection%s to servers behind nginx", c->behind,
		    plural(c->behind));
	put(t, ")");
}

static void put_clients(struct text *t, const struct run *run, const char *as)
{
	const struct clients *c = &run->cut.clients;
	unsigned sum = c->tcp + c->local + c->udp;
	char time[32];

	if (!sum && !c->uncounted && !c->error)
		return;
	put(t, "; ");
	if (sum)
		put(t, "%u connection%s %s cut", sum, plural(sum), were(sum));
	else
		put(t, "connections may have been cut");
	if (given_us(run) >= USEC_PER_MSEC)
		put(t, " after %s", time_text(given_us(run), time, sizeof(time)));
	else
		put(t, " at once");
	put(t, "%s", run->cut.unasked ? "" : as);
	if (sum)
		put_kinds(t, c);
	if (c->uncounted)
		put(t,
		    "; clients of HTTP/3, if there were any, are cut, too, and cannot be counted");
	if (c->error)
		put(t, "; they could not all be counted: %s", error_text(-c->error));
}

/* What was not cut by our signals. */
static void put_others(struct text *t, const struct run *run)
{
	const struct cut *c = &run->cut;
	unsigned last = clients_sum(&c->last);
	char time[32];

	if (c->clients.waiting)
		put(t,
		    "; %u connection%s %s reset where the new generation does not listen: no worker had accepted %s",
		    c->clients.waiting, plural(c->clients.waiting), were(c->clients.waiting),
		    c->clients.waiting == 1 ? "it" : "them");
	if (c->shut_down)
		put(t,
		    "; %u connection%s %s cut by nginx itself after %s, as worker_shutdown_timeout says",
		    last, plural(last), were(last), time_text(c->shutdown_us, time, sizeof(time)));
	if (c->killed)
		put(t,
		    "; %u worker%s of the old generation %s killed by others or crashed, with the clients that %s had",
		    c->killed, plural(c->killed), were(c->killed), c->killed == 1 ? "it" : "they");
	if (c->left)
		put(t,
		    "; others have ended workers of the old generation, which had %u connection%s",
		    c->left, plural(c->left));
}

const char *report_cut(const struct run *run, const char *as, char *ret, size_t size)
{
	struct text t = {ret, size};

	ret[0] = '\0';
	put_clients(&t, run, as);
	put_others(&t, run);
	return ret;
}

unsigned report_cut_count(const struct run *run)
{
	const struct cut *c = &run->cut;

	return clients_sum(&c->clients) + (c->shut_down ? clients_sum(&c->last) : 0) + c->left;
}

enum say_level report_cut_level(const struct run *run, enum say_level usual)
{
	const struct cut *c = &run->cut;
	bool asked = !c->unasked && !c->clients.waiting && !c->killed && !c->left;

	return cut_any(c) && !asked && !run->summed_up && usual > SAY_WARNING ? SAY_WARNING : usual;
}
