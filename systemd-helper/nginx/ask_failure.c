/* Why nginx gave no answer, or refused, and what to do about it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "nginx/ask_failure_private.h"
#include "nginx/ask_nginx.h"
#include "nginx/error_log.h"
#include "os/duration.h"
#include "os/error_text.h"
#include "trust/door.h"
#include "trust/program.h"

/* The last three lines of what a program said, joined by "; ". */
static void last_words(const char *text, char *ret, size_t size)
{
	size_t length = strlen(text);
	const char *p;
	unsigned lines = 0;
	size_t n = 0;

	while (length && strchr(" \r\n", text[length - 1]))
		length--;
	for (p = text + length; p > text; p--) {
		if (p[-1] == '\n' && ++lines == 3)
			break;
	}
	for (; p < text + length && n + 3 < size; p++) {
		if (*p == '\n') {
			ret[n++] = ';';
			ret[n++] = ' ';
		} else {
			ret[n++] = *p;
		}
	}
	ret[n] = '\0';
}

/* The exit code of a loader that fails (ld.so of glibc and of musl), and of a shell that finds no
 * program. */
enum { EXIT_OF_LOADER = 127 };

void ask_explain_end(const struct door_result *r, struct ask_failure *why)
{
	char words[768];

	last_words(r->text, words, sizeof(words));
	if (WIFSIGNALED(r->status)) {
		why->kind = ASK_SIGNAL;
		(void)snprintf(why->text, sizeof(why->text), "it was ended by signal %d (%s)%s%s",
			       WTERMSIG(r->status), strsignal(WTERMSIG(r->status)),
			       *words ? ": " : "", words);
	} else if (*words) {
		why->kind =
			DOOR_EXITED_WITH(r->status, EXIT_OF_LOADER) ? ASK_LIBRARY : ASK_NOT_NGINX;
		(void)snprintf(why->text, sizeof(why->text), "%s", words);
	} else {
		why->kind = ASK_NOT_NGINX;
		(void)snprintf(why->text, sizeof(why->text), "it exited with %d and said nothing",
			       WEXITSTATUS(r->status));
	}
}

static bool is_noexec(const struct program *program)
{
	struct statvfs st;

	return fstatvfs(program->fd, &st) == 0 && (st.f_flag & ST_NOEXEC);
}

static enum ask_failure_kind kind_of(const struct program *program, int error)
{
	switch (error) {
	case -EINTR: return ASK_INTERRUPTED;
	case -ETIMEDOUT: return ASK_TIMEOUT;
	case -ENOEXEC:
	case -ENOENT: return ASK_FOREIGN;
	case -EACCES:
	case -EPERM: return is_noexec(program) ? ASK_NOEXEC : ASK_FORBIDDEN;
	case -EMFILE:
	case -ENFILE:
	case -EAGAIN:
	case -ENOMEM:
	case -ENOSPC: return ASK_RESOURCES;
	default: return ASK_NO_ANSWER;
	}
}

void ask_explain_not_run(const struct program *program, int error, const struct door_result *r,
			 uint64_t timeout_us, struct ask_failure *why)
{
	char time[32];

	why->kind = kind_of(program, error);
	why->interrupted = why->kind == ASK_INTERRUPTED;
	if (why->kind == ASK_TIMEOUT)
		(void)snprintf(why->text, sizeof(why->text), "it gave no answer in %s",
			       duration_text(timeout_us, time, sizeof(time)));
	else if (why->interrupted)
		(void)snprintf(why->text, sizeof(why->text), "interrupted");
	else if (error == -ENOEXEC)
		(void)snprintf(
			why->text, sizeof(why->text),
			"it cannot be executed here: %s (wrong architecture, truncated or empty file)",
			strerror(-error));
	else if (why->kind == ASK_NOEXEC)
		(void)snprintf(
			why->text, sizeof(why->text),
			"it cannot be executed where it is: its file system is mounted noexec");
	else
		(void)snprintf(why->text, sizeof(why->text), "could not %s%s: %s", r->step,
			       error == -ENOENT ? " (the loader or interpreter that it names)" : "",
			       error_text(-error));
}

void ask_not_started(int error, struct ask_failure *why)
{
	memset(why, 0, sizeof(*why));
	why->kind = ASK_RESOURCES;
	(void)snprintf(why->text, sizeof(why->text), "no process can be started: %s",
		       error_text(-error));
}

void ask_explain_refusal(const struct door_result *r, struct ask_failure *why)
{
	if (!WIFEXITED(r->status) || DOOR_EXITED_WITH(r->status, EXIT_OF_LOADER) ||
	    !error_text_cause(r->text, r->length, why->text, sizeof(why->text)))
		ask_explain_end(r, why);
	if (why->kind == ASK_SIGNAL || why->kind == ASK_LIBRARY)
		return;
	if (strstr(why->text, "invalid option: "))
		why->kind = ASK_OPTION;
	else if (strstr(why->text, "Permission denied") ||
		 strstr(why->text, "Operation not permitted"))
		why->kind = ASK_DENIED;
	else
		why->kind = ASK_REFUSED;
}

void ask_explain_pipe(const char *pipe, struct ask_failure *why)
{
	if (why->kind != ASK_TIMEOUT || !*pipe)
		return;
	why->kind = ASK_PIPE;
	(void)snprintf(why->pipe, sizeof(why->pipe), "%s", pipe);
	(void)snprintf(why->text, sizeof(why->text),
		       "it waits for the named pipe %s, to which nobody writes", pipe);
}

const char *ask_advice(const struct ask_failure *why, const char *path, char *ret, size_t size)
{
	switch (why->kind) {
	case ASK_INTERRUPTED: (void)snprintf(ret, size, "run it again"); break;
	case ASK_TIMEOUT:
		(void)snprintf(
			ret, size,
			"give it more time with --test-timeout (TEST_TIMEOUT= in the settings); what takes long is mostly a host name that is not resolved");
		break;
	case ASK_PIPE:
		(void)snprintf(
			ret, size,
			"write to it what nginx is to read there (the pass phrases of ssl_password_file), once for each time that nginx reads its configuration: for the test, and for the start after it; \"while cat FILE > %s; do sleep 1; done\" in another shell does that. Or name a plain file",
			why->pipe);
		break;
	case ASK_FOREIGN:
		(void)snprintf(
			ret, size,
			"give one that was built for this machine; \"file %s\" tells for which",
			path);
		break;
	case ASK_LIBRARY:
		(void)snprintf(
			ret, size,
			"install the libraries that it needs, or build it for those of this system; \"ldd %s\" shows which are missing",
			path);
		break;
	case ASK_NOEXEC:
		(void)snprintf(
			ret, size,
			"put it on a file system that is not mounted noexec, or allow that there: mount -o remount,exec on what \"df %s\" shows",
			path);
		break;
	case ASK_FORBIDDEN:
		(void)snprintf(
			ret, size,
			"see that its user may execute it, and pass every folder on the way: \"namei -l %s\"",
			path);
		break;
	case ASK_RESOURCES:
		(void)snprintf(
			ret, size,
			"see the limits on open files, processes and memory: \"ulimit -a\", and those of this machine");
		break;
	case ASK_SIGNAL:
		(void)snprintf(
			ret, size,
			"the file is damaged, or was built for another processor: build or copy it once more; \"%s -V\" shows the same failure",
			path);
		break;
	default:
		(void)snprintf(ret, size,
			       "give an nginx binary that works: \"%s -V\" shows the same failure",
			       path);
		break;
	}
	return ret;
}
