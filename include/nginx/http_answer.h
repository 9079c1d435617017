/*
 * Reads one answer of HTTP/1, piece by piece as it comes, as far as a probe must know it: its
 * status, and whether all of it came. It says nothing about what cannot be an answer of HTTP but
 * that it is none.
 *
 *	http_reader_init -> http_reader_feed ... -> (http_reader_closed) -> read part, status, cut
 *
 * RFC 9112: status-line, message body length; an interim answer (1xx) is passed over.
 */
#ifndef NGINX_HTTP_ANSWER_H
#define NGINX_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_HEAD_MAX = 65536, /* what is longer is no answer */
	HTTP_BODY_MAX = 65536  /* of a longer one the rest is taken for granted */
};

enum http_part {
	HTTP_STATUS_LINE,
	HTTP_HEADERS,
	HTTP_BODY,
	HTTP_END,   /* nothing more is wanted */
	HTTP_BROKEN /* it is no answer */
};

struct http_reader {
	enum http_part part;
	unsigned status; /* 100 to 999, from HTTP_HEADERS on */
	bool cut;        /* at HTTP_END: it was closed before its end */

	/* Its own. */
	size_t head;
	size_t body;
	bool sized;
	bool chunked;
	uint64_t size;
	size_t line_length;
	char line[128]; /* the beginning of the line that is read */
	char last[7];   /* of the body; an end of chunks is looked for in it */
};

void http_reader_init(struct http_reader *r);
void http_reader_feed(struct http_reader *r, const char *text, size_t length);

/* The other end has closed. */
void http_reader_closed(struct http_reader *r);

#endif
