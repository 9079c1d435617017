/*
 * Lines of settings files: name and value end in their buffers, whose size is the first byte. And
 * whole files: a line with a NUL, or one that is too long, never has a value.
 */
#include <errno.h>

#include "fuzz.h"
#include "os/assignment.h"

struct file {
	const uint8_t *data;
	size_t size;
	unsigned long line; /* of the last assignment */
};

/* Line n as it stands in the file. */
static const uint8_t *find_line(const struct file *f, unsigned long n, size_t *ret_length)
{
	const uint8_t *p = f->data, *end = f->data + f->size, *newline;

	for (; n > 1; n--) {
		newline = memchr(p, '\n', (size_t)(end - p));
		PROMISE(newline);
		p = newline + 1;
	}
	newline = memchr(p, '\n', (size_t)(end - p));
	*ret_length = (size_t)((newline ? newline : end) - p);
	return p;
}

static int see(void *arg, const struct assignment *a)
{
	struct file *f = arg;
	size_t length;
	const uint8_t *line = find_line(f, a->line, &length);

	PROMISE(a->line > f->line && *a->name);
	f->line = a->line;
	PROMISE((a->value == NULL) == (a->wrong != NULL));
	if (a->value) {
		PROMISE(length <= ASSIGNMENT_LINE_MAX && !memchr(line, '\0', length));
		PROMISE(strlen(a->name) + strlen(a->value) < length && !strchr(a->value, '\n'));
	}
	return 0;
}

static void read_file(const uint8_t *data, size_t size)
{
	struct file file = {data, size, 0};
	FILE *f = size ? fmemopen((void *)data, size, "r") : NULL;

	if (!f)
		return;
	PROMISE(assignments_read(f, see, &file) == 0);
	(void)fclose(f);
}

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
	PROMISE(r == 1 || r == 0 || r == -EINVAL);
	if (r == 1) {
		PROMISE(*name && memchr(name, '\0', room) && memchr(value, '\0', room));
		PROMISE(strstr(line, name) && strstr(line, value));
		PROMISE(!strchr(value, '\n'));
	}
	free(value);
	free(name);
	free(line);
	read_file(data + 1, size - 1);
	return 0;
}
