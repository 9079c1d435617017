/*
 * The loop: observe, decide, act, wait. decide() decides everything. Here facts become its input,
 * and its decisions are carried out.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/act.h"
#include "core/cut.h"
#include "core/decide.h"
#include "core/drain.h"
#include "core/drive.h"
#include "core/facts.h"
#include "core/fault.h"
#include "core/look_http3.h"
#include "core/met.h"
#include "core/observe.h"
#include "core/probe.h"
#include "core/run.h"
#include "core/run_init.h"
#include "core/run_sockets.h"
#include "core/trace.h"
#include "nginx/listeners.h"
#include "nginx/probe.h"
#include "os/blocked.h"
#include "os/clock.h"
#include "os/process.h"
#include "os/waker.h"

/* How long the new generation is watched at most after SIGUSR1: the default of --settle. */
enum { HURRIED_SETTLE_US = 1000000 };

static void leave_phase(struct run *run)
{
	uint64_t took_us = run->history.now_us - run->phase_began_us;

	run->passed_us[run->phase] += took_us;
	run->events->phase(run, run->phase, took_us);
}

static void enter_phase(struct run *run, enum phase phase)
{
	struct history *h = &run->history;

	if (h->phase_since_us && phase == run->phase)
		return;
	if (h->phase_since_us)
		leave_phase(run);
	run->phase = h->phase = phase;
	h->phase_since_us = run->phase_began_us = h->now_us;
	if (phase == PHASE_SHIFTED || phase == PHASE_OVER || phase == PHASE_CLOSING) {
		if (!run->serves_alone_us)
			run->serves_alone_us = h->now_us;
	}
}

/* Notes since when every look has shown the two masters as they are now. */
static void note_steady(struct run *run, const struct facts *before)
{
	struct history *h = &run->history;

	if (!h->steady_us || run->facts.old.idle != before->old.idle ||
	    run->facts.new.alive != before->new.alive)
		h->steady_us = h->now_us;
}

static void turn_back(struct run *run, enum fault fault)
{
	probes_end(run);
	act_limits_back(run);
	run->fault = fault;
	run->ask.goal = GOAL_BACK;
	run->history.began_us = clock_us();
	run->history.phase_since_us = run->history.began_us;
}

static void end_run(struct run *run, enum outcome outcome, enum fault fault)
{
	run->outcome = outcome;
	if (run->fault == FAULT_NONE)
		run->fault = fault;
	else
		run->late_fault = fault;
}

/* Errors that hardly pass with time. ENOENT and ESTALE mean that a file is gone. */
static bool is_lasting(int error)
{
	switch (-error) {
	case EPERM:
	case EACCES:
	case EROFS:
	case ENOENT:
	case ENOTDIR:
	case ESTALE:
	case EINVAL:
	case ENOSYS:
	case ENAMETOOLONG: return true;
	default: return false;
	}
}

/*
 * Notes that an action was refused, also for a process that is not what it was (-ESRCH), which the
 * next look may show. The pause before the next try grows with the time since the first.
 */
static void note_refusal(struct run *run, enum action action, int error)
{
	struct history *h = &run->history;

	run->act_error = error;
	run->failed_action = action;
	h->refused_us = clock_us();
	if (!h->refused_since_us || h->refused != action)
		h->refused_since_us = h->refused_us;
	h->refused = action;
	h->refused_lastingly = is_lasting(error) || (action == ACT_STEER && error == -EBUSY);
	waker_wait(&run->waker, h->refused_since_us, h->refused_us + LOOK_LAST_US);
}

static void carry_out(struct run *run, enum action action)
{
	struct history *h = &run->history;
	int r;

	if (!h->refused_since_us || h->refused != action)
		run->events->action(run, action);
	r = act(run, action);
	trace_acted(run->trace, r);
	if (r < 0) {
		note_refusal(run, action, r);
		return;
	}
	h->refused_since_us = 0;
	history_acted(h, action, clock_us());
}

