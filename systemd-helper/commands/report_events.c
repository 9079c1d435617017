/* What is printed during a handover: phases, actions, and why it is undone. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/limits.h"
#include "commands/report_hints.h"
#include "commands/report_private.h"
#include "commands/report_quic.h"
#include "commands/report_wait.h"
#include "core/cause.h"
#include "core/decide.h"
#include "core/decision.h"
#include "core/facts.h"
#include "core/fault.h"
#include "core/probe.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/install.h"
#include "nginx/probe.h"
#include "os/duration.h"
#include "os/error_text.h"
#include "ui/say.h"

void report_describe(const char *name, pid_t master, const struct generation_facts *g, char *ret,
		     size_t size)
{
	size_t n;

	ret[0] = '\0';
	if (!g->alive)
		return;
	n = (size_t)snprintf(ret, size, "  %s %d:", name, (int)master);
	if (g->accepting && n < size)
		n += (size_t)snprintf(ret + n, size - n, " %u accepting", g->accepting);
	if (g->starting && n < size)
		n += (size_t)snprintf(ret + n, size - n, " %u starting", g->starting);
	if (g->leaving && n < size)
		n += (size_t)snprintf(ret + n, size - n, " %u leaving", g->leaving);
	if (!g->accepting && !g->starting && !g->leaving && n < size)
		(void)snprintf(ret + n, size - n, " no workers");
}

static void on_phase(const struct run *run, enum phase phase, uint64_t took_us)
{
	const struct world *w = &run->world;
	struct say_field fields[] = {
		{"phase", phase_word(phase), 0},
		{"duration_us", NULL, took_us},
		{"old_pid", NULL, (uint64_t)w->old.subject.process.pid},
		{"new_pid", NULL, (uint64_t)w->new.subject.process.pid},
		{NULL, NULL, 0},
	};
	char took[32];
	/* A reload has no phases that people know of. */
	enum say_level level = run->ask.goal == GOAL_RELOAD ? SAY_DEBUG : SAY_NOTICE;
	char old[96];
	char new[96];

	report_describe("old", w->old.subject.process.pid, &run->facts.old, old, sizeof(old));
	report_describe("new", w->new.subject.process.pid, &run->facts.new, new, sizeof(new));
	say_event(level, "phase", fields, "%9s  %-8s  %s",
		  duration_text(took_us, took, sizeof(took)), phase_word(phase), phase_text(phase));
	say(SAY_DEBUG, "           then: %s%s", *old ? old : "  old master gone", new);
}

static void on_action(const struct run *run, enum action action)
{
	struct say_field fields[] = {{"action", action_text(action), 0}, {NULL, NULL, 0}};

	report_migrate(run, action);
	say_event(SAY_DEBUG, "action", fields, "           -> %s", action_text(action));
}

const char *report_cause(const struct run *run, enum fault fault, char *ret, size_t size)
{
	const struct probe *failed = probes_failed(&run->probes);
	char line[768];

	ret[0] = '\0';
	if (fault == FAULT_PROBE)
		(void)snprintf(ret, size, ": %s: %.700s", failed ? failed->kind->name : "all",
			       failed ? failed->text.text : "it took too long");
	else if (fault_advice(fault))
		(void)snprintf(ret, size, ": %s", fault_advice(fault));
	else if (run_cause(run, line, sizeof(line)))
		(void)snprintf(ret, size, ": %s", line);
	else if (run->pipe[0])
		(void)snprintf(
			ret, size,
			": it waits for somebody to write to the named pipe %s, once more than for the test",
			run->pipe);
	return ret;
}

const char *report_in_time(const struct run *run, enum fault fault, char *ret, size_t size)
{
	char time[32];

	ret[0] = '\0';
	if (run->waited && fault_is_of_time(fault))
		(void)snprintf(ret, size, "; it had %s (--start-timeout, START_TIMEOUT=)",
			       duration_text(run->ask.start_timeout_us, time, sizeof(time)));
	return ret;
}

const char *report_unseen(const struct run *run, char *ret, size_t size)
{
	(void)snprintf(ret, size, ": %s", error_text(-run->look_error));
	return ret;
}

enum { SHOWN_LINES = 10, SHOWN_LENGTH = 200 };

/* Where the last SHOWN_LINES lines of the text begin. *ret_before: line ends before that place. */
static const char *last_lines(const char *text, unsigned *ret_before)
{
	const char *from = text + strlen(text);
	unsigned lines = 0;

	while (from > text && from[-1] == '\n')
		from--;
	while (from > text && lines < SHOWN_LINES) {
		from--;
		if (from > text && from[-1] == '\n')
			lines++;
	}
	*ret_before = lines;
	return *from == '\n' ? from + 1 : from;
}

