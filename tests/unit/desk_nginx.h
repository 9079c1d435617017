/*
 * A run at the desk, with an nginx that does, by the signals that it really gets, what nginx does,
 * or what broken ones do. Each run leaves a trace.
 *
 *	prepare, plan filled -> one_generation... -> open_run -> ends -> desk_empty
 */
#ifndef DESK_NGINX_H
#define DESK_NGINX_H

#include "core/drive.h"
#include "core/observe.h"
#include "core/run.h"
#include "core/run_exit.h"
#include "desk_fixture.h"
#include "os/clock.h"
#include "trace_read.h"

enum { MSEC = 1000 };

static struct run run;
static struct init nobody; /* no init system */

/* How this nginx behaves, and what happens to the run. */
static struct {
	bool no_new;       /* the new binary ends at once */
	bool new_crashes;  /* its worker dies when it serves alone */
	bool clients;      /* workers that leave have clients that do not end */
	bool deaf;         /* the new master ignores QUIT, and starts workers for those that go */
	bool no_hup;       /* it refuses the configuration */
	int interrupt;     /* this signal comes to us */
	enum phase when;   /* in this phase, */
	enum action at;    /* or at this action */
	enum action spoil; /* right before this the pid file is spoiled; ACT_COUNT: never */
} plan;

static char phases[256];
static char actions[512];
static unsigned turns;
static unsigned withouts; /* the run went on without something */
static unsigned interruptions;
static unsigned probed;

/* ---- nginx ---- */

static inline struct desk_process *worker_of(const struct desk_process *master, const char *title)
{
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		struct desk_process *p = &desk.list[i];

		if (p->pid && p->parent == master->pid && strcmp(p->title, title) == 0)
			return p;
	}
	return NULL;
}

static inline void workers_leave(const struct desk_process *master)
{
	struct desk_process *p;

	while ((p = worker_of(master, WORKER_TITLE)) != NULL) {
		if (plan.clients)
			p->title = LEAVING_TITLE;
		else
			desk_end(p);
	}
}

static inline void workers_end(const struct desk_process *master)
{
	struct desk_process *p;

	while ((p = worker_of(master, WORKER_TITLE)) || (p = worker_of(master, LEAVING_TITLE)))
		desk_end(p);
}

static inline void start_new(void)
{
	must(rename(desk.pid_path, folder_path("nginx.pid.oldbin")) == 0, "rename");
	new = desk_start(old, MASTER_TITLE);
	new->stack++;
	new->image = "nginx.new";
	(void)desk_start(new, WORKER_TITLE);
	desk_pid_file("nginx.pid", new->pid);
	if (!plan.no_new)
		return;
	workers_end(new);
	desk_end(new);
	new = NULL;
	must(rename(folder_path("nginx.pid.oldbin"), desk.pid_path) == 0, "rename");
}

static inline void leave(struct desk_process *master)
{
	workers_leave(master);
	if (worker_of(master, LEAVING_TITLE))
		return;
	if (new && master == old)
		new->parent = 1;
	desk_end(master);
	if (master == new) {
		new = NULL;
		if (old->pid)
			(void)rename(folder_path("nginx.pid.oldbin"), desk.pid_path);
	} else {
		(void)unlink(folder_path("nginx.pid.oldbin"));
	}
}

static inline void reload(struct desk_process *master)
{
	struct desk_process *before = worker_of(master, WORKER_TITLE);

	if (plan.no_hup)
		return;
	if (before)
		workers_leave(master);
	(void)desk_start(master, WORKER_TITLE);
}

/* What a process does about a signal. */
static inline void react(struct desk_process *p, int sig)
{
	if (p != old && p != new) {
		if (sig == SIGQUIT || sig == SIGTERM)
			desk_end(p);
		return;
	}
	p->pending = 0;
	switch (sig) {
	case SIGUSR2: start_new(); break;
	case SIGWINCH: workers_leave(p); break;
	case SIGHUP: reload(p); break;
	case SIGQUIT:
		if (p == old || !plan.deaf)
			leave(p);
		break;
	case SIGTERM:
		workers_end(p);
		leave(p);
		break;
	default: break;
	}
}

/* What has been killed is gone. */
static inline void reap(void)
{
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		siginfo_t info;
		struct desk_process *p = &desk.list[i];

		memset(&info, 0, sizeof(info));
		if (!p->pid ||
		    waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid != p->pid)
			continue;
		desk_end(p);
		if (p == new)
			new = NULL;
	}
}

static inline void nginx_goes_on(void)
{
	struct desk_signal s;

	while (desk_next_signal(0, &s)) {
		struct desk_process *p = desk_find(s.pid);

		if (p)
			react(p, s.sig);
	}
	reap();
	desk_show_stopped();
	desk_write();
}

/* ---- what drive() tells ---- */

static inline void on_phase(const struct run *r, enum phase phase, uint64_t took_us)
{
	(void)r;
	(void)took_us;
	(void)snprintf(phases + strlen(phases), sizeof(phases) - strlen(phases), "%s%s",
		       *phases ? " " : "", phase_word(phase));
}

