/* Asks for the limits that the service has now and the running nginx does not have yet, and prints
 * them. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/findings.h"
#include "commands/limits.h"
#include "commands/session.h"
#include "core/problems.h"
#include "core/raise.h"
#include "core/run.h"
#include "init/limits.h"
#include "os/limits.h"
#include "ui/say.h"

enum { CHANGE_TEXT = 160 };

void limits_ask(struct session *s)
{
	struct run *run = &s->run;
	pid_t master = run->world.old.subject.process.pid;
	struct init_limits wanted;
	struct limits has;

	memset(&run->raise, 0, sizeof(run->raise));
	if (!s->init->ops.limits(s->init, master, &wanted))
		return;
	limits_of(master, &has);
	raise_plan(&has, &wanted, &run->raise);
}

const struct limits *limits_next(const struct session *s, struct limits *room)
{
	raise_next(&s->run.raise, room);
	return raise_count(&s->run.raise) ? room : NULL;
}

/* "1024", or, where `both`, "1024 (hard 4096)". Returns ret. */
static const char *value_text(const struct limit *l, bool both, char ret[CHANGE_TEXT / 3])
{
	char soft[LIMIT_TEXT], hard[LIMIT_TEXT];

	(void)snprintf(ret, CHANGE_TEXT / 3, both ? "%s (hard %s)" : "%s",
		       limit_text(l->soft, soft), limit_text(l->hard, hard));
	return ret;
}

/* "NOFILE 1024 -> 65536". Returns ret. */
static const char *change_text(const struct raise_change *c, const struct limit *to,
			       char ret[CHANGE_TEXT])
{
	bool both = c->before.hard != to->hard;
	char before[CHANGE_TEXT / 3], after[CHANGE_TEXT / 3];

	(void)snprintf(ret, CHANGE_TEXT, "%s %s -> %s", limit_name(c->resource),
		       value_text(&c->before, both, before), value_text(to, both, after));
	return ret;
}

/* The changes that raise a limit (more), or the others, with ", " between them. Whether there is
 * any. */
static bool list_text(const struct raise *r, bool more, char *ret, size_t size)
{
	size_t length = 0;
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < r->count && length < size; i++) {
		const struct raise_change *c = &r->list[i];
		char text[CHANGE_TEXT];

		if (raise_is_more(c) == more)
			length += (size_t)snprintf(
				ret + length, size - length, "%s%s", length ? ", " : "",
				change_text(c, more ? &c->after : &c->wanted, text));
	}
	return ret[0] != '\0';
}

static void say_limit(enum say_level level, const struct raise_change *c, const struct limit *to,
		      const char *where)
{
	bool both = c->before.hard != to->hard;
	char name[32], before[CHANGE_TEXT / 3], after[CHANGE_TEXT / 3];
	struct say_field fields[] = {{"what", name, 0},
				     {"before", value_text(&c->before, both, before), 0},
				     {"after", value_text(to, both, after), 0},
				     {NULL, NULL, 0}};

	(void)snprintf(name, sizeof(name), "limit %s", limit_name(c->resource));
	say_event(level, "change", fields, "  limit %s: %s -> %s%s", limit_name(c->resource),
		  before, after, where);
}

void limits_say_difference(const struct session *s)
{
	const struct raise *r = &s->run.raise;
	size_t i;

	if (!r->count)
		return;
	say(SAY_INFO, "limits of master %d -> of %s:", (int)s->run.world.old.subject.process.pid,
	    r->source);
	for (i = 0; i < r->count; i++) {
		const struct raise_change *c = &r->list[i];

		if (raise_is_more(c))
			say_limit(SAY_INFO, c, &c->after, "");
		else
			say_limit(SAY_INFO, c, &c->wanted, " (lower: only a restart does that)");
	}
}

void limits_find(const struct session *s, struct findings *f)
{
	const struct raise *r = &s->run.raise;
	int master = (int)s->run.world.old.subject.process.pid;
	char list[1024];
	struct finding *x;

	if (list_text(r, true, list, sizeof(list))) {
		x = finding_add(f, "limits", "master %d has lower limits than %s has now: %s",
				master, r->source, list);
		finding_means(
			x,
			"the workers that run do not have them yet; the next upgrade or reload raises them without a restart");
		problem_advise(&x->what, "\"nginx-handover reload\"");
	}
	if (list_text(r, false, list, sizeof(list))) {
		x = finding_add(f, "limits-lower",
				"master %d has higher limits than %s has now: %s", master,
				r->source, list);
		finding_means(
			x,
			"no upgrade and no reload lowers them; the next restart does, and nginx may then lack limits that were raised by hand");
		problem_advise(
			&x->what,
			"set the higher ones in %s, too, if they were raised by hand for a reason%s%s%s",
			r->source, r->edit[0] ? " (" : "", r->edit, r->edit[0] ? ")" : "");
	}
}

static void say_applied(const struct raise_change *c, const struct raise *r, pid_t master)
{
	char text[CHANGE_TEXT];

	if (raise_is_more(c))
		say(SAY_NOTICE, "limit of master %d raised, as %s has it: %s", (int)master,
		    r->source, change_text(c, &c->after, text));
	if (c->error == -ENOSYS)
		say(SAY_WARNING,
		    "%s has a higher limit: %s. This kernel, older than 2.6.36, cannot change limits of a running process: nginx keeps its lower limit until a restart",
		    r->source, change_text(c, &c->wanted, text));
	else if (c->error == -EPERM)
		say(SAY_WARNING,
		    "%s has a higher limit: %s. To raise the hard limit takes CAP_SYS_RESOURCE, which this run does not have: nginx keeps its lower limit. What to do: run \"nginx-handover reload\" with that capability, or restart nginx",
		    r->source, change_text(c, &c->wanted, text));
	else if (c->error)
		say(SAY_WARNING,
		    "%s has a higher limit: %s. It could not be raised: %s. nginx keeps its lower limit",
		    r->source, change_text(c, &c->wanted, text), strerror(-c->error));
}

void limits_report(const struct run *run, bool raised)
{
	const struct raise *r = &run->raise;
	pid_t master = run->world.old.subject.process.pid;
	size_t i;

	for (i = 0; raised && i < r->count; i++) {
		const struct raise_change *c = &r->list[i];

		if (raise_is_more(c) || c->error)
			say_applied(c, r, master);
	}
	if (!raised && !r->undo_error)
		say(SAY_NOTICE, "the limits of master %d are as they were", (int)master);
	else if (!raised && r->undo_error != -ESRCH)
		say(SAY_WARNING,
		    "not all limits of master %d could be put back (%s): it keeps those of %s, which do no harm",
		    (int)master, strerror(-r->undo_error), r->source);
}
