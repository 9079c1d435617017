/*
 * The probe by a command: how it is executed, and how its end is judged. Whether it may be executed
 * stands in probe_command_vet.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/probe.h"
#include "core/probe_command.h"
#include "core/probe_variables.h"
#include "core/run.h"
#include "nginx/probe.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/error_text.h"
#include "trust/actor.h"
#include "trust/door.h"

/* If this process is stopped, the guard ends the command this long after its time. */
#define GUARD_MORE_US 5000000u

static int begin(void *arg, const struct run *run)
{
	struct probe_command *p = arg;
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)p->command, NULL};
	struct door_spec spec = {.program = &p->shell,
				 .actor = &p->actor,
				 .argv = argv,
				 .one_stream = true,
				 .guard_us = p->timeout_us + GUARD_MORE_US,
				 .wake_fd = -1};
	struct probe_variables *variables = probe_variables(run);
	int r;

	if (!variables)
		return -ENOMEM;
	r = actor_at(&run->world.new.subject, p->as_account ? &p->account : NULL, variables->list,
		     &p->actor);
	probe_variables_free(variables);
	if (r < 0)
		return r;
	r = door_start(&spec, &p->running);
	if (r < 0)
		actor_free(&p->actor);
	p->until_us = clock_us() + p->timeout_us;
	return r;
}

/* Adds the last line of its output to the text. */
static void add_last_line(const struct probe_command *p, struct probe_text *ret)
{
	const char *text = p->result.text;
	size_t length = strlen(text);
	size_t from;
	size_t n = strlen(ret->text);

	while (length && (text[length - 1] == '\n' || text[length - 1] == ' '))
		length--;
	for (from = length; from && text[from - 1] != '\n'; from--)
		;
	if (length - from > 300)
		length = from + 300;
	if (length > from)
		(void)snprintf(ret->text + n, sizeof(ret->text) - n, "; it said: %.*s",
			       (int)(length - from), text + from);
}

/* NUL bytes would hide the output after them. */
static void no_nuls(struct door_result *result)
{
	size_t i;

	for (i = 0; i < result->length; i++) {
		if (!result->text[i])
			result->text[i] = '?';
	}
}

static enum probe_state judge(struct probe_command *p, int r, struct probe_text *ret)
{
	const struct door_result *d = &p->result;
	char time[32];

	no_nuls(&p->result);
	if (r == 0 && DOOR_EXITED_WITH(d->status, 0))
		return PROBE_PASSED;
	if (r == -ETIMEDOUT)
		(void)snprintf(
			ret->text, sizeof(ret->text),
			"\"%.300s\" has not ended within %s (--probe-timeout, PROBE_TIMEOUT=) and was killed",
			p->command, duration_text(p->timeout_us, time, sizeof(time)));
	else if (r < 0)
		(void)snprintf(ret->text, sizeof(ret->text), "\"%.300s\": could not %s: %s",
			       p->command, d->step, error_text(-r));
	else if (WIFSIGNALED(d->status))
		(void)snprintf(ret->text, sizeof(ret->text), "\"%.300s\" was ended by signal %d",
			       p->command, WTERMSIG(d->status));
	else
		(void)snprintf(ret->text, sizeof(ret->text), "\"%.300s\" exited with %d",
			       p->command, WEXITSTATUS(d->status));
	add_last_line(p, ret);
	return PROBE_FAILED;
}

static enum probe_state step(void *arg, const struct run *run, struct probe_text *ret)
{
	struct probe_command *p = arg;
	int r = door_look(&p->running, &p->result);

	(void)run;
	if (r == 1 && clock_us() < p->until_us)
		return PROBE_GOING;
	if (r == 1) {
		door_abandon(&p->running);
		r = -ETIMEDOUT;
	}
	return judge(p, r, ret);
}

static void end(void *arg)
{
	struct probe_command *p = arg;

	door_abandon(&p->running);
	actor_free(&p->actor);
}

static const char *said(const void *arg)
{
	const struct probe_command *p = arg;

	return p->result.text;
}

const struct probe_kind probe_command_kind = {"command", begin, step, end, said};
