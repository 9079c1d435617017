/*
 * What nginx has written to its error log since a given moment. The log is the only place where
 * nginx says why it did not do what a signal asked for. It is found as the master's standard error,
 * where nginx puts it. Other processes may write to the same file. But each line has the pid of its
 * process (nginx: ngx_log_error_core), and the caller says which process that is.
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
	int fd;              /* -1: there is no log file that can be read */
	off_t mark;          /* the size at error_log_mark() */
	char path[PATH_MAX]; /* as the master sees it, for people */
};

/* Which process has written a line. The most reliable ones come first. */
enum log_writer {
	LOG_WRITER_WANTED, /* the master that was to do it: the new one, or the one that got HUP */
	LOG_WRITER_NONE,   /* the line has no pid: it was printed on standard error */
	LOG_WRITER_OURS,   /* a worker of that master */
	LOG_WRITER_DEAD, /* an unknown pid: perhaps a new master that has died before it was seen */
	LOG_WRITER_OLD,  /* the master that started it: it says how its child ended */
	LOG_WRITER_OTHER /* another nginx, or an unrelated process: its lines are ignored */
};

/* Never called for a line without a pid. */
typedef enum log_writer log_writer_fn(const void *arg, pid_t pid);

/* Opens the log and remembers its present end. Never fails: without a log the other calls find
 * nothing. */
void error_log_mark(pid_t master, struct error_log *ret);

/*
 * The line written since the mark that most likely names the cause, without its time stamp, ended
 * with NUL. Returns its length, 0: there is none. Lines are compared by their writer first, then by
 * their severity: [emerg], [alert], [crit]. Ignored are lines about a client's connection, and an
 * [alert] that every start prints: one that is known to be so, or that was in the log before the
 * mark, too.
 */
size_t error_log_cause(const struct error_log *log, log_writer_fn *whose, const void *arg,
		       char *ret, size_t size);

/* The same choice from text that nginx has printed on standard error. An [alert] that every start
 * prints is taken only if there is nothing else. Pure. */
size_t error_text_cause(const char *text, size_t length, char *ret, size_t size);

/*
 * error_log_killed: how many workers of this master were killed or have crashed since the mark,
 * according to its own lines. error_log_left: how many connections were open in workers that were
 * ended by TERM while they drained, according to lines of pids for which is_ours returns true. With
 * the log level "emerg" there are no such lines, and both are 0.
 */
typedef bool log_pid_fn(const void *arg, pid_t pid);
unsigned error_log_killed(const struct error_log *log, pid_t master);
unsigned error_log_left(const struct error_log *log, log_pid_fn *is_ours, const void *arg);

/*
 * Calls fn with each line of that level ("[warn]"), from the level on. Returns how many there were.
 * Pure.
 */
typedef void error_line_fn(void *arg, const char *line, size_t length);
size_t error_text_lines(const char *text, size_t length, const char *level, error_line_fn *fn,
			void *arg);

void error_log_close(struct error_log *log);

#endif
