/* The record of sets: what is read is written again to the byte, and stays so with one more. */
#include "fuzz.h"
#include "nginx/sets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sets s;
	static struct set more;
	static char again[SETS_TEXT_MAX];
	char *text = fuzz_string(data, size);
	size_t i, n;

	if (size < SETS_TEXT_MAX && sets_parse(text, size, &s) == 0) {
		PROMISE(s.count <= SETS_MAX);
		PROMISE(sets_text(&s, again) == size && memcmp(again, text, size) == 0);
		for (i = 0; i < s.count; i++) {
			PROMISE(s.list[i].count <= SET_MODULES_MAX);
			PROMISE(!strchr(s.list[i].version, '/'));
			PROMISE(sets_find(&s, &s.list[i].binary) >= &s.list[i]);
			for (n = 0; n < s.list[i].count; n++)
				PROMISE(s.list[i].modules[n].path[0] == '/');
		}
		if (s.count) {
			memcpy(&more, &s.list[0], sizeof(more));
			more.binary.bytes[0] ^= 1;
			sets_add(&s, &more);
			PROMISE(s.count <= SETS_MAX && sets_find(&s, &more.binary));
		}
	}
	free(text);
	return 0;
}
