/*
 * The log files that a process of nginx writes to: what it has open for appending (nginx:
 * ngx_reopen_files, NGX_FILE_APPEND). A log that was moved away stays open until then, under
 * whatever name.
 *
 *	log_files_of -> ... -> log_files_free
 */
#ifndef NGINX_LOG_FILES_H
#define NGINX_LOG_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "os/file_id.h"

struct log_files {
	struct file_id *list; /* owned */
	size_t count;
};

/* 0, or -errno with nothing in *ret. */
int log_files_of(pid_t pid, struct log_files *ret);

bool log_files_have(const struct log_files *files, const struct file_id *id);

/* What is in a and not in b stays in a. */
void log_files_without(struct log_files *a, const struct log_files *b);

void log_files_free(struct log_files *files);

#endif
