/* Answers of HTTP: what is read does not depend on how the text is cut, and keeps its bounds. */
#include "fuzz.h"
#include "nginx/http_answer.h"

static void read_in_pieces(struct http_reader *r, const uint8_t *data, size_t size, size_t piece)
{
	size_t i;

	http_reader_init(r);
	for (i = 0; i < size; i += piece)
		http_reader_feed(r, (const char *)data + i, size - i < piece ? size - i : piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_reader a, b;

	read_in_pieces(&a, data, size, 1);
	read_in_pieces(&b, data, size, size + 1);
	PROMISE(a.part == b.part && a.status == b.status && a.cut == b.cut && a.body == b.body);
	PROMISE(a.body <= HTTP_BODY_MAX && a.line_length < sizeof(a.line));
	if (a.part == HTTP_BODY || a.part == HTTP_END)
		PROMISE(a.status >= 200 && a.status <= 999 && size >= 14);
	http_reader_closed(&a);
	PROMISE(a.part == HTTP_END || a.part == HTTP_BROKEN);
	PROMISE(!a.cut || a.part == HTTP_END);
	return 0;
}
