/* The record of builds: what is read is written again to the byte, and the way back is a part of
 * it. */
#include "fuzz.h"
#include "nginx/served.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct served s;
	static char again[SERVED_TEXT_MAX];
	size_t way[SERVED_MAX];
	size_t back = 0;
	size_t count, i;
	char *text = fuzz_string(data, size);

	if (served_parse(text, size, &s) == 0) {
		PROMISE(s.count <= SERVED_MAX);
		PROMISE(served_text(&s, again) == size && memcmp(again, text, size) == 0);
		for (i = 0; i < s.count; i++) {
			PROMISE(memchr(s.list[i].version, '\0', sizeof(s.list[i].version)));
			PROMISE(s.list[i].path[0] == '\0' || s.list[i].path[0] == '/');
			PROMISE(!strchr(s.list[i].version, '/'));
			count = served_way_back(&s, &s.list[i].digest, way, &back);
			PROMISE(back <= count && count < s.count);
		}
		PROMISE(s.file_count <= SERVED_FILES_MAX && !s.learned);
		for (i = 0; i < s.file_count; i++)
			PROMISE(served_file_digest(&s, &s.files[i]) == &s.files[i].digest);
		if (s.file_count) {
			struct served_file more = s.files[0];

			more.inode ^= 1;
			served_learn(&s, &more);
			PROMISE(s.file_count <= SERVED_FILES_MAX && served_file_digest(&s, &more));
		}
		if (s.count) {
			struct served_build more = s.list[0];

			more.digest.bytes[0] ^= 1;
			(void)served_add(&s, &more);
			PROMISE(s.count <= SERVED_MAX);
		}
	}
	free(text);
	return 0;
}
