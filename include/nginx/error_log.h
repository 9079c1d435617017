/*
 * What nginx wrote to its error log since a moment: the only place where it says why it did not do
 * what a signal asked for. The log is found as the master's standard error, where nginx puts it.
 * Others may write to the same file: each line names its process (nginx: ngx_log_error_core), and
 * the caller says whose that is.
 *
 *	error_log_mark -> ... -> error_log_cause -> error_log_close
 */
#ifndef NGINX_ERROR_LOG_H
#define NGINX_ERROR_LOG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error_log {
	int fd; /* -1: there is no log file that can be read */
	off_t mark;
	char path[PATH_MAX]; /* in the master's view, for people */
};

/* Whose process a line is of, the best witness first. */
enum log_writer {
	LOG_WRITER_WANTED, /* the one that was to do it: the new master, or the one that got HUP */
	LOG_WRITER_NONE,   /* no number: the standard error of a process with this log */
	LOG_WRITER_OURS,   /* a worker of that master */
	LOG_WRITER_DEAD,   /* nobody knows: perhaps the new master, dead before it was seen */
	LOG_WRITER_OLD,    /* the master that executed it: it tells how its child ended */
	LOG_WRITER_OTHER /* another nginx, or one that has nothing to do with it: not listened to */
};

/* Never asked for LOG_WRITER_NONE. */
typedef enum log_writer log_writer_fn(const void *arg, pid_t pid);

/* Remembers the present end. Never fails: without a log there is no cause to show. */
void error_log_mark(pid_t master, struct error_log *ret);

/*
 * The line written since the mark that most likely names the cause, without its time stamp, ended
 * with NUL. Returns its length, 0 when there is none. The best witness counts, then the severity:
 * [emerg], [alert], [crit]. An [alert] that each start prints never counts: one that is known to,
 * or that the log had before the mark, too; nor does a line about a client's connection.
 */
size_t error_log_cause(const struct error_log *log, log_writer_fn *whose, const void *arg,
		       char *ret, size_t size);

/* The same choice from text that is at hand: what nginx printed on standard error. There such an
 * [alert] comes last. Pure. */
size_t error_text_cause(const char *text, size_t length, char *ret, size_t size);

/*
 * How many workers of this master were killed, or crashed, since the mark, as it has written; and
 * how many connections workers have left that ended while they drained, by TERM, as those have
 * written for whom is_ours says true. A log whose level is "emerg" tells of none.
 */
typedef bool log_pid_fn(const void *arg, pid_t pid);
unsigned error_log_killed(const struct error_log *log, pid_t master);
unsigned error_log_left(const struct error_log *log, log_pid_fn *is_ours, const void *arg);

/*
 * Calls fn with each line of that level ("[warn]"), without what comes before the level, and
 * returns how many there were. Pure.
 */
typedef void error_line_fn(void *arg, const char *line, size_t length);
size_t error_text_lines(const char *text, size_t length, const char *level, error_line_fn *fn,
			void *arg);

void error_log_close(struct error_log *log);

#endif
