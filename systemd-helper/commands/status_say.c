/* What status prints: one screen with the generations as a tree, and with --json one object that
 * programs can read. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/report_wait.h"
#include "commands/status.h"
#include "commands/words.h"
#include "init/init.h"
#include "nginx/clients.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/sockets.h"
#include "ui/say.h"

enum { LINE = 512 };

/* "": no worker leaves, or none of its clients is known. */
static void oldest_text(const struct client *c, char *ret, size_t size)
{
	char peer[CLIENT_TEXT], age[32];

	ret[0] = '\0';
	if (!c->known)
		return;
	(void)client_peer(c, peer, sizeof(peer));
	if (c->row.kind != SOCKET_TCP)
		(void)snprintf(ret, size, "those that leave have a client of %s", peer);
	else if (c->row.age_us)
		(void)snprintf(
			ret, size,
			"the oldest client of those that leave: from %s to port %u, at least %s old",
			peer, c->row.port, seconds_text(c->row.age_us, age, sizeof(age)));
	else
		(void)snprintf(ret, size, "those that leave have a client: %s to port %u", peer,
			       c->row.port);
}

/* A line for people only: --json has it as fields of another event. */
static void say_below(const char *before, const char *text)
{
	if (!say_how()->json)
		say(SAY_INFO, "%s%s", before, text);
}

static void say_generation(const struct status_seen *s, size_t which)
{
	const struct status_generation *g = &s->of[which];
	bool both = s->of[1].pid != 0;
	const char *name = which ? "new" : both ? "old" : "the only";
	const char *tree = which ? "     " : both ? "|    " : "     ";
	bool counted = !s->count_error;
	char age[32], memory[32], have[128], work[LINE], oldest[LINE], peer[CLIENT_TEXT];
	struct say_field fields[] = {
		{"generation", name, 0},
		{"pid", NULL, (uint64_t)g->pid},
		{"version", g->version, 0},
		{"tls", g->tls, 0},
		{"accepting", NULL, g->facts.accepting},
		{"starting", NULL, g->facts.starting},
		{"leaving", NULL, g->facts.leaving},
		{"age_us", NULL, g->age_us},
		{"memory", NULL, g->memory},
		{counted ? "connections" : NULL, NULL, g->connections},
		{g->oldest.known ? "oldest_peer" : NULL,
		 client_peer(&g->oldest, peer, sizeof(peer)), 0},
		{"oldest_age_us", NULL, g->oldest.row.age_us},
		{NULL, NULL, 0},
	};

	if (counted)
		(void)snprintf(have, sizeof(have), "%u connections", g->connections);
	else
		(void)snprintf(have, sizeof(have), "connections not known: %s",
			       strerror(-s->count_error));
	(void)snprintf(work, sizeof(work), "%u workers accept, %u start, %u leave; %s; %s",
		       g->facts.accepting, g->facts.starting, g->facts.leaving, have,
		       words_of_size(g->memory, memory, sizeof(memory)));
	oldest_text(&g->oldest, oldest, sizeof(oldest));
	say_event(SAY_INFO, "generation", fields,
		  "%s%s generation: master %d, nginx %s%s, for %s%s%s", which ? "`- " : "", name,
		  (int)g->pid, strcmp(g->version, "unknown") == 0 ? "of " : "",
		  strcmp(g->version, "unknown") == 0 ? "unknown version" : g->version,
		  duration_text(g->age_us, age, sizeof(age)), say_how()->json ? ": " : "",
		  say_how()->json ? work : "");
	say_below(tree, work);
	if (oldest[0])
		say_below(tree, oldest);
	if (g->tls[0])
		say_below(tree, g->tls);
}

/* What the init system has wrong about this nginx, and what to do; "": nothing. */
static const char *wrong_belief(const struct status_seen *s, char *ret, size_t size)
{
	const struct init_belief *b = &s->belief;
	pid_t old = s->of[0].pid, new = s->of[1].pid;
	pid_t serves = new ? new : old;
	/* In the middle of a handover it may follow either master. */
	bool follows = !b->main || b->main == serves || (new && !s->draining && b->main == old);

	ret[0] = '\0';
	if (!b->right_state)
		(void)snprintf(ret, size, "%s calls %s %s, and master %d runs. What to do: %s",
			       b->name, b->unit, b->state, (int)serves, b->mend_state);
	else if (!follows)
		(void)snprintf(
			ret, size,
			"%s takes %d for the main process of %s, and master %d serves. What to do: %s",
			b->name, (int)b->main, b->unit, (int)serves, b->mend_main);
	return ret;
}

