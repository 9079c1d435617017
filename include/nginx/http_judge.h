/* What is worse than before, and how that is said. */
#ifndef NGINX_HTTP_JUDGE_H
#define NGINX_HTTP_JUDGE_H

#include "nginx/http_requests.h"
#include "nginx/probe.h"

/*
 * Worse is: an error of the server (5xx) after anything better; an error of the client (4xx) after
 * a good answer (2xx, 3xx), since the request is the same; no answer after any; an answer that
 * breaks off where none did; one that takes longer than http_limit_us(). Never 429: that many
 * requests were too many is no fault of the new generation.
 */
bool http_is_worse(const struct http_answer *before, const struct http_answer *after);

/* More than a second, and more than five times as long as before. */
uint64_t http_limit_us(const struct http_answer *before);

/* "http://127.0.0.1:8080/ for a.example" */
void http_request_text(const struct http_request *r, char *ret, size_t size);

/* Of those that were worse at their last try: "...: 200 before, 502 now". */
void http_worse_text(const struct http_requests *all, struct probe_text *ret);

/* Of a pass that found nothing. */
void http_passed_text(const struct http_requests *all, struct probe_text *ret);

/* Before the handover; "": there is nothing to say. */
void http_before_text(const struct http_requests *all, struct probe_text *ret);

#endif
