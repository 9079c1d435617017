/*
 * Reads pid files with suspicion: whoever can write one can make an administrator's tools signal
 * any process.
 */
#ifndef NGINX_PID_FILE_H
#define NGINX_PID_FILE_H

#include <sys/types.h>

#define OLDBIN_SUFFIX ".oldbin"

enum pid_file_fault {
	PID_FILE_OK,
	PID_FILE_IS_MISSING,
	PID_FILE_IS_EMPTY,
	PID_FILE_IS_LINK,
	PID_FILE_NOT_REGULAR,
	PID_FILE_TOO_LARGE,
	PID_FILE_NO_NUMBER,
	PID_FILE_WRITABLE,  /* by everybody */
	PID_FILE_UNREADABLE /* see errno in *ret_pid, negated */
};

/* A pid from the text of a pid file: digits, and white space behind them. 0 when it is none. */
pid_t pid_file_parse(const char *text, size_t length);

enum pid_file_fault pid_file_read(const char *path, pid_t *ret_pid);

/* "is empty", "is a symbolic link", ... */
const char *pid_file_fault_text(enum pid_file_fault fault);

/* Replaces the file whole, by rename. -errno. */
int pid_file_write(const char *path, pid_t pid);

#endif
