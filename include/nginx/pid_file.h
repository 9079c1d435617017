/*
 * Reads pid files, and checks who can write them: whoever can write one can make an administrator's
 * tools signal any process. The folder is checked once and kept open. The owner and the mode of the
 * file are checked at each look.
 *
 *	pid_file_open -> pid_file_look ... -> pid_file_close
 */
#ifndef NGINX_PID_FILE_H
#define NGINX_PID_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "trust/path.h"

#define OLDBIN_SUFFIX ".oldbin"

enum pid_file_found {
	PID_FILE_OK,
	PID_FILE_IS_MISSING,
	PID_FILE_IS_EMPTY,
	PID_FILE_IS_LINK,
	PID_FILE_NOT_REGULAR,
	PID_FILE_TOO_LARGE,
	PID_FILE_NO_NUMBER,
	PID_FILE_WRITABLE,  /* somebody who is not believed owns it or can write to it; see why */
	PID_FILE_UNREADABLE /* see error */
};

struct pid_file {
	char path[PATH_MAX]; /* as seen from our root */
	struct believed believed;
	int folder;              /* a descriptor; -1: there is no folder */
	char name[NAME_MAX + 1]; /* of the file in it; "": it is too long */
	bool trusted;        /* nobody but the believed can replace the folder or one above it */
	struct distrust why; /* why it is not; after PID_FILE_WRITABLE: why the file is not */
	int error;           /* errno, after PID_FILE_UNREADABLE */
	uid_t owner;         /* of the file at the last look; NO_USER: there was none */
};

/* The pid in the text of a pid file: digits, maybe followed by white space. 0: it is none. */
pid_t pid_file_parse(const char *text, size_t length);

/* path is absolute; "/proc/PID/root/..." is a path as that process sees it. Never fails: *p is
 * valid also if there is no such folder or file. */
void pid_file_open(struct pid_file *p, const struct believed *b, const char *path);

/* Opens the file in the same folder whose name has this ending appended. */
void pid_file_open_beside(struct pid_file *p, const struct pid_file *other, const char *ending);

void pid_file_close(struct pid_file *p);

/* Reads the file now. *ret_pid is set with PID_FILE_OK only. */
enum pid_file_found pid_file_look(struct pid_file *p, pid_t *ret_pid);

/* The pid in it, without any check: to know where to look, never to be believed. 0: none. */
pid_t pid_file_peek(const struct pid_file *p);

/* For people: "is empty", "is a symbolic link", ... PATH_MAX + 256 bytes are enough. Returns
 * ret. */
const char *pid_file_found_text(const struct pid_file *p, enum pid_file_found found, char *ret,
				size_t size);

/* Replaces the file as a whole, by a rename in the open folder. 0 or -errno. */
int pid_file_write(const struct pid_file *p, pid_t pid);

/* Renames one to the other, which it replaces. 0 or -errno. */
int pid_file_move(const struct pid_file *from, const struct pid_file *to);

#endif
