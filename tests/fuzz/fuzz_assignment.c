/* Lines of settings files: name and value end in their buffers, whose size is the first byte. */
#include "fuzz.h"
#include "os/assignment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line, *name, *value;
	unsigned room;
	int r;

	if (!size || !data[0])
		return 0;
	room = data[0];
	line = fuzz_string(data + 1, size - 1);
	name = malloc(room);
	value = malloc(room);
	if (!name || !value)
		abort();
	r = assignment_parse(line, name, value, room);
	PROMISE(r >= -1 && r <= 1);
	if (r == 1) {
		PROMISE(*name && memchr(name, '\0', room) && memchr(value, '\0', room));
		PROMISE(strstr(line, name) && strstr(line, value));
		PROMISE(!strchr(value, '\n'));
	}
	free(value);
	free(name);
	free(line);
	return 0;
}