/* Prints the last lines of the probe's output. A single short line is in the reason already. */
static void say_what_probe_said(const struct run *run)
{
	const struct probe *failed = probes_failed(&run->probes);
	const char *text = failed && failed->kind->said ? failed->kind->said(failed->arg) : "";
	unsigned lines;
	const char *from = last_lines(text, &lines);

	if (lines == 0 && strlen(text) <= SHOWN_LENGTH)
		return;
	while (*from) {
		size_t length = strcspn(from, "\n");
		struct say_field fields[] = {{"probe", failed->kind->name, 0}, {NULL, NULL, 0}};

		say_event(SAY_ERROR, "probe_output", fields, "           | %.*s",
			  (int)(length < SHOWN_LENGTH ? length : SHOWN_LENGTH), from);
		from += length;
		from += *from == '\n';
	}
}

static void on_turn(const struct run *run, enum fault fault)
{
	struct say_field fields[] = {{"fault", fault_text(fault), 0},
				     {"phase", phase_word(run->phase), 0},
				     {NULL, NULL, 0}};
	char why[800];
	char time[96];
	char reason[INSTALL_REASON_SIZE];

	if (fault == FAULT_ACTION && run->failed_action == ACT_INSTALL)
		say_event(
			SAY_ERROR, "turn", fields,
			"the new binary could not be installed: could not %s %s: %s",
			run->failed.step, run->failed.path,
			install_error_reason(&run->failed, run->act_error, reason, sizeof(reason)));
	else if (fault == FAULT_ACTION)
		say_event(SAY_ERROR, "turn", fields, "%s: %s", action_text(run->failed_action),
			  strerror(-run->act_error));
	else
		say_event(SAY_ERROR, "turn", fields, "%s%s%s", fault_text(fault),
			  report_in_time(run, fault, time, sizeof(time)),
			  fault == FAULT_UNSEEN ? report_unseen(run, why, sizeof(why))
						: report_cause(run, fault, why, sizeof(why)));
	if (fault == FAULT_PROBE)
		say_what_probe_said(run);
	if (run->phase != PHASE_ALONE && run->ask.goal == GOAL_FORWARD)
		say(SAY_NOTICE, "going back to the old generation, master %d",
		    (int)run->world.old.subject.process.pid);
}

static void on_without(const struct run *run, enum action action)
{
	if (action == ACT_RESTORE_BINARY)
		on_turn(run, FAULT_ACTION);
	else
		report_quic_without(run, action);
}

static void on_stop_asked(const struct run *run)
{
	say(SAY_WARNING,
	    "the service is being stopped: the handover ends here (phase %s), and every generation is stopped in order",
	    phase_word(run->phase));
}

static void on_interrupted(const struct run *run, int sig, bool turns_back)
{
	const char *name = sig == SIGINT ? "SIGINT" : sig == SIGQUIT ? "SIGQUIT" : "SIGTERM";

	if (turns_back)
		say(SAY_WARNING, "%s: the handover is undone", name);
	else if (run->ask.goal == GOAL_FORWARD)
		say(SAY_WARNING, "%s: the old master has had QUIT, there is no way back; finishing",
		    name);
	else
		say(SAY_WARNING, "%s: what is under way is brought to its end first", name);
}

static void on_hurried(const struct run *run)
{
	char settle[32];

	say(SAY_WARNING,
	    "SIGUSR1, as from \"nginx-handover finish\": the old workers' clients are not waited for before QUIT; the new generation is watched alone for %s",
	    duration_text(settle_time_us(run->facts.steered, &run->ask), settle, sizeof(settle)));
}

static void on_probed(const struct run *run, const struct probe *probe)
{
	bool passed = probe->state == PROBE_PASSED;
	bool shared = run->facts.old.accepting && strcmp(probe->kind->name, "accept") != 0;
	struct say_field fields[] = {
		{"probe", probe->kind->name, 0},     {"result", passed ? "passed" : "failed", 0},
		{"text", probe->text.text, 0},       {"duration_us", NULL, probe->took_us},
		{shared ? "shared" : NULL, NULL, 1}, {NULL, NULL, 0}};
	char took[32];

	say_event(SAY_DEBUG, "probe", fields, "           probe \"%s\" %s in %s%s%s",
		  probe->kind->name, passed ? "passed" : "failed",
		  duration_text(probe->took_us, took, sizeof(took)),
		  probe->text.text[0] ? ": " : "", probe->text.text);
	/* Only the probe "accept" can tell which generation accepts. */
	if (shared && passed)
		say(SAY_NOTICE,
		    "probe \"%s\": the old workers accept, too, until the end of this upgrade (reuseport), so an answer may have been theirs",
		    probe->kind->name);
}

const struct run_events report_events = {on_phase,      on_action,      on_turn,    report_wait,
					 on_stop_asked, on_interrupted, on_hurried, on_without,
					 on_probed,     limits_report};
