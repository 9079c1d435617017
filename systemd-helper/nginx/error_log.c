/* Finds the line of the error log that names a cause. */
#define _GNU_SOURCE
#include <fcntl.h>
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

size_t error_text_cause(const char *text, size_t length, char *ret, size_t size)
{
	static const char *const levels[] = {"[emerg]", "[alert]", "[crit]"};
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		const char *level = memmem(text, length, levels[i], strlen(levels[i]));
		const char *line = level;
		const char *end;
		size_t n;

		if (!level)
			continue;
		while (line > text && line[-1] != '\n')
			line--;
		end = memchr(level, '\n', length - (size_t)(level - text));
		if (!end)
			end = text + length;
		line = skip_stamp(line, level);
		n = (size_t)(end - line) < size - 1 ? (size_t)(end - line) : size - 1;
		memcpy(ret, line, n);
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