/* A master that has a signal is not idle until it has dealt with it. */
static inline void on_action(const struct run *r, enum action action)
{
	bool to_new = action == ACT_QUIT_NEW || action == ACT_TERM_NEW;
	bool to_old = action == ACT_USR2 || action == ACT_WINCH || action == ACT_HUP ||
		      action == ACT_HUP_OLD || action == ACT_QUIT_OLD || action == ACT_TERM_OLD;

	(void)r;
	(void)snprintf(actions + strlen(actions), sizeof(actions) - strlen(actions), "%s%s",
		       *actions ? "; " : "", action_text(action));
	if (plan.interrupt && action == plan.at) {
		must(raise(plan.interrupt) == 0, "raise");
		plan.interrupt = 0;
	}
	if (action == plan.spoil) {
		desk_pid_file("nginx.pid", 1);
		return; /* nothing will be sent */
	}
	/* As the kernel shows it as soon as STOP has come. */
	if (action == ACT_KILL_NEW && new)
		new->state = 'T';
	if (to_old && old->pid)
		old->pending = 1;
	if (to_new && new)
		new->pending = 1;
	desk_write();
}

static inline void on_turn(const struct run *r, enum fault fault)
{
	(void)r;
	(void)fault;
	turns++;
}

static inline void on_wait(const struct run *r, const struct decision *d)
{
	nginx_goes_on();
	if (plan.interrupt && d->phase == plan.when) {
		must(raise(plan.interrupt) == 0, "raise");
		plan.interrupt = 0;
	}
	if (plan.new_crashes && d->phase == PHASE_SHIFTED && new) {
		struct desk_process *worker = worker_of(new, WORKER_TITLE);

		if (worker && r->ask.goal == GOAL_FORWARD)
			desk_end(worker);
		desk_write();
	}
}

static inline void on_stop_asked(const struct run *r)
{
	(void)r;
}

static inline void on_interrupted(const struct run *r, int sig, bool turns_back)
{
	(void)r;
	(void)sig;
	interruptions += turns_back ? 1 : 100;
}

static inline void on_hurried(const struct run *r)
{
	(void)r;
}

static inline void on_without(const struct run *r, enum action action)
{
	(void)r;
	turns += action == ACT_RESTORE_BINARY;
	withouts += action != ACT_RESTORE_BINARY;
}

static inline void on_probed(const struct run *r, const struct probe *probe)
{
	(void)r;
	(void)probe;
	probed++;
}

static inline void on_limits(const struct run *r, bool raised)
{
	(void)r;
	(void)raised;
}

static const struct run_events events = {on_phase,      on_action,      on_turn,    on_wait,
					 on_stop_asked, on_interrupted, on_hurried, on_without,
					 on_probed,     on_limits};

/* ---- a run ---- */

static inline void prepare(void)
{
	memset(&plan, 0, sizeof(plan));
	plan.spoil = plan.at = ACT_COUNT;
	plan.when = PHASE_COUNT;
	phases[0] = actions[0] = '\0';
	turns = withouts = interruptions = probed = 0;
	new = NULL;
}

static inline void open_run(enum goal goal)
{
	struct world_found found;
	const char *path = folder_path("trace");

	memset(&run, 0, sizeof(run));
	run.events = &events;
	must(init_begin(&nobody, "none", NULL) == 0, "no init system");
	run.init = &nobody;
	run.log.fd = -1;
	must(waker_open(&run.waker) == 0, "a waker");
	must(desk_world(&run.world, &found), "the desk's world");
	run.world.resumed = true;
	must(observe(&run.world, &run.facts) == 0, "a look");
	run.ask.goal = goal;
	run.ask.spawn = goal == GOAL_FORWARD;
	run.ask.start_timeout_us = 5000 * MSEC; /* it may be a busy machine */
	run.ask.settle_us = 20 * MSEC;
	run.ask.drain_timeout_us = 200 * MSEC;
	(void)unlink(path);
	run.trace = trace_open();
	trace_also_to(run.trace, open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static inline bool is_decided_so(const struct trace_round *was)
{
	struct decision d = decide(&was->facts, &was->ask, &was->history);

	return d.phase == was->decision.phase && d.move == was->decision.move &&
	       d.action == was->decision.action && d.fault == was->decision.fault &&
	       d.outcome == was->decision.outcome && d.until_us == was->decision.until_us;
}

/* Every round of its trace is decided as it was. */
static inline bool replays(void)
{
	struct trace_reader reader;
	struct trace_round round;
	FILE *f = fopen(folder_path("trace"), "re");
	char line[TRACE_LINE_MAX];
	unsigned good = 0;

	memset(&reader, 0, sizeof(reader));
	memset(&round, 0, sizeof(round));
	must(f != NULL, "its trace");
	while (fgets(line, sizeof(line), f)) {
		enum trace_line_kind kind = trace_read_line(&reader, line, &round);
		if (kind == TRACE_IS_NOTHING)
			continue;
		if (kind == TRACE_IS_BAD || !is_decided_so(&round)) {
			printf("# line %u\n", good + 1);
			good = 0;
			break;
		}
		good++;
	}
	(void)fclose(f);
	return good > 0;
}

static inline void drive_to_end(void)
{
	(void)drive(&run);
	same_number(trace_close(run.trace), 0, "a run with a trace");
	ok(replays(), "that can be replayed");
	world_close(&run.world);
	waker_close(&run.waker);
}

static inline void ends(enum outcome outcome, enum fault fault, int code, const char *name)
{
	drive_to_end();
	same_number(run.outcome, outcome, name);
	same_text(fault_text(run.fault), fault_text(fault), "because of");
	same_number(run_exit_code(&run), code, "its exit code");
}

#endif
