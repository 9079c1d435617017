/* The files of the history. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/handovers.h"
#include "core/handovers_file.h"
#include "core/trace.h"
#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/record_file.h"
#include "trust/path.h"

enum { MODE = 0600, TRACE_MAX = TRACE_LINE_MAX * (TRACE_FIRST + TRACE_LAST + 4) };

/*
 * The folder is resolved, so that "/var/run/nginx.pid" and "/run/nginx.pid" are the same. The file
 * itself need not exist.
 */
int handovers_at(const char *pid_path, const struct believed *b, struct builds *ret)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(pid_path, '/');
	char *real;
	int n;

	memset(ret, 0, sizeof(*ret));
	ret->believed = *b;
	if (pid_path[0] != '/')
		return -EINVAL;
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - pid_path), pid_path);
	real = realpath(*folder ? folder : "/", NULL);
	if (real)
		(void)snprintf(folder, sizeof(folder), "%s", strcmp(real, "/") ? real : "");
	free(real);
	n = snprintf(ret->name, sizeof(ret->name), "%s%s", folder, slash);
	if (n < 0 || (size_t)n >= sizeof(ret->name))
		return -ENAMETOOLONG;
	memcpy(ret->target, ret->name, sizeof(ret->target));
	return 0;
}

int handovers_load(const struct builds *at, struct handovers *ret, char *ret_path,
		   struct distrust *why)
{
	struct record_buffer text;
	int r = record_load(at, "history", HANDOVERS_TEXT_MAX, &text, ret_path, why);

	memset(ret, 0, sizeof(*ret));
	if (!r)
		r = handovers_parse(text.text, text.length, ret);
	record_free(&text);
	return r;
}

int handovers_store(const struct builds *at, const struct handovers *h, struct install_error *err)
{
	char *text = malloc(HANDOVERS_TEXT_MAX);
	int r = -ENOMEM;

	if (text)
		r = record_store(at, "history", MODE, text, handovers_text(h, text), err);
	else
		(void)install_failed(err, "write the history of", at->target, r);
	free(text);
	return r;
}

static const char *trace_kind(uint64_t number, char ret[32])
{
	(void)snprintf(ret, 32, "trace-%u", (unsigned)(number % HANDOVER_TRACES_KEPT));
	return ret;
}

int handovers_load_trace(const struct builds *at, uint64_t number, struct record_buffer *ret)
{
	char kind[32];
	char path[PATH_MAX];
	struct distrust why;

	return record_load(at, trace_kind(number, kind), TRACE_MAX, ret, path, &why);
}

int handovers_store_trace(const struct builds *at, uint64_t number, const char *text, size_t length)
{
	char kind[32];

	return record_store(at, trace_kind(number, kind), MODE, text, length, NULL);
}
