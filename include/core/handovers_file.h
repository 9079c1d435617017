/*
 * The files of the history of one nginx (core/handovers.h), and of the traces of its last
 * handovers. They are in root's own folder (nginx/rescue.h), under the path of the pid file, which
 * tells one nginx from another; for an ordinary user's own runs they are beside the pid file. Only
 * the owner can read them: .NAME.history and .NAME.trace-N.
 */
#ifndef CORE_HANDOVERS_FILE_H
#define CORE_HANDOVERS_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/handovers.h"
#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/record_file.h"
#include "trust/path.h"

/* Says which nginx: *ret is for the other calls. 0 or -errno. */
int handovers_at(const char *pid_path, const struct believed *b, struct builds *ret);

/* As record_load(); *ret is empty after a failure. */
int handovers_load(const struct builds *at, struct handovers *ret, char *ret_path,
		   struct distrust *why);

/* 0, or -errno with the error noted. */
int handovers_store(const struct builds *at, const struct handovers *h, struct install_error *err);

/* The same for the trace of the handover with that number. A new trace replaces the oldest. */
int handovers_load_trace(const struct builds *at, uint64_t number, struct record_buffer *ret);
int handovers_store_trace(const struct builds *at, uint64_t number, const char *text,
			  size_t length);

#endif
