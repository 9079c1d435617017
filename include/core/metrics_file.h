/*
 * The file with the metrics, in the folder that node_exporter reads. That folder may be inside one
 * that belongs to the exporter's own user (Debian: /var/lib/prometheus); then no link is followed
 * on the way to it.
 */
#ifndef CORE_METRICS_FILE_H
#define CORE_METRICS_FILE_H

#include <stddef.h>

#include "nginx/install.h"

/* Whether that file could be written, without writing. Results as metrics_store(). */
int metrics_try(const char *folder, const char *pid_file, struct install_error *err);

/* 0, or -errno with the error noted. */
int metrics_store(const char *folder, const char *pid_file, const char *text, size_t length,
		  struct install_error *err);

#endif
