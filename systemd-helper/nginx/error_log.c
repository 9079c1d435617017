/* Finds the line of the error log that names a cause. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/error_log.h"
#include "os/procfs.h"

enum { READ_MAX = 65536 };

void error_log_mark(pid_t master, struct error_log *ret)
{
	char path[PATH_MAX];
	struct stat st;

	ret->fd = -1;
	ret->mark = 0;
	ret->path[0] = '\0';
	(void)procfs_path(path, master, "fd/2");
	/* Looked at before it is opened: a FIFO or a terminal must not hold us up. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (procfs_link(master, "fd/2", ret->path, sizeof(ret->path)) < 0)
		return;
	ret->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ret->mark = st.st_size;
}

/* Skips "2026/11/23 21:00:00 " and, from a start on the terminal, "nginx: ". */
static const char *skip_stamp(const char *line, const char *level)
{
	const char *p = memchr(line, ' ', (size_t)(level - line));

	if (p)
		p = memchr(p + 1, ' ', (size_t)(level - p - 1));
	return p && p - line == 19 ? p + 1 : line;
}

struct line {
	const char *text; /* NULL: none */
	const char *level;
	size_t length;
};

/*
 * Each start prints it where the compiled-in log may not be opened, before the configuration names
 * another: it harms nothing (nginx: ngx_log_init).
 */
static bool is_harmless(const struct line *line)
{
	static const char text[] = "could not open error log file";

	return memmem(line->text, line->length, text, sizeof(text) - 1) != NULL;
}

/* The first line of that level that is harmless, or is not. */
static struct line find_line(const char *text, size_t length, const char *level, bool harmless)
{
	struct line line = {NULL, NULL, 0};
	const char *from = text;
	const char *end = text + length;

	while ((line.level = memmem(from, (size_t)(end - from), level, strlen(level)))) {
		const char *stop = memchr(line.level, '\n', (size_t)(end - line.level));

		for (line.text = line.level; line.text > text && line.text[-1] != '\n';)
			line.text--;
		line.length = (size_t)((stop ? stop : end) - line.text);
		if (is_harmless(&line) == harmless)
			return line;
		from = line.text + line.length;
	}
	line.text = NULL;
	return line;
}

size_t error_text_cause(const char *text, size_t length, char *ret, size_t size)
{
	static const struct {
		const char *level;
		bool harmless;
	} order[] = {{"[emerg]", false}, {"[alert]", false}, {"[crit]", false}, {"[alert]", true}};
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct line line = find_line(text, length, order[i].level, order[i].harmless);
		const char *begin;
		size_t n;

		if (!line.text)
			continue;
		begin = skip_stamp(line.text, line.level);
		n = line.length - (size_t)(begin - line.text);
		n = n < size - 1 ? n : size - 1;
		memcpy(ret, begin, n);
		ret[n] = '\0';
		return n;
	}
	return 0;
}

size_t error_log_cause(const struct error_log *log, char *ret, size_t size)
{
	char buf[READ_MAX];
	ssize_t n;

	if (log->fd < 0)
		return 0;
	n = pread(log->fd, buf, sizeof(buf), log->mark);
	return n > 0 ? error_text_cause(buf, (size_t)n, ret, size) : 0;
}

void error_log_close(struct error_log *log)
{
	if (log->fd >= 0)
		(void)close(log->fd);
	log->fd = -1;
}