/* Turns the run back, or lets it go on without the refused action. */
static void turn_or_spare(struct run *run, const struct decision *d)
{
	run->history.refused_since_us = 0;
	if (ask_without(&run->ask, d->action)) {
		run->led = run->led && d->action == ACT_HEAL;
		run->events->without(run, d->action);
		return;
	}
	run->events->turn(run, d->fault);
	turn_back(run, d->fault);
}

/*
 * Turns to a stop. The next start must not execute an unproven binary; only when the old master is
 * leaving or gone the new binary stays.
 */
static void turn_to_stop(struct run *run)
{
	run->events->stop_asked(run);
	if (run->phase == PHASE_CLOSING || run->phase == PHASE_OVER)
		run->ask.restore_binary = false;
	probes_end(run);
	run_note_sockets(run);
	run->fault = FAULT_STOP_ASKED;
	run->ask.goal = GOAL_STOP;
	run->history.began_us = clock_us();
	run->history.phase_since_us = run->history.began_us;
}

/*
 * After SIGUSR1: the new generation is still watched and probed, but not for longer than by
 * default.
 */
static void hurry(struct run *run)
{
	if (run->ask.goal != GOAL_FORWARD || run->ask.hurry)
		return;
	run->ask.hurry = true;
	run->ask.hold_us = 0;
	if (run->ask.settle_us > HURRIED_SETTLE_US)
		run->ask.settle_us = HURRIED_SETTLE_US;
	run->events->hurried(run);
}

/*
 * Handles a signal. Before QUIT it turns the run back, after that the run can only go forward.
 * Where we are part of the service a signal may be the init system's way to stop that, which may
 * also become visible without any signal.
 */
static void take_signal(struct run *run)
{
	int sig = waker_take_signal();
	bool turns;

	/* It may be the init system's way to stop the service. */
	if ((sig == SIGTERM || sig == SIGQUIT) && run->ask.goal != GOAL_STOP)
		run_ask_init(run);

	if (waker_take_hurry())
		hurry(run);

	if (run->ask.goal != GOAL_STOP && run->heard.stop_asked) {
		turn_to_stop(run);
		return;
	}
	if (!sig)
		return;
	turns = run->ask.goal == GOAL_FORWARD && !run->history.acted_us[ACT_QUIT_OLD] &&
		run->phase != PHASE_CLOSING && run->phase != PHASE_OVER && run->phase != PHASE_LOST;
	run->interrupted_by = sig;
	run->events->interrupted(run, sig, turns);
	if (turns)
		turn_back(run, FAULT_INTERRUPTED);
}

/* The later of `latest` and this run's last action. */
static uint64_t or_last_act_us(const struct history *h, uint64_t latest)
{
	size_t i;

	for (i = 0; i < ACT_COUNT; i++) {
		if (h->acted_us[i] > latest)
			latest = h->acted_us[i];
	}
	return latest;
}

/* Since when this run waits. */
static uint64_t waits_since_us(const struct run *run, const struct decision *d)
{
	const struct history *h = &run->history;

	/* Queues may be empty only for a moment, so the looks must come often. */
	if (run->facts.queued && d->until_us < h->now_us + QUEUES_US)
		return d->until_us - QUEUES_US;
	return or_last_act_us(h,
			      h->unseen_us > h->phase_since_us ? h->unseen_us : h->phase_since_us);
}

/* The init system is told of a change before the action that follows from it. */
static void tell_init(struct run *run, const struct decision *d)
{
	const struct history *h = &run->history;
	bool waits = d->move == MOVE_WAIT && d->until_us > h->now_us;

	run_tell_init(run, waits ? d->until_us - h->now_us : 0);
}

static void watch(struct run *run, pid_t watched[WAKER_PROCESSES])
{
	const struct process *masters[] = {&run->world.old.subject.process,
					   &run->world.new.subject.process};
	unsigned i;

	for (i = 0; i < WAKER_PROCESSES; i++) {
		if (watched[i] == masters[i]->pid)
			continue;
		waker_watch_process(&run->waker, i, masters[i]);
		watched[i] = masters[i]->pid;
	}
}

