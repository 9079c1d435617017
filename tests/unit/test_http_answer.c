/* Answers of HTTP/1, whole, cut short, and what is none. */
#include "nginx/http_answer.h"
#include "tap.h"

/* `open`: what is known while the connection stands. */
static void answer(const char *text, enum http_part open, enum http_part part, unsigned status,
		   bool cut)
{
	struct http_reader r;
	size_t i;

	http_reader_init(&r);
	for (i = 0; text[i]; i++)
		http_reader_feed(&r, text + i, 1);
	same_number(r.part, open, text);
	http_reader_closed(&r);
	same_number(r.part, part, "once it is closed");
	if (part == HTTP_END)
		same_number(r.status, status, "its status");
	same_number(r.cut, cut, "whether it broke off");
}

static void whole(void)
{
	answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", HTTP_END, HTTP_END, 200, false);
	answer("HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nok and more", HTTP_END, HTTP_END, 200,
	       false);
	answer("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n", HTTP_END, HTTP_END, 301, false);
	answer("HTTP/1.0 502\n\nbad", HTTP_BODY, HTTP_END, 502, false);
	answer("HTTP/1.1 204 No Content\r\n\r\n", HTTP_END, HTTP_END, 204, false);
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	       HTTP_END, HTTP_END, 200, false);
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HTTP_END, HTTP_END,
	       200, false);
	answer("HTTP/1.1 103 Early\r\nContent-Length: 9\r\n\r\nHTTP/1.1 404 No\r\n\r\n", HTTP_BODY,
	       HTTP_END, 404, false);
}

static void cut_short(void)
{
	answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", HTTP_BODY, HTTP_END, 200, true);
	answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", HTTP_BODY, HTTP_END, 200, true);
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", HTTP_BODY,
	       HTTP_END, 200, true);
}

static void none(void)
{
	answer("", HTTP_STATUS_LINE, HTTP_BROKEN, 0, false);
	answer("HTTP/1.1 200", HTTP_STATUS_LINE, HTTP_BROKEN, 0, false);
	answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", HTTP_HEADERS, HTTP_BROKEN, 0, false);
	answer("HTTP/1.1 100 Continue\r\n\r\n", HTTP_STATUS_LINE, HTTP_BROKEN, 0, false);
	answer("HTTP/1.1 2000 OK\r\n", HTTP_BROKEN, HTTP_BROKEN, 0, false);
	answer("HTTP/1.1 20\r\n", HTTP_BROKEN, HTTP_BROKEN, 0, false);
	answer("HTTP/1.1 099 x\r\n", HTTP_BROKEN, HTTP_BROKEN, 0, false);
	answer("HTTP/2 200\r\n", HTTP_BROKEN, HTTP_BROKEN, 0, false);
	answer("\r\nHTTP/1.1 200 OK\r\n", HTTP_BROKEN, HTTP_BROKEN, 0, false);
	answer("SSH-2.0-OpenSSH_9.2\r\n", HTTP_BROKEN, HTTP_BROKEN, 0, false);
}

static void bounds(void)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n";
	static char many[HTTP_HEAD_MAX + 100];
	struct http_reader r;

	memset(many, 'x', sizeof(many));
	http_reader_init(&r);
	http_reader_feed(&r, head, sizeof(head) - 1);
	http_reader_feed(&r, many, sizeof(many));
	same_number(r.part, HTTP_BROKEN, "headers without an end");
	http_reader_init(&r);
	http_reader_feed(&r, head, sizeof(head) - 1);
	http_reader_feed(&r, "\r\n", 2);
	http_reader_feed(&r, many, sizeof(many));
	same_number(r.part, HTTP_END, "a body without an end is enough some time");
	ok(!r.cut, "and not cut");
}

int main(void)
{
	whole();
	cut_short();
	none();
	bounds();
	return tap_end();
}
