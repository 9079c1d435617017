/*
 * A trace: what happens, then the world after it, in one line. Where a look is complete, also the
 * facts and the decision.
 */
#include <stdio.h>
#include <string.h>

#include "core/decision.h"
#include "explore.h"

static void print_workers(const struct workers *w)
{
	printf("%us%ua", w->starting, w->accepting);
	if (w->starting_told || w->accepting_told)
		printf("+told:%us%ua", w->starting_told, w->accepting_told);
	if (w->fresh_starting || w->fresh_accepting)
		printf("(fresh %us%ua)", w->fresh_starting, w->fresh_accepting);
	if (w->leaving)
		printf("+%uleaving", w->leaving);
	if (w->crashed)
		printf("+%ucrashed", w->crashed);
	if (w->wedged)
		printf("+wedged");
}

static void print_signals(unsigned signals)
{
	static const char *const names[] = {"CHLD", "USR2", "WINCH", "HUP", "QUIT", "TERM"};
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (signals & (1u << i))
			printf(" <%s", names[i]);
}

static void print_old(const struct state *s)
{
	static const char *const steps[] = {"", " (reaped)", " (renamed)", " (started)"};

	printf("old %s", s->old_alive ? "" : "dead ");
	print_workers(&s->oldw);
	printf("%s%s%s%s", steps[s->old_step], s->old_noaccepting ? " noaccepting" : "",
	       s->old_quit ? " quits" : "", s->old_term ? " terminates" : "");
	print_signals(s->old_pending);
}

void print_state(const struct state *s)
{
	static const char *const stages[] = {"none",        "forked", "executed", "pid-emptied",
					     "pid-written", "forks",  "loops",    "zombie"};
	static const char *const files[] = {"-", "empty", "old", "new"};
	static const char *const paths[] = {"old", "new"};

	printf("#       | ");
	print_old(s);
	printf(" | new %s ", stages[s->new_stage]);
	print_workers(&s->neww);
	printf("%s%s%s", s->new_hangs ? " hangs" : "", s->new_quit ? " quits" : "",
	       s->flaw ? " flawed" : "");
	print_signals(s->new_pending);
	printf(" | pid=%s%s path=%s", files[s->pid_file], s->oldbin ? " .oldbin" : "",
	       paths[s->path_new]);
	static const char *const leads[] = {"", " led to old", " led to new", " led back"};

	printf("%s", leads[s->steer]);
	printf("%s%s", s->unread_old ? " unread" : "", s->unread_new ? " unread by new" : "");
	printf("%s%s%s\n", s->stalls ? " stalls" : "", s->drain_term ? " term" : "",
	       s->wants == WANTS_HOLD ? " hold"
	       : s->wants             ? " probe"
				      : "");
}

static void print_generation(const char *name, const struct generation_facts *g)
{
	printf(" %s:%s%s a%u s%u l%u", name, g->alive ? "alive" : "dead", g->idle ? ",idle" : "",
	       g->accepting, g->starting, g->leaving);
	if (g->fresh)
		printf(" f%u", g->fresh);
	if (g->orphans)
		printf(" o%u", g->orphans);
	if (g->deaths)
		printf(" deaths");
}

static void print_decision(const struct decision *d)
{
	static const char *const outcomes[] = {"DONE",    "NOTHING",  "HELD", "DRAINING", "UNDONE",
					       "STOPPED", "RELOADED", "KEPT", "STUCK"};

	switch (d->move) {
	case MOVE_WAIT: printf("wait\n"); break;
	case MOVE_ACT: printf("%s\n", action_text(d->action)); break;
	case MOVE_TURN: printf("turn back: %s\n", fault_text(d->fault)); break;
	case MOVE_END: printf("end %s: %s\n", outcomes[d->outcome], fault_text(d->fault)); break;
	}
}

static void print_look(const struct state *from)
{
	static const char *const files[] = {"missing", "empty", "old", "new", "other"};
	static const char *const probes[] = {"none", "going", "passed", "failed"};
	struct state n = *from;
	const char *refused;
	struct decision d;
	struct facts f;

	d = helper_decides(&n, &f, &refused);
	printf("#       facts");
	print_generation("old", &f.old);
	print_generation("new", &f.new);
	printf(" pid=%s", files[f.pid_file]);
#define SHOW_FACT(kind, name) SHOW_##kind(name)
#define SHOW_FLAG(name)       printf("%s", f.name ? " " #name : "");
#define SHOW_COUNT(name)      SHOW_FLAG(name)
#define SHOW_PID_FILE(name)   /* above */
#define SHOW_PROBE(name)      /* below */
	FACTS(SHOW_FACT)
	printf("; probe %s; %s: ", probes[f.probe], phase_word(d.phase));
	if (refused)
		printf("%s\n", refused);
	else
		print_decision(&d);
}

void print_step(const struct state *from, const struct state *to, const char *what, size_t number)
{
	printf("# %3zu   %s", number, what);
	if (from->mode == MODE_ACT && to->mode == MODE_WAIT &&
	    (to->acted != from->acted || is_for_http3((enum action)from->action)))
		printf(": %s", action_text(from->action));
	printf("\n");
	if (from->mode == MODE_LOOK4 && to->mode != MODE_LOOK4)
		print_look(from);
	print_state(to);
}