static void look_once(struct run *run)
{
	struct facts before = run->facts;
	struct history *h = &run->history;
	int r = observe(&run->world, &run->facts);

	trace_looked(run->trace, r);
	h->now_us = clock_us();
	if (r < 0) {
		run->look_error = r;
		if (!h->unseen_us)
			h->unseen_us = h->now_us;
		return;
	}
	h->unseen_us = 0;
	observe_verdict(&run->world, &run->heard, &run->facts);
	run->facts.probe = probes_step(run);
	if (run->facts.probe != PROBE_PASSED)
		h->proven_us = 0;
	else if (!h->proven_us)
		h->proven_us = h->now_us;
	if (run->facts.new.renewed && !h->renewed_us)
		h->renewed_us = h->now_us;
	note_steady(run, &before);
	cut_watch(run);
	met_watch(run);
	enter_phase(run, phase_of(&run->facts, h));
}

/* To be called while the new master still hangs. */
static void note_pipe(struct run *run)
{
	char path[PATH_MAX];

	if (process_waits_for_pipe(run->world.new.subject.process.pid, path))
		(void)snprintf(run->pipe, sizeof(run->pipe), "%.255s", path);
}

/* Notes whether the run turns or ends now because nginx took too long. */
static void note_wait(struct run *run, const struct decision *before, const struct decision *d)
{
	const struct history *h = &run->history;

	if (run->fault == FAULT_NONE && (d->move == MOVE_TURN || d->move == MOVE_END))
		run->waited =
			before->move == MOVE_WAIT && h->now_us >= before->until_us &&
			h->now_us >= or_last_act_us(h, h->began_us) + run->ask.start_timeout_us;
}

void drive(struct run *run)
{
	pid_t watched[WAKER_PROCESSES] = {0, 0};
	struct history *h = &run->history;
	struct decision last = {.move = MOVE_END};

	memset(h, 0, sizeof(*h));
	memset(run->passed_us, 0, sizeof(run->passed_us));
	memset(&run->met, 0, sizeof(run->met));
	memset(&run->healed, 0, sizeof(run->healed));
	memset(&run->steer, 0, sizeof(run->steer));
	run->led = false;
	run->world.quic = run->ask.heal;
	cut_reset(&run->cut);
	drain_reset(&run->drain);
	run->began_us = h->began_us = clock_us();
	if (run->ask.goal == GOAL_STOP)
		run_note_sockets(run);
	run_begin_init(run);
	for (;;) {
		struct decision d;

		take_signal(run);
		/* Tried again after a failure, as long as there is a process to look at. */
		if (run->ask.goal == GOAL_STOP && !run->listened.count)
			run_note_addresses(run);
		look_once(run);
		watch(run, watched);
		d = decide(&run->facts, &run->ask, h);
		note_wait(run, &last, &d);
		last = d;
		trace_decided(run->trace, &run->facts, &run->ask, h, &d);
		tell_init(run, &d);
		if (d.move == MOVE_WAIT && !h->unseen_us)
			h->refused_since_us = 0; /* that action is not wanted at present */
		switch (d.move) {
		case MOVE_WAIT:
			drain_watch(run);
			run->events->wait(run, &d);
			waker_wait(&run->waker, waits_since_us(run, &d), d.until_us);
			break;
		case MOVE_ACT: carry_out(run, d.action); break;
		case MOVE_TURN:
			if (d.fault == FAULT_NEW_HANGS)
				note_pipe(run);
			turn_or_spare(run, &d);
			break;
		case MOVE_END:
			end_run(run, d.outcome, d.fault);
			if (d.outcome == OUTCOME_KEPT)
				act_limits_back(run);
			probes_end(run);
			run_note_unread(run);
			cut_end(run);
			if (d.outcome == OUTCOME_STOPPED)
				(void)listeners_sweep(&run->sockets);
			leave_phase(run);
			return;
		}
	}
}
