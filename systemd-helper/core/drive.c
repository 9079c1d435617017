/*
 * The loop: observe, decide, act, wait. All that decides is in decide(); here facts become
 * decisions' input, and decisions become effects.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/run.h"
#include "os/blocked.h"
#include "os/clock.h"

/* How long the new generation is watched where somebody is in a hurry: the default of --settle. */
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

/* Since when every look has shown the two masters as they are now. */
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
	run->fault = fault;
	run->ask.goal = GOAL_BACK;
	run->history.began_us = clock_us();
	run->history.phase_since_us = run->history.began_us;
}

static void end(struct run *run, enum outcome outcome, enum fault fault)
{
	run->outcome = outcome;
	if (run->fault == FAULT_NONE)
		run->fault = fault;
	else
		run->late_fault = fault;
}

/* What time alone hardly mends; ENOENT and ESTALE are a file that is gone. */
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
	case ENAMETOOLONG: return true;
	default: return false;
	}
}

/*
 * Also of a process that is not what it was a moment ago (-ESRCH), which the next look may show.
 * The pause between two tries grows with the time that they take.
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
	h->refused_lastingly = is_lasting(error);
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

/* The run goes on without what it wanted: back, or a stop without the file that it puts back. */
static void turn(struct run *run, enum fault fault)
{
	run->events->turn(run, fault);
	run->history.refused_since_us = 0;
	if (run->ask.goal == GOAL_STOP)
		run->ask.restore_binary = false;
	else
		turn_back(run, fault);
}

/* By the old master, or a worker whose master is dead; one that has had QUIT listens no more. */
static void note_addresses(struct run *run)
{
	const struct world *w = &run->world;
	pid_t pid = w->old.subject.process.pid;

	if (!pid && w->old.count)
		pid = w->old.workers[0].pid;
	addresses_free(&run->listened);
	if (pid)
		(void)addresses_of(pid, &run->listened);
	if (!run->listened.count && w->new.subject.process.pid)
		(void)addresses_of(w->new.subject.process.pid, &run->listened);
}

/*
 * While somebody still has them open, and as we see them: the mounts of a master in a namespace of
 * its own go with it.
 */
static void note_sockets(struct run *run)
{
	const struct master *m = &run->world.old_master;
	struct socket_paths *paths = &run->sockets;
	char path[PATH_MAX];
	size_t i;

	addresses_free(&run->listened);
	socket_paths_free(paths);
	if (run->world.old.subject.process.pid > 0)
		listeners_unix_paths(run->world.old.subject.process.pid, paths);
	else /* workers whose master is dead */
		for (i = 0; i < run->world.old.count; i++)
			listeners_unix_paths(run->world.old.workers[i].pid, paths);
	if (run->world.new.subject.process.pid > 0)
		listeners_unix_paths(run->world.new.subject.process.pid, paths);
	for (i = 0; i < paths->count; i++) {
		char *text = paths->list[i].text;

		(void)snprintf(path, sizeof(path), "%s%s", m->subject.root, text);
		(void)master_our_view(m, path);
		if (strlen(path) < sizeof(paths->list[i].text))
			memcpy(text, path, strlen(path) + 1);
	}
}

/* What is not proven is not what the next start may find at the path. */
static void turn_to_stop(struct run *run)
{
	run->events->stop_asked(run);
	if (run->phase == PHASE_CLOSING || run->phase == PHASE_OVER)
		run->ask.restore_binary = false;
	probes_end(run);
	note_sockets(run);
	run->fault = FAULT_STOP_ASKED;
	run->ask.goal = GOAL_STOP;
	run->history.began_us = clock_us();
	run->history.phase_since_us = run->history.began_us;
}

/* What proves the new generation sound is not left out, but need not be more than is usual. */
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
 * Before QUIT a signal turns the run back, after it there is only forward. To a part of the service
 * it may be the init system's way to stop that; and that may be seen without any signal, too.
 */
static void take_signal(struct run *run)
{
	int sig = waker_take_signal();
	bool turns;

	if (waker_take_hurry())
		hurry(run);

	if (run->ask.goal != GOAL_STOP && init_stop_asked(sig == SIGTERM || sig == SIGQUIT)) {
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

/* That moment, or the last act of this run, if that was later. */
static uint64_t or_last_act_us(const struct history *h, uint64_t latest)
{
	size_t i;

	for (i = 0; i < ACT_COUNT; i++) {
		if (h->acted_us[i] > latest)
			latest = h->acted_us[i];
	}
	return latest;
}

/* The moment from which this run waits for what comes next. */
static uint64_t waits_since_us(const struct run *run, const struct decision *d)
{
	const struct history *h = &run->history;

	/* Queues may be empty for a moment only, and it is waited for no longer than that. */
	if (run->facts.queued && d->until_us < h->now_us + QUEUES_US)
		return d->until_us - QUEUES_US;
	return or_last_act_us(h,
			      h->unseen_us > h->phase_since_us ? h->unseen_us : h->phase_since_us);
}

static pid_t if_alive(const struct generation *g, const struct generation_facts *f)
{
	return f->alive ? g->subject.process.pid : 0;
}

struct init_round run_round(const struct run *run)
{
	const struct world *w = &run->world;
	struct init_round round = {if_alive(&w->old, &run->facts.old),
				   if_alive(&w->new, &run->facts.new), 0, 0};
	enum main_process main = main_process_of(&run->facts, &run->ask, &run->history);

	if (main != MAIN_AS_IS)
		round.main = main == MAIN_OLD ? round.old_master : round.new_master;
	return round;
}

/* The init system hears of a change before the action that follows from it. */
static void tell_init(struct run *run, const struct decision *d)
{
	struct init_round round = run_round(run);

	if (d->move == MOVE_WAIT && d->until_us > run->history.now_us)
		round.patient_us = d->until_us - run->history.now_us;
	init_follow(&round);
	run->waker.other = init_fd();
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

static void look(struct run *run)
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
	run->facts.probe = probes_step(run);
	if (run->facts.probe != PROBE_PASSED)
		h->proven_us = 0;
	else if (!h->proven_us)
		h->proven_us = h->now_us;
	if (run->facts.new.renewed && !h->renewed_us)
		h->renewed_us = h->now_us;
	note_steady(run, &before);
	cut_watch(run);
	enter_phase(run, phase_of(&run->facts, h));
}

/* Asked while the new master still hangs. */
static void note_pipe(struct run *run)
{
	char path[PATH_MAX];

	if (process_waits_for_pipe(run->world.new.subject.process.pid, path))
		(void)snprintf(run->pipe, sizeof(run->pipe), "%.255s", path);
}

/* Whether what comes now comes because the time for nginx has come to its end. */
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
	cut_reset(&run->cut);
	drain_reset(&run->drain);
	run->began_us = h->began_us = clock_us();
	if (run->ask.goal == GOAL_STOP)
		note_sockets(run);
	for (;;) {
		struct decision d;

		take_signal(run);
		/* A look that failed is made again while there is somebody to look at. */
		if (run->ask.goal == GOAL_STOP && !run->listened.count)
			note_addresses(run);
		look(run);
		watch(run, watched);
		d = decide(&run->facts, &run->ask, h);
		note_wait(run, &last, &d);
		last = d;
		trace_decided(run->trace, &run->facts, &run->ask, h, &d);
		tell_init(run, &d);
		if (d.move == MOVE_WAIT && !h->unseen_us)
			h->refused_since_us = 0; /* it is not wanted any more, for now */
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
			turn(run, d.fault);
			break;
		case MOVE_END:
			end(run, d.outcome, d.fault);
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
