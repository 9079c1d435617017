/*
 * Reads pid files with suspicion: whoever can write one can make an administrator's tools signal
 * any process. The folder is vetted once and held, the file's owner and mode are judged at each
 * look.
 *
 *	pid_file_open -> pid_file_look ... -> pid_file_close
 */
#ifndef NGINX_PID_FILE_H
#define NGINX_PID_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "trust/path.h"

#define OLDBIN_SUFFIX ".oldbin"

enum pid_file_fault {
	PID_FILE_OK,
	PID_FILE_IS_MISSING,
	PID_FILE_IS_EMPTY,
	PID_FILE_IS_LINK,
	PID_FILE_NOT_REGULAR,
	PID_FILE_TOO_LARGE,
	PID_FILE_NO_NUMBER,
	PID_FILE_WRITABLE,  /* it is somebody else's, or others can write it: see why */
	PID_FILE_UNREADABLE /* see error */
};

struct pid_file {
	char path[PATH_MAX]; /* as we reach it */
	struct believed believed;
	int folder;              /* -1: there is none */
	char name[NAME_MAX + 1]; /* in it */
	bool trusted;        /* nobody but the believed can change what the folders' names mean */
	struct distrust why; /* where not; of the file itself after PID_FILE_WRITABLE */
	int error;           /* errno, after PID_FILE_UNREADABLE */
	uid_t owner;         /* of the file, at the last look; NO_USER: none was there */
};

/* A pid from the text of a pid file: digits, and white space behind them. 0 when it is none. */
pid_t pid_file_parse(const char *text, size_t length);

/* path is absolute; "/proc/PID/root/..." is that process's view. Always leaves a good *p. */
void pid_file_open(struct pid_file *p, const struct believed *b, const char *path);

/* The file with this ending, in the same folder. */
void pid_file_open_beside(struct pid_file *p, const struct pid_file *other, const char *ending);

void pid_file_close(struct pid_file *p);

/* Reads it now. *ret_pid is written only after PID_FILE_OK. */
enum pid_file_fault pid_file_look(struct pid_file *p, pid_t *ret_pid);

/* The pid in it, whoever wrote it: where to look, not what to believe. 0: none. */
pid_t pid_file_peek(const struct pid_file *p);

/* "is empty", "is a symbolic link", ...; ret has PATH_MAX + 256 bytes. */
const char *pid_file_fault_text(const struct pid_file *p, enum pid_file_fault fault, char *ret,
				size_t size);

/* Replaces the file whole, by rename, in the folder that is held. -errno. */
int pid_file_write(const struct pid_file *p, pid_t pid);

/* Moves one over the other, within their folder. -errno. */
int pid_file_move(const struct pid_file *from, const struct pid_file *to);

#endif
