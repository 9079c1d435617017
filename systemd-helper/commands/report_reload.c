/* What is printed at the end of a reload. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/report.h"
#include "commands/report_quic.h"
#include "core/cause.h"
#include "core/decide.h"
#include "core/facts.h"
#include "core/fault.h"
#include "os/clock.h"
#include "os/duration.h"
#include "ui/say.h"

/* What nginx's error log says, or where else to look; begins with ": " or "; ". Returns ret. */
static const char *nginx_says(const struct run *run, char *ret, size_t size)
{
	char line[768];

	if (run_cause(run, line, sizeof(line)))
		(void)snprintf(ret, size, ": %s", line);
	else if (run->log.fd >= 0)
		(void)snprintf(
			ret, size,
			"; its error log %.600s says nothing about it (where the new configuration names another one, look there)",
			run->log.path);
	else
		(void)snprintf(ret, size, "; it has no error log file that could be read");
	return ret;
}

static void end_reloaded(const struct run *run, uint64_t took_us)
{
	const struct generation_facts *g = &run->facts.old;
	int master = (int)run->world.old.subject.process.pid;
	struct say_field fields[] = {
		{"pid", NULL, (uint64_t)master},
		{"workers", NULL, g->accepting},
		{"leaving", NULL, g->leaving},
		{"duration_us", NULL, took_us},
		{NULL, NULL, 0},
	};
	char took[32];
	char leaving[96] = "";
	char why[900];

	if (g->leaving)
		(void)snprintf(leaving, sizeof(leaving),
			       "; %u with the old one finish their clients and leave by themselves",
			       g->leaving);
	if (run->fault == FAULT_FEW_WORKERS) {
		say_event(
			SAY_ERROR, "reloaded", fields,
			"master %d has the new configuration, but only %u workers where that asks for %u%s. What to do: raise the limit on processes (TasksMax= in the unit, pids.max of the cgroup, \"ulimit -u\"), then reload again",
			master, g->accepting, run->ask.workers, nginx_says(run, why, sizeof(why)));
		return;
	}
	say_event(SAY_NOTICE, "reloaded", fields,
		  "done in %s: master %d serves with %u workers and the new configuration%s",
		  duration_text(took_us, took, sizeof(took)), master, g->accepting, leaving);
	if (run->facts.pid_file != PID_FILE_OLD)
		say(SAY_WARNING,
		    "the pid file %s does not name master %d any more: the new configuration names another one",
		    run->world.pid_file.path, master);
}

static void end_kept(const struct run *run)
{
	struct say_field fields[] = {{"fault", fault_text(run->fault), 0}, {NULL, NULL, 0}};
	char why[900];

	say_event(
		SAY_ERROR, "kept", fields,
		"not reloaded: nginx got HUP and did not take the new configuration%s. Master %d serves on with the old one, with %u workers. What to do: correct the cause and reload again",
		nginx_says(run, why, sizeof(why)), (int)run->world.old.subject.process.pid,
		run->facts.old.accepting);
}

static const char *advice(const struct run *run)
{
	switch (run->fault) {
	case FAULT_ALL_GONE: return "Start it: \"nginx-handover start\"";
	case FAULT_UNFINISHED: return report_way_on(&run->facts);
	case FAULT_BOTH_CONFIGS:
		return "Either these workers are busy, and will leave; or this master was once sent USR2 without a right pid file: it never reads its configuration again and starts more workers at each HUP, until it is replaced: \"nginx-handover upgrade\"";
	default: return "Look with \"nginx-handover status\" before you try again";
	}
}

static void end_stuck(const struct run *run)
{
	const struct generation_facts *g = &run->facts.old;
	struct say_field fields[] = {{"fault", fault_text(run->fault), 0}, {NULL, NULL, 0}};
	bool told = run->history.acted_us[ACT_HUP] != 0;
	char why[900] = "";
	char time[96];

	if (run->fault == FAULT_ACTION)
		(void)snprintf(why, sizeof(why), " (%s: %s)", action_text(run->failed_action),
			       strerror(-run->act_error));
	else if (run->fault == FAULT_UNSEEN)
		(void)snprintf(why, sizeof(why), " (%s)", strerror(-run->look_error));
	else if (told)
		(void)nginx_says(run, why, sizeof(why));
	say_event(SAY_ERROR, "stuck", fields,
		  "%s: %s%s%s. %s. Master %d %s: %u workers accept, %u start, %u leave. %s",
		  told ? "the reload did not come to its end" : "not reloaded",
		  fault_text(run->fault), report_in_time(run, run->fault, time, sizeof(time)), why,
		  told ? "It has had HUP" : "Nothing was signalled",
		  (int)run->world.old.subject.process.pid, g->alive ? "lives" : "is gone",
		  g->accepting, g->starting, g->leaving, advice(run));
}

void report_reload_end(const struct run *run)
{
	switch (run->outcome) {
	case OUTCOME_RELOADED: end_reloaded(run, clock_us() - run->began_us); break;
	case OUTCOME_KEPT: end_kept(run); break;
	default: end_stuck(run); break;
	}
	report_quic_healed(&run->healed);
}