static void say_belief(const struct status_seen *s)
{
	const struct init_belief *b = &s->belief;
	char main[48] = "", wrong[LINE + UNIT_TEXT * 4];

	if (!s->believed)
		return;
	if (b->main)
		(void)snprintf(main, sizeof(main), ", main process %d", (int)b->main);
	{
		struct say_field fields[] = {
			{"init", b->name, 0},
			{"unit", b->unit, 0},
			{"state", b->state, 0},
			{"main_pid", NULL, (uint64_t)b->main},
			{"wrong", NULL, *wrong_belief(s, wrong, sizeof(wrong)) ? 1 : 0},
			{NULL, NULL, 0}};

		say_event(SAY_INFO, "unit", fields, "unit      %s: %s%s", b->unit, b->state, main);
	}
	if (wrong[0])
		say(SAY_WARNING, "%s", wrong);
}

void status_say(const struct status_seen *s, const struct status_kept *kept)
{
	say_generation(s, 0);
	if (s->of[1].pid)
		say_generation(s, 1);
	if (s->quitting)
		say(SAY_WARNING,
		    "nginx is stopping: master %d has had QUIT: it no longer listens, serves its last clients, and then ends",
		    (int)s->of[0].pid);
	else if (!s->of[0].facts.accepting && !s->of[1].facts.accepting)
		say(SAY_WARNING, "no worker accepts connections");
	if (s->due)
		say(SAY_INFO, "an upgrade is due%s: %s",
		    s->draining ? ", and possible when the old master has ended" : "", s->due_text);
	else if (s->once_more)
		say(SAY_INFO,
		    "the binary was installed again with the same bytes: no upgrade is due. needrestart and dnf needs-restarting report nginx nevertheless, until an upgrade");
	say_below("binary    ", s->binary[0] ? s->binary : "not known");
	say_below("pid file  ", s->pid_file);
	say_belief(s);
	say_below("backups   ", kept->backups);
}

/* "running, draining, upgrade due" */
static const char *state_text(const struct status_seen *s, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s%s%s%s%s%s", s->quitting ? "stopping" : "running",
		       s->under_way ? ", handover under way" : "",
		       s->unfinished ? ", handover unfinished" : "", s->held ? ", held" : "",
		       s->draining ? ", draining" : "", s->due ? ", upgrade due" : "");
	return ret;
}

static enum say_paint state_paint(const struct status_seen *s)
{
	if (s->quitting || (!s->of[0].facts.accepting && !s->of[1].facts.accepting))
		return PAINT_BAD;
	return s->due || s->under_way || s->unfinished || s->held || s->draining ? PAINT_ODD
										 : PAINT_GOOD;
}

void status_say_state(const struct status_seen *s, int code)
{
	const struct status_generation *serves = &s->of[s->of[1].pid ? 1 : 0];
	char state[128];
	struct say_field fields[] = {
		{"state", state_text(s, state, sizeof(state)), 0},
		{"running", NULL, !s->quitting},
		{"stopping", NULL, s->quitting},
		{"due", NULL, s->due},
		{"under_way", NULL, s->under_way},
		{"unfinished", NULL, s->unfinished},
		{"held", NULL, s->held},
		{"draining", NULL, s->draining},
		{"pid", NULL, (uint64_t)serves->pid},
		{"version", serves->version, 0},
		{"binary", s->binary, 0},
		{"pid_file", s->pid_file, 0},
		{"unit", s->believed ? s->belief.unit : "", 0},
		{"code", NULL, (uint64_t)code},
		{NULL, NULL, 0},
	};

	say_event_painted(SAY_INFO, state_paint(s), "status", fields, "state     %s", state);
}

void status_say_none(int code)
{
	const char *state = code == STATUS_UNKNOWN ? "unknown" : "not running";
	struct say_field fields[] = {
		{"state", state, 0},
		{"code", NULL, (uint64_t)code},
		{code == STATUS_UNKNOWN ? NULL : "running", NULL, 0},
		{"stopping", NULL, 0},
		{"due", NULL, 0},
		{"under_way", NULL, 0},
		{"unfinished", NULL, 0},
		{"held", NULL, 0},
		{"draining", NULL, 0},
		{NULL, NULL, 0},
	};

	if (say_how()->json)
		say_event(SAY_INFO, "status", fields, "state     %s", state);
}
