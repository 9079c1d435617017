/*
 * What nginx wrote to its error log since a moment: the only place where it says why it did not do
 * what a signal asked for. The log is found as the master's standard error, where nginx puts it.
 *
 *	error_log_mark -> ... -> error_log_cause -> error_log_close
 */
#ifndef NGINX_ERROR_LOG_H
#define NGINX_ERROR_LOG_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct error_log {
	int fd; /* -1: there is no log file that can be read */
	off_t mark;
	char path[PATH_MAX]; /* in the master's view, for people */
};

/* Remembers the present end. Never fails: without a log there is no cause to show. */
void error_log_mark(pid_t master, struct error_log *ret);

/*
 * The line written since the mark that most likely names the cause: the first [emerg], else the
 * first [alert], else the first [crit]; an [alert] that each start prints comes last. Without its
 * time stamp, ended with NUL. Returns its length, 0 when there is none.
 */
size_t error_log_cause(const struct error_log *log, char *ret, size_t size);

/* The same choice from text that is at hand: what nginx printed on standard error. Pure. */
size_t error_text_cause(const char *text, size_t length, char *ret, size_t size);

void error_log_close(struct error_log *log);

#endif
