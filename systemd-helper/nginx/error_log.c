/* Finds the line of the error log that names a cause. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/error_log.h"
#include "os/procfs.h"

enum {
	CHUNK = 65536,       /* longer lines are skipped */
	READ_MAX = 16 << 20, /* the log may grow faster than it can be read */
	BEFORE_MAX = 65536   /* read of the part before the mark */
};

void error_log_mark(pid_t master, struct error_log *ret)
{
	char path[PATH_MAX];
	struct stat st;

	ret->fd = -1;
	ret->mark = 0;
	ret->path[0] = '\0';
	(void)procfs_path(path, master, "fd/2");
	/* stat() first: to open a FIFO or a terminal might wait. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (procfs_link(master, "fd/2", ret->path, sizeof(ret->path)) < 0)
		return;
	ret->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ret->mark = st.st_size;
}

enum severity { EMERG, ALERT, CRIT, SEVERITIES };

static const char *const levels[SEVERITIES] = {"[emerg]", "[alert]", "[crit]"};

/* "2026/11/23 21:00:00 [emerg] 7#7: *3 bind() failed", or "nginx: [emerg] bind() failed". */
struct line {
	const char *begin; /* at the level, or "nginx: " before it */
	const char *end;
	const char *message; /* behind level and pid */
	enum severity severity;
	pid_t pid;       /* 0: none */
	bool connection; /* it is about a client's connection: "*3" */
};

static bool parse_line(const char *text, size_t length, struct line *ret)
{
	const char *level = NULL;
	const char *p;
	char *end;
	unsigned i;

	for (i = 0; i < SEVERITIES && !level; i++) {
		level = memmem(text, length, levels[i], strlen(levels[i]));
		ret->severity = (enum severity)i;
	}
	if (!level)
		return false;
	ret->end = text + length;
	/* A time stamp has 19 characters, and a blank follows. Otherwise the program's name is
	 * there. */
	ret->begin = level - text == 20 ? level : text;
	ret->pid = 0;
	ret->connection = false;
	p = level + strlen(levels[ret->severity]);
	while (p < ret->end && *p == ' ')
		p++;
	ret->message = p;
	if (p < ret->end && *p >= '0' && *p <= '9') {
		long pid = strtol(p, &end, 10);

		p = end < ret->end && *end == '#' ? memchr(end, ':', (size_t)(ret->end - end))
						  : NULL;
		if (p && ret->end - p >= 2) {
			ret->pid = (pid_t)pid;
			ret->message = p + 2;
			ret->connection = *ret->message == '*';
		}
	}
	return true;
}

/*
 * Each start prints this if it may not open the compiled-in log, before it reads from the
 * configuration which log to use. It does no harm (nginx: ngx_log_init).
 */
static bool is_harmless(const struct line *line)
{
	static const char text[] = "could not open error log file";

	return memmem(line->message, (size_t)(line->end - line->message), text, sizeof(text) - 1) !=
	       NULL;
}

struct choice {
	log_writer_fn *whose;
	const void *arg;
	const char *before; /* what the log had before the mark */
	size_t before_length;
	unsigned rank; /* of the best line so far; lower is better */
	char *ret;
	size_t size;
	size_t length;
};

enum { RANK_NONE = 1000, RANK_HABIT = 500 };

/* Whether a start that went well has printed it before. */
static bool is_habit(const struct choice *c, const struct line *line)
{
	size_t length = (size_t)(line->end - line->message);

	if (line->severity != ALERT)
		return false;
	return is_harmless(line) || (length && c->before_length &&
				     memmem(c->before, c->before_length, line->message, length));
}

/* Keeps the line if it is better than the best one so far. */
static void choose_line(void *arg, const char *text, size_t length)
{
	struct choice *c = arg;
	enum log_writer writer = LOG_WRITER_NONE;
	struct line line;
	unsigned rank;

	if (!parse_line(text, length, &line) || line.connection)
		return;
	if (line.pid && c->whose)
		writer = c->whose(c->arg, line.pid);
	if (writer == LOG_WRITER_OTHER)
		return;
	rank = (unsigned)writer * SEVERITIES + line.severity;
	if (is_habit(c, &line)) {
		if (c->whose)
			return;
		rank += RANK_HABIT;
	}
	if (rank >= c->rank)
		return;
	c->rank = rank;
	c->length = (size_t)(line.end - line.begin);
	c->length = c->length < c->size - 1 ? c->length : c->size - 1;
	memcpy(c->ret, line.begin, c->length);
	c->ret[c->length] = '\0';
}

/* Calls fn for each complete line, and if at_end for a rest without a newline as well. Returns how
 * many bytes were used. */
static size_t each_line(const char *text, size_t length, bool at_end, error_line_fn *fn, void *arg)
{
	size_t from = 0;

	while (from < length) {
		const char *stop = memchr(text + from, '\n', length - from);
		size_t n = stop ? (size_t)(stop - text) - from : length - from;

		if (!stop && !at_end)
			break;
		fn(arg, text + from, n);
		from += n + (stop != NULL);
	}
	return from;
}

size_t error_text_cause(const char *text, size_t length, char *ret, size_t size)
{
	struct choice c = {.rank = RANK_NONE, .ret = ret, .size = size};

	(void)each_line(text, length, true, choose_line, &c);
	return c.length;
}

static void read_log(int fd, off_t from, char *buf, error_line_fn *fn, void *arg)
{
	off_t at = from;
	size_t kept = 0;

	while (at - from < READ_MAX) {
		/* One byte is left for a NUL, which strtol() needs. */
		ssize_t n = pread(fd, buf + kept, CHUNK - 1 - kept, at);
		size_t used;

		if (n <= 0)
			break;
		at += n;
		kept += (size_t)n;
		buf[kept] = '\0';
		used = each_line(buf, kept, false, fn, arg);
		if (!used && kept == CHUNK - 1)
			used = kept; /* nginx writes no line of this length */
		memmove(buf, buf + used, kept - used);
		kept -= used;
	}
	buf[kept] = '\0';
	(void)each_line(buf, kept, true, fn, arg);
}

/* Where to read from. If the log has become shorter since the mark, it was truncated, and all of it
 * is new (logrotate: copytruncate). */
static off_t mark_of(const struct error_log *log)
{
	struct stat st;

	return fstat(log->fd, &st) == 0 && st.st_size < log->mark ? 0 : log->mark;
}

struct counting {
	const char *begin;  /* the message begins with this */
	const char *within; /* and has this in it */
	log_pid_fn *is_ours;
	const void *arg;
	unsigned count;
};

/* The message may begin with the number of a connection, "*12 ", which is skipped. */
static void count_line(void *arg, const char *text, size_t length)
{
	struct counting *c = arg;
	size_t begin = strlen(c->begin);
	struct line line;

	if (!parse_line(text, length, &line) || !line.pid)
		return;
	while (line.connection && line.message < line.end && *line.message++ != ' ')
		;
	if ((size_t)(line.end - line.message) > begin &&
	    memcmp(line.message, c->begin, begin) == 0 &&
	    memmem(line.message, (size_t)(line.end - line.message), c->within, strlen(c->within)) &&
	    c->is_ours(c->arg, line.pid))
		c->count++;
}

static unsigned count_lines(const struct error_log *log, struct counting *c)
{
	char *buf = log->fd < 0 ? NULL : malloc(CHUNK);

	if (buf)
		read_log(log->fd, mark_of(log), buf, count_line, c);
	free(buf);
	return c->count;
}

static bool is_this_pid(const void *arg, pid_t pid)
{
	return *(const pid_t *)arg == pid;
}

/* nginx: ngx_process_get_status */
unsigned error_log_killed(const struct error_log *log, pid_t master)
{
	struct counting c = {"worker process ", " exited on signal ", is_this_pid, &master, 0};

	return count_lines(log, &c);
}

/* nginx: ngx_worker_process_exit */
unsigned error_log_left(const struct error_log *log, log_pid_fn *is_ours, const void *arg)
{
	struct counting c = {"open socket #", " left in connection ", is_ours, arg, 0};

	return count_lines(log, &c);
}

size_t error_log_cause(const struct error_log *log, log_writer_fn *whose, const void *arg,
		       char *ret, size_t size)
{
	struct choice c = {.rank = RANK_NONE, .ret = ret, .size = size};
	char *buf = log->fd < 0 ? NULL : malloc(CHUNK + BEFORE_MAX);
	off_t mark;
	ssize_t n;

	if (!buf)
		return 0;
	c.whose = whose;
	c.arg = arg;
	mark = mark_of(log);
	c.before = buf + CHUNK;
	n = pread(log->fd, buf + CHUNK, mark < BEFORE_MAX ? (size_t)mark : BEFORE_MAX,
		  mark < BEFORE_MAX ? 0 : mark - BEFORE_MAX);
	c.before_length = n > 0 ? (size_t)n : 0;
	read_log(log->fd, mark, buf, choose_line, &c);
	free(buf);
	return c.length;
}

struct of_level {
	const char *level;
	error_line_fn *fn;
	void *arg;
	size_t count;
};

static void report_if_of_level(void *arg, const char *text, size_t length)
{
	struct of_level *l = arg;
	const char *at = memmem(text, length, l->level, strlen(l->level));

	if (!at)
		return;
	l->count++;
	l->fn(l->arg, at, (size_t)(text + length - at));
}

size_t error_text_lines(const char *text, size_t length, const char *level, error_line_fn *fn,
			void *arg)
{
	struct of_level l = {level, fn, arg, 0};

	(void)each_line(text, length, true, report_if_of_level, &l);
	return l.count;
}

void error_log_close(struct error_log *log)
{
	if (log->fd >= 0)
		(void)close(log->fd);
	log->fd = -1;
}
