/* Compares the answers of two generations, and describes the result. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nginx/config_servers.h"
#include "nginx/http_judge.h"
#include "nginx/http_requests.h"
#include "nginx/probe.h"

#define SLOW_US 1000000u

enum { SLOWER_TIMES = 5, TOO_MANY_REQUESTS = 429 };

enum rank { RANK_NONE, RANK_SERVER_ERROR, RANK_CLIENT_ERROR, RANK_GOOD };

static enum rank rank_of_answer(const struct http_answer *a)
{
	if (a->outcome != HTTP_ANSWERED)
		return RANK_NONE;
	if (a->status >= 500)
		return RANK_SERVER_ERROR;
	return a->status >= 400 ? RANK_CLIENT_ERROR : RANK_GOOD;
}

uint64_t http_limit_us(const struct http_answer *before)
{
	uint64_t limit_us = SLOWER_TIMES * before->took_us;

	return limit_us > SLOW_US ? limit_us : SLOW_US;
}

bool http_is_worse(const struct http_answer *before, const struct http_answer *after)
{
	if (before->outcome != HTTP_ANSWERED || after->outcome == HTTP_UNASKED ||
	    after->outcome == HTTP_UNSPOKEN)
		return false;
	if (after->outcome == HTTP_ANSWERED && after->status == TOO_MANY_REQUESTS)
		return false;
	return rank_of_answer(after) < rank_of_answer(before) || (after->cut && !before->cut) ||
	       after->took_us > http_limit_us(before);
}

/* "http://127.0.0.1:8080/ for a.example" */
static void request_text(const struct http_request *r, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s://%s/ for %s", r->tls ? "https" : "http", r->address,
		       r->host);
}

static const char *took_text(uint64_t us, char ret[32])
{
	if (us < 1000000)
		(void)snprintf(ret, 32, "%u ms", (unsigned)(us / 1000));
	else
		(void)snprintf(ret, 32, "%u.%u s", (unsigned)(us / 1000000),
			       (unsigned)(us / 100000 % 10));
	return ret;
}

static void answer_text(const struct http_answer *a, bool with_time, char *ret, size_t size)
{
	char took[32];

	switch (a->outcome) {
	case HTTP_ANSWERED:
		(void)snprintf(ret, size, "%u%s%s%s", a->status, a->cut ? " that breaks off" : "",
			       with_time ? " in " : "",
			       with_time ? took_text(a->took_us, took) : "");
		return;
	case HTTP_REFUSED: (void)snprintf(ret, size, "no connection"); return;
	case HTTP_CLOSED: (void)snprintf(ret, size, "closed without an answer"); return;
	case HTTP_SILENT:
		(void)snprintf(ret, size, "no answer in %s", took_text(a->took_us, took));
		return;
	case HTTP_NO_HTTP: (void)snprintf(ret, size, "an answer that is not HTTP"); return;
	case HTTP_UNTRUSTED:
		(void)snprintf(ret, size, "a certificate that is not to be trusted");
		return;
	case HTTP_UNSPOKEN: (void)snprintf(ret, size, "it takes curl, or a newer one"); return;
	case HTTP_UNASKED: break;
	}
	(void)snprintf(ret, size, "not asked");
}

static bool is_worse(const struct http_request *r)
{
	return r->tries && http_is_worse(&r->before, &r->after);
}

void http_worse_text(const struct http_requests *all, struct probe_text *ret)
{
	char what[HTTP_ADDRESS_MAX + CONFIG_NAME_MAX + 32], before[64], after[64];
	unsigned i, more = 0;
	size_t n = 0;

	ret->text[0] = '\0';
	for (i = 0; i < all->count; i++) {
		const struct http_request *r = &all->list[i];
		bool slow = r->after.outcome == HTTP_ANSWERED &&
			    r->after.took_us > http_limit_us(&r->before);

		if (!is_worse(r))
			continue;
		if (n > 400) {
			more++;
			continue;
		}
		request_text(r, what, sizeof(what));
		answer_text(&r->before, slow, before, sizeof(before));
		answer_text(&r->after, slow, after, sizeof(after));
		n += (size_t)snprintf(ret->text + n, sizeof(ret->text) - n,
				      "%s%s: %s before, %s now", n ? "; " : "", what, before,
				      after);
	}
	if (more)
		(void)snprintf(ret->text + n, sizeof(ret->text) - n, "; and %u more", more);
}

static unsigned count_answered_before(const struct http_requests *all)
{
	unsigned i, n = 0;

	for (i = 0; i < all->count; i++)
		n += all->list[i].before.outcome == HTTP_ANSWERED;
	return n;
}

static unsigned count_compared(const struct http_requests *all)
{
	unsigned i, n = 0;

	for (i = 0; i < all->count; i++) {
		const struct http_request *r = &all->list[i];

		n += r->before.outcome == HTTP_ANSWERED && r->after.outcome != HTTP_UNASKED;
	}
	return n;
}

void http_passed_text(const struct http_requests *all, struct probe_text *ret)
{
	unsigned can = count_answered_before(all), have = count_compared(all);

	if (!can)
		(void)snprintf(ret->text, sizeof(ret->text),
			       "nothing learned: no request had an answer before");
	else
		(void)snprintf(ret->text, sizeof(ret->text), "%u %s no worse than before%s", have,
			       have == 1 ? "answer is" : "answers are",
			       have < can ? "; for the others there was no time" : "");
}

/* The first requests that had no answer, and why. Returns the length. */
static size_t unanswered_text(const struct http_requests *all, char *ret, size_t size)
{
	char what[HTTP_ADDRESS_MAX + CONFIG_NAME_MAX + 32], why[64];
	unsigned i, more = 0;
	size_t n = 0;

	for (i = 0; i < all->count; i++) {
		const struct http_request *r = &all->list[i];

		if (r->before.outcome == HTTP_ANSWERED)
			continue;
		if (n > 300) {
			more++;
			continue;
		}
		request_text(r, what, sizeof(what));
		answer_text(&r->before, false, why, sizeof(why));
		n += (size_t)snprintf(ret + n, size - n, "%s%s (%s)", n ? ", " : "", what, why);
	}
	if (more)
		n += (size_t)snprintf(ret + n, size - n, " and %u more", more);
	return n;
}

void http_before_text(const struct http_requests *all, struct probe_text *ret)
{
	unsigned none = all->count - count_answered_before(all);
	size_t n = 0, size = sizeof(ret->text);
	char *text = ret->text;

	text[0] = '\0';
	if (!all->count) {
		(void)snprintf(text, size, "no server of http is known to be asked");
		return;
	}
	if (none) {
		n += (size_t)snprintf(text, size, "nothing can be learned from %u of %u: ", none,
				      all->count);
		n += unanswered_text(all, text + n, size - n);
	}
	if (all->left_out)
		n += (size_t)snprintf(text + n, size - n,
				      "%s%u more names or ports are not asked for", n ? "; " : "",
				      all->left_out);
	if (all->nameless)
		n += (size_t)snprintf(text + n, size - n,
				      "%s%u have no name that could be asked for", n ? "; " : "",
				      all->nameless);
	if (all->more)
		(void)snprintf(text + n, size - n,
			       "%snot all addresses of the configuration are known", n ? "; " : "");
}
