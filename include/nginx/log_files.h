/*
 * The log files that a process of nginx writes to: the regular files that it has open for appending
 * (nginx: NGX_FILE_APPEND). A log that was renamed stays open until nginx reopens its logs (nginx:
 * ngx_reopen_files).
 *
 *	log_files_of -> ... -> log_files_free
 */
#ifndef NGINX_LOG_FILES_H
#define NGINX_LOG_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "os/file_id.h"

struct log_files {
	struct file_id *list;
	size_t count;
};

/* 0, or -errno; *ret is empty then. On success it is the caller's to free. */
int log_files_of(pid_t pid, struct log_files *ret);

bool log_files_have(const struct log_files *files, const struct file_id *id);

/* Removes from a the files that are in b. */
void log_files_without(struct log_files *a, const struct log_files *b);

void log_files_free(struct log_files *files);

#endif
