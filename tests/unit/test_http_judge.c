/* What is worse than before, and how it is said. */
#include "nginx/http_judge.h"
#include "tap.h"

static struct http_answer answer(enum http_outcome outcome, unsigned status, unsigned ms)
{
	struct http_answer a = {outcome, status, false, ms * 1000ull};

	return a;
}

static void compare(unsigned before, unsigned before_ms, unsigned after, unsigned after_ms,
		    bool worse)
{
	struct http_answer b = answer(HTTP_ANSWERED, before, before_ms);
	struct http_answer a = answer(HTTP_ANSWERED, after, after_ms);
	char what[64];

	(void)snprintf(what, sizeof(what), "%u in %u ms, %u in %u ms", before, before_ms, after,
		       after_ms);
	same_number(http_is_worse(&b, &a), worse, what);
}

static void by_status(void)
{
	compare(200, 1, 200, 1, false);
	compare(200, 1, 301, 1, false);
	compare(301, 1, 200, 1, false);
	compare(200, 1, 404, 1, true);
	compare(302, 1, 403, 1, true);
	compare(404, 1, 200, 1, false);
	compare(404, 1, 401, 1, false);
	compare(404, 1, 500, 1, true);
	compare(200, 1, 502, 1, true);
	compare(502, 1, 500, 1, false);
	compare(502, 1, 200, 1, false);
	compare(200, 1, 429, 1, false);
	compare(502, 1, 429, 1, false);
}

static void by_time(void)
{
	compare(200, 1, 200, 999, false);
	compare(200, 1, 200, 1000, false);
	compare(200, 1, 200, 1001, true);
	compare(200, 300, 200, 1500, false);
	compare(200, 300, 200, 1501, true);
	compare(502, 1, 502, 2000, true);
}

static void without_an_answer(void)
{
	static const enum http_outcome none[] = {HTTP_REFUSED, HTTP_CLOSED, HTTP_SILENT,
						 HTTP_NO_HTTP, HTTP_UNTRUSTED};
	struct http_answer good = answer(HTTP_ANSWERED, 200, 1);
	struct http_answer bad = answer(HTTP_ANSWERED, 502, 1);
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct http_answer a = answer(none[i], 0, 1);

		ok(http_is_worse(&good, &a), "no answer after one");
		ok(http_is_worse(&bad, &a), "nor after an error");
		ok(!http_is_worse(&a, &good), "one after none");
		ok(!http_is_worse(&a, &a), "none before and after tells nothing");
	}
	{
		struct http_answer a = answer(HTTP_UNASKED, 0, 0), cut = good;

		ok(!http_is_worse(&good, &a), "what was not asked tells nothing");
		a.outcome = HTTP_UNSPOKEN;
		ok(!http_is_worse(&good, &a), "nor what cannot be spoken");
		cut.cut = true;
		ok(http_is_worse(&good, &cut), "one that breaks off");
		ok(!http_is_worse(&cut, &cut), "as it did before");
		ok(!http_is_worse(&cut, &good), "or does no more");
	}
}

static struct http_requests all;

static struct http_request *request(const char *address, const char *host)
{
	struct http_request *r = &all.list[all.count++];

	memset(r, 0, sizeof(*r));
	(void)snprintf(r->address, sizeof(r->address), "%s", address);
	(void)snprintf(r->host, sizeof(r->host), "%s", host);
	r->before = r->after = answer(HTTP_ANSWERED, 200, 2);
	return r;
}

static void words(void)
{
	struct probe_text text;
	struct http_request *r;
	int i;

	memset(&all, 0, sizeof(all));
	http_before_text(&all, &text);
	same_text(text.text, "no server of http is known to be asked", "nothing to ask");
	(void)request("*:80", "a");
	r = request("unix:/run/x", "b");
	http_before_text(&all, &text);
	same_text(text.text, "", "all have an answer");
	http_passed_text(&all, &text);
	same_text(text.text, "2 answers are no worse than before", "passed");
	r->tls = true;
	r->tries = 3;
	r->after.status = 502;
	http_worse_text(&all, &text);
	same_text(text.text, "https://unix:/run/x/ for b: 200 before, 502 now", "worse");
	r->after = answer(HTTP_ANSWERED, 200, 1234);
	http_worse_text(&all, &text);
	same_text(text.text, "https://unix:/run/x/ for b: 200 in 2 ms before, 200 in 1.2 s now",
		  "slow");
	r->tries = 0;
	http_worse_text(&all, &text);
	same_text(text.text, "", "what was good at last is no failure");
	r->before = answer(HTTP_UNSPOKEN, 0, 0);
	all.left_out = 3;
	all.more = true;
	http_before_text(&all, &text);
	same_text(
		text.text,
		"nothing can be learned from 1 of 2: https://unix:/run/x/ for b (it takes curl, or a newer one); 3 more names or ports are not asked for; not all addresses of the configuration are known",
		"what it cannot tell");
	all.count = 0;
	for (i = 0; i < HTTP_REQUESTS_MAX; i++) {
		char host[CONFIG_NAME_MAX];

		memset(host, 'h', sizeof(host));
		host[sizeof(host) - 1] = '\0';
		r = request("*:80", host);
		r->tries = 1;
		r->after = r->before = answer(HTTP_CLOSED, 0, 1);
	}
	http_before_text(&all, &text);
	ok(strlen(text.text) < sizeof(text.text) && strstr(text.text, " and 62 more"), text.text);
	for (i = 0; i < HTTP_REQUESTS_MAX; i++)
		all.list[i].before = answer(HTTP_ANSWERED, 200, 1);
	http_worse_text(&all, &text);
	ok(strstr(text.text, "; and 62 more"), text.text);
}

int main(void)
{
	by_status();
	by_time();
	without_an_answer();
	words();
	return tap_end();
}
