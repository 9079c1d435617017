/* Compares answers of the new generation with those before, and describes the result. Pure. */
#ifndef NGINX_HTTP_JUDGE_H
#define NGINX_HTTP_JUDGE_H

#include <stdint.h>

#include "nginx/http_requests.h"
#include "nginx/probe.h"

/*
 * Whether an answer is worse than the one before. Worse are: a server error (5xx) after anything
 * better; a client error (4xx) after a good answer (2xx, 3xx), since the request is the same; no
 * answer after any answer; an answer that breaks off when the one before did not; an answer that
 * takes longer than http_limit_us(). Never 429 (too many requests), which is not the fault of the
 * new generation.
 */
bool http_is_worse(const struct http_answer *before, const struct http_answer *after);

/* How long an answer may take: a second, or five times as long as before if that is longer. */
uint64_t http_limit_us(const struct http_answer *before);

/* The requests whose last answer was worse: "...: 200 before, 502 now". */
void http_worse_text(const struct http_requests *all, struct probe_text *ret);

/* The result of a pass that has found nothing worse. */
void http_passed_text(const struct http_requests *all, struct probe_text *ret);

/* What cannot be found out by these requests, to be said before the handover; "": nothing. */
void http_before_text(const struct http_requests *all, struct probe_text *ret);

#endif
