/* drive() with probes of the new generation, at the desk: when they are begun, stepped, ended. */
#define _GNU_SOURCE
#include "desk_nginx.h"

#include "os/exit_code.h"

/* A probe that comes to its end after so many steps. */
struct desk_probe {
	unsigned steps;
	enum probe_state comes_to;
	int refusals; /* so many begins are refused before */
	unsigned begun;
	unsigned stepped;
	unsigned ended;
	bool saw_both; /* at its begin */
	bool lives;    /* it was begun and not ended */
	bool strange;  /* a call that should not have come */
};

static int begin(void *arg, const struct run *r)
{
	struct desk_probe *p = arg;

	p->strange |= p->lives;
	if (p->refusals) {
		p->refusals--;
		return -EAGAIN;
	}
	p->begun++;
	p->stepped = 0;
	p->lives = true;
	p->saw_both = r->facts.old.alive && r->facts.new.alive;
	return 0;
}

static enum probe_state step(void *arg, const struct run *r, struct probe_text *ret)
{
	struct desk_probe *p = arg;

	(void)r;
	p->strange |= !p->lives || p->stepped >= p->steps;
	if (++p->stepped < p->steps)
		return PROBE_GOING;
	(void)snprintf(ret->text, sizeof(ret->text), "after %u steps", p->stepped);
	return p->comes_to;
}

static void end_it(void *arg)
{
	struct desk_probe *p = arg;

	p->strange |= !p->lives;
	p->lives = false;
	p->ended++;
}

static const struct probe_kind desk_kind = {"desk", begin, step, end_it, NULL};

static void probed_run(struct desk_probe *first, struct desk_probe *second)
{
	one_generation();
	open_run(GOAL_FORWARD);
	run.ask.probe_timeout_us = 30000 * MSEC;
	probes_add(&run, &desk_kind, first);
	if (second)
		probes_add(&run, &desk_kind, second);
}

static bool is_over(const struct desk_probe *p)
{
	return !p->lives && !p->strange && p->ended == p->begun;
}

static void passed(void)
{
	struct desk_probe quick = {.steps = 1, .comes_to = PROBE_PASSED};
	struct desk_probe slow = {.steps = 6, .comes_to = PROBE_PASSED};

	prepare();
	probed_run(&quick, &slow);
	run.ask.settle_us = 1;
	ends(OUTCOME_DONE, FAULT_NONE, 0, "a handover with two probes that pass");
	same_text(
		actions,
		"USR2 to the old master; WINCH to the old master; probe the new generation; QUIT to the old master",
		"they come before QUIT");
	ok(is_over(&quick) && is_over(&slow) && quick.begun == 1, "each is begun and ended once");
	ok(quick.stepped == 1 && slow.stepped == 6 && slow.saw_both, "the slow one is waited for");
	same_number(probed, 2, "each is told");
	same_text(run.probes.list[1].text.text, "after 6 steps", "what it says stays");
	desk_empty();
}

static void failed(void)
{
	struct desk_probe endless = {.steps = 100000, .comes_to = PROBE_PASSED};
	struct desk_probe bad = {.steps = 3, .comes_to = PROBE_FAILED};

	prepare();
	probed_run(&endless, &bad);
	run.ask.settle_us = 60u * 1000 * MSEC;
	ends(OUTCOME_UNDONE, FAULT_PROBE, EXIT_UNDONE, "one probe fails");
	ok(strstr(actions, "probe the new generation; HUP to the old master") != NULL,
	   "it goes back at once");
	ok(is_over(&endless) && is_over(&bad) && endless.begun == 1, "the other is ended, too");
	ok(probes_failed(&run.probes) == &run.probes.list[1], "and it is known which");
	desk_empty();
}

static void endless(void)
{
	struct desk_probe p = {.steps = 1000000, .comes_to = PROBE_PASSED};

	prepare();
	probed_run(&p, NULL);
	run.ask.start_timeout_us = 1000 * MSEC;
	run.ask.probe_timeout_us = 100 * MSEC;
	ends(OUTCOME_UNDONE, FAULT_PROBE, EXIT_UNDONE, "a probe that keeps no deadline");
	ok(is_over(&p) && !probes_failed(&run.probes), "is ended");
	desk_empty();
}

static void interrupted(void)
{
	struct desk_probe p = {.steps = 1000000, .comes_to = PROBE_PASSED};

	prepare();
	plan.interrupt = SIGINT;
	plan.when = PHASE_SHIFTED;
	probed_run(&p, NULL);
	ends(OUTCOME_UNDONE, FAULT_INTERRUPTED, EXIT_UNDONE, "Ctrl-C while a probe goes");
	ok(is_over(&p) && p.begun == 1, "it is ended");
	desk_empty();
}

static void refused(void)
{
	struct desk_probe other = {.steps = 1, .comes_to = PROBE_PASSED};
	struct desk_probe once = {.steps = 1, .comes_to = PROBE_PASSED, .refusals = 1};
	struct desk_probe ever = {.steps = 1, .comes_to = PROBE_PASSED, .refusals = 1000000};

	prepare();
	probed_run(&other, &once);
	ends(OUTCOME_DONE, FAULT_NONE, 0, "a probe that cannot be begun at first");
	ok(is_over(&other) && is_over(&once) && other.begun == 2, "all are begun anew");
	desk_empty();

	prepare();
	probed_run(&other, &ever);
	ends(OUTCOME_UNDONE, FAULT_ACTION, EXIT_UNDONE, "one that cannot be begun at all");
	ok(run.failed_action == ACT_PROBE && is_over(&other), "is no proof");
	desk_empty();
}

static void found(void)
{
	struct desk_probe p = {.steps = 2, .comes_to = PROBE_PASSED};

	prepare();
	two_generations();
	open_run(GOAL_FORWARD);
	run.ask.spawn = false;
	probes_add(&run, &desk_kind, &p);
	ends(OUTCOME_DONE, FAULT_NONE, 0, "a handover that others began is finished");
	ok(is_over(&p) && p.begun == 1, "and probed");
	desk_empty();
}

static void held(void)
{
	struct desk_probe p = {.steps = 2, .comes_to = PROBE_PASSED};

	prepare();
	probed_run(&p, NULL);
	run.ask.hold_us = 60u * 1000 * MSEC;
	ends(OUTCOME_HELD, FAULT_NONE, EXIT_HELD, "the old master is held");
	ok(old->pid && !worker_of(old, WORKER_TITLE) && new && worker_of(new, WORKER_TITLE),
	   "without workers, beside the new one");
	ok(is_over(&p) && !strstr(actions, "QUIT"), "after the probe, and without QUIT");
	same_number(run.phase, PHASE_SHIFTED, "in that phase");
	desk_empty();

	prepare();
	probed_run(&p, NULL);
	run.ask.hold_us = 60u * 1000 * MSEC;
	plan.interrupt = SIGUSR1;
	plan.when = PHASE_SHIFTED;
	ends(OUTCOME_DONE, FAULT_NONE, 0, "\"finish\" at another terminal ends that, too");
	desk_empty();
}

int main(void)
{
	desk_open();
	passed();
	failed();
	endless();
	interrupted();
	refused();
	found();
	held();
	desk_close();
	return tap_end();
}
