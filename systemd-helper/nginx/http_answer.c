/* Reads one answer of HTTP/1, one letter at a time. The body is counted, not kept. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nginx/http_answer.h"

#define CHUNKS_END "\r\n0\r\n\r\n"

/* A chunked body may begin with its last chunk, "0". CHUNKS_END begins with the end of the line
 * before, so `last` begins with one. */
void http_reader_init(struct http_reader *r)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->last + sizeof(r->last) - 2, "\r\n", 2);
}

/* "HTTP/1.1 200 OK"; the reason may be missing. */
static void read_status_line(struct http_reader *r)
{
	const char *p = r->line;

	r->part = HTTP_BROKEN;
	if (strncmp(p, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)p[7]) || p[8] != ' ')
		return;
	p += 9;
	if (*p < '1' || *p > '9' || !isdigit((unsigned char)p[1]) ||
	    !isdigit((unsigned char)p[2]) || (p[3] && p[3] != ' '))
		return;
	r->status = (unsigned)((p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0'));
	r->part = HTTP_HEADERS;
}

/* The value of a header; NULL: the line is another header. */
static const char *value_of(const char *line, const char *name)
{
	size_t length = strlen(name);

	if (strncasecmp(line, name, length) != 0 || line[length] != ':')
		return NULL;
	line += length + 1;
	return line + strspn(line, " \t");
}

static void read_header(struct http_reader *r)
{
	const char *size = value_of(r->line, "Content-Length");
	const char *coding = value_of(r->line, "Transfer-Encoding");

	if (size && isdigit((unsigned char)*size)) {
		r->sized = true;
		r->size = strtoull(size, NULL, 10);
	}
	if (coding && strcasestr(coding, "chunked"))
		r->chunked = true;
}

static void end_headers(struct http_reader *r)
{
	bool none = r->status == 204 || r->status == 304 || (r->sized && !r->size && !r->chunked);

	if (r->status >= 200) {
		r->part = none ? HTTP_END : HTTP_BODY;
		return;
	}
	r->part = HTTP_STATUS_LINE;
	r->sized = r->chunked = false;
}

static void read_head_letter(struct http_reader *r, char c)
{
	if (++r->head > HTTP_HEAD_MAX) {
		r->part = HTTP_BROKEN;
		return;
	}
	if (c != '\n') {
		if (r->line_length < sizeof(r->line) - 1)
			r->line[r->line_length++] = c;
		return;
	}
	if (r->line_length && r->line[r->line_length - 1] == '\r')
		r->line_length--;
	r->line[r->line_length] = '\0';
	if (r->part == HTTP_STATUS_LINE)
		read_status_line(r);
	else if (r->line_length)
		read_header(r);
	else
		end_headers(r);
	r->line_length = 0;
}

static void read_body_letter(struct http_reader *r, char c)
{
	r->body++;
	memmove(r->last, r->last + 1, sizeof(r->last) - 1);
	r->last[sizeof(r->last) - 1] = c;
	if (r->chunked ? memcmp(r->last, CHUNKS_END, sizeof(r->last)) == 0
		       : r->sized && r->body >= r->size)
		r->part = HTTP_END;
	if (r->body >= HTTP_BODY_MAX)
		r->part = HTTP_END;
}

void http_reader_feed(struct http_reader *r, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length && r->part < HTTP_END; i++) {
		if (r->part == HTTP_BODY)
			read_body_letter(r, text[i]);
		else
			read_head_letter(r, text[i]);
	}
}

void http_reader_closed(struct http_reader *r)
{
	if (r->part == HTTP_BODY) {
		r->cut = r->chunked || r->sized;
		r->part = HTTP_END;
	} else if (r->part < HTTP_END) {
		r->part = HTTP_BROKEN;
	}
}
