/*
 * Reads one answer of HTTP/1 in pieces, as it arrives, as far as a probe needs it: its status, and
 * whether it is complete. Text that is no answer of HTTP gives HTTP_BROKEN.
 *
 *	http_reader_init -> http_reader_feed ... -> (http_reader_closed) -> read part, status, cut
 *
 * RFC 9112: status-line, message body length. An interim answer (1xx) is skipped.
 */
#ifndef NGINX_HTTP_ANSWER_H
#define NGINX_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_HEAD_MAX = 65536, /* a longer head gives HTTP_BROKEN */
	HTTP_BODY_MAX = 65536  /* a body that reaches this length counts as complete */
};

enum http_part {
	HTTP_STATUS_LINE,
	HTTP_HEADERS,
	HTTP_BODY,
	HTTP_END,   /* the answer has been read */
	HTTP_BROKEN /* this is no answer of HTTP */
};

struct http_reader {
	enum http_part part;
	unsigned status; /* 100 to 999, from HTTP_HEADERS on */
	bool cut;        /* at HTTP_END: the connection was closed before the answer was complete */

	/* Private. */
	size_t head;   /* bytes so far */
	size_t body;   /* bytes so far */
	bool sized;    /* there is a Content-Length */
	bool chunked;  /* Transfer-Encoding: chunked */
	uint64_t size; /* the Content-Length */
	size_t line_length;
	char line[128]; /* the beginning of the present line of the head */
	char last[7];   /* the last bytes of the body, to find the end of the chunks */
};

void http_reader_init(struct http_reader *r);
void http_reader_feed(struct http_reader *r, const char *text, size_t length);

/* nginx has closed the connection. */
void http_reader_closed(struct http_reader *r);

#endif
