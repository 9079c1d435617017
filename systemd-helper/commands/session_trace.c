/*
 * The trace of a run. It goes to the file that --trace names. Without --trace the trace of a run
 * that failed goes to a file of its own, which the user can attach to a bug report.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "commands/session.h"
#include "core/fault.h"
#include "core/trace.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "os/kept_file.h"
#include "ui/say.h"

enum { TRACES_KEPT = 5 };

/* Opened with the rights of the caller, who named it. What the file has already stays in it; a
 * named pipe without a reader is an error, and not waited for. */
static void write_also_to(struct session *s, const char *path)
{
	int fd;

	identity_lift();
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	identity_lower();
	if (fd < 0)
		say(SAY_WARNING, "the trace cannot be written to %s: %s. The run goes on without",
		    path, strerror(errno));
	else
		trace_also_to(s->run.trace, fd);
}

void session_trace_begin(struct session *s)
{
	s->run.trace = trace_open();
	if (s->settings->trace && s->run.trace)
		write_also_to(s, s->settings->trace);
}

/* Exit code 150 is an undo. One that the user asked for ("rollback") is no failure. */
static bool has_failed(const struct run *run, int code)
{
	if (code == EXIT_UNDONE)
		return run->fault != FAULT_NONE && run->fault != FAULT_NEW_STAYS;
	return code == EXIT_STUCK;
}

void session_trace_keep(const struct session *s, int code)
{
	char path[PATH_MAX];
	int fd;
	int r;

	if (!s->run.trace || !has_failed(&s->run, code))
		return;
	if (s->settings->trace) {
		say(SAY_NOTICE, "what each round saw and decided is in %s", s->settings->trace);
		return;
	}
	r = fd = kept_file_create("trace", TRACES_KEPT, path);
	if (fd >= 0) {
		r = trace_write(s->run.trace, fd);
		if (close(fd) < 0 && !r)
			r = -errno;
	}
	if (r < 0)
		say(SAY_NOTICE, "no trace of this run could be kept: %s", strerror(-r));
	else
		say(SAY_NOTICE,
		    "what each round saw and decided is in %s; add it when you report a bug", path);
}

void session_trace_end(struct session *s)
{
	int r = trace_close(s->run.trace);

	s->run.trace = NULL;
	if (r < 0)
		say(SAY_WARNING, "the trace in %s is not complete: %s", s->settings->trace,
		    strerror(-r));
}
