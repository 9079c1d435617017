/*
 * drive() at the desk, from its first look to its exit code: an nginx that does, by the signals
 * that it really gets, what nginx does, and what broken ones do. Each run leaves a trace, and
 * decide() decides the same from it.
 */
#define _GNU_SOURCE
#include "core/run.h"
#include "desk_fixture.h"
#include "os/clock.h"
#include "trace_read.h"

enum { MSEC = 1000 };

static struct run run;

/* How this nginx behaves, and what happens to the run. */
static struct {
	bool no_new;       /* the new binary ends at once */
	bool new_crashes;  /* its worker dies when it serves alone */
	bool clients;      /* workers that leave have clients that do not end */
	bool no_hup;       /* it refuses the configuration */
	int interrupt;     /* this signal comes to us */
	enum phase when;   /* in this phase, */
	enum action at;    /* or at this action */
	enum action spoil; /* right before this the pid file is spoiled; ACT_COUNT: never */
} plan;

static char phases[256];
static char actions[512];
static unsigned turns;
static unsigned interruptions;

/* ---- nginx ---- */

static struct desk_process *worker_of(const struct desk_process *master, const char *title)
{
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		struct desk_process *p = &desk.list[i];

		if (p->pid && p->parent == master->pid && strcmp(p->title, title) == 0)
			return p;
	}
	return NULL;
}

static void workers_leave(const struct desk_process *master)
{
	struct desk_process *p;

	while ((p = worker_of(master, WORKER_TITLE)) != NULL) {
		if (plan.clients)
			p->title = LEAVING_TITLE;
		else
			desk_end(p);
	}
}

static void workers_end(const struct desk_process *master)
{
	struct desk_process *p;

	while ((p = worker_of(master, WORKER_TITLE)) || (p = worker_of(master, LEAVING_TITLE)))
		desk_end(p);
}

static void start_new(void)
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

static void leave(struct desk_process *master)
{
	workers_leave(master);
	if (worker_of(master, LEAVING_TITLE))
		return;
	if (new &&master == old)
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

static void reload(struct desk_process *master)
{
	struct desk_process *before = worker_of(master, WORKER_TITLE);

	if (plan.no_hup)
		return;
	if (before)
		workers_leave(master);
	(void)desk_start(master, WORKER_TITLE);
}

/* What a process does about a signal. */
static void react(struct desk_process *p, int sig)
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
	case SIGQUIT: leave(p); break;
	case SIGTERM:
		workers_end(p);
		leave(p);
		break;
	default: break;
	}
}

/* What has been killed is gone. */
static void reap(void)
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

static void nginx_goes_on(void)
{
	struct desk_signal s;

	while (desk_next_signal(0, &s)) {
		struct desk_process *p = desk_find(s.pid);

		if (p)
			react(p, s.sig);
	}
	reap();
	desk_write();
}

/* ---- what drive() tells ---- */

static void on_phase(const struct run *r, enum phase phase, uint64_t took_us)
{
	(void)r;
	(void)took_us;
	(void)snprintf(phases + strlen(phases), sizeof(phases) - strlen(phases), "%s%s",
		       *phases ? " " : "", phase_word(phase));
}

/* A master that has a signal is not idle until it has dealt with it. */
static void on_action(const struct run *r, enum action action)
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
	if (to_old && old->pid)
		old->pending = 1;
	if (to_new && new)
		new->pending = 1;
	desk_write();
}

static void on_turn(const struct run *r, enum fault fault)
{
	(void)r;
	(void)fault;
	turns++;
}

static void on_wait(const struct run *r, const struct decision *d)
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

static void on_stop_asked(const struct run *r)
{
	(void)r;
}

static void on_interrupted(const struct run *r, int sig, bool turns_back)
{
	(void)r;
	(void)sig;
	interruptions += turns_back ? 1 : 100;
}

static const struct run_events events = {on_phase, on_action,     on_turn,
					 on_wait,  on_stop_asked, on_interrupted};

/* ---- a run ---- */

static void prepare(void)
{
	memset(&plan, 0, sizeof(plan));
	plan.spoil = plan.at = ACT_COUNT;
	plan.when = PHASE_COUNT;
	phases[0] = actions[0] = '\0';
	turns = interruptions = 0;
	new = NULL;
}

static void open_run(enum goal goal)
{
	struct world_fault fault;
	const char *path = folder_path("trace");

	memset(&run, 0, sizeof(run));
	run.events = &events;
	run.log.fd = -1;
	must(waker_open(&run.waker) == 0, "a waker");
	must(desk_world(&run.world, &fault), "the desk's world");
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

static bool is_decided_so(const struct trace_round *was)
{
	struct decision d = decide(&was->facts, &was->ask, &was->history);

	return d.phase == was->decision.phase && d.move == was->decision.move &&
	       d.action == was->decision.action && d.fault == was->decision.fault &&
	       d.outcome == was->decision.outcome && d.until_us == was->decision.until_us;
}

/* Every round of its trace is decided as it was. */
static bool replays(void)
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

static void ends(enum outcome outcome, enum fault fault, int code, const char *name)
{
	(void)drive(&run);
	same_number(run.outcome, outcome, name);
	same_text(fault_text(run.fault), fault_text(fault), "because of");
	same_number(run_exit_code(&run), code, "its exit code");
	same_number(trace_close(run.trace), 0, "with a trace");
	ok(replays(), "that can be replayed");
	world_close(&run.world);
	waker_close(&run.waker);
}

static void handed_over(void)
{
	prepare();
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_DONE, FAULT_NONE, 0, "a handover");
	same_text(actions,
		  "USR2 to the old master; WINCH to the old master; QUIT to the old master",
		  "what was done");
	ok(strncmp(phases, "alone", 5) == 0 && strstr(phases, "shifted") && strstr(phases, "over"),
	   "through the phases");
	ok(!old->pid && new && !turns &&run.serves_alone_us >= run.began_us, "it served alone");
	desk_empty();
}

static void drained(void)
{
	prepare();
	plan.clients = true;
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_DRAINING, FAULT_NONE, 151, "old workers with clients that do not end");
	ok(old->pid && worker_of(old, LEAVING_TITLE) && new, "they stay");
	desk_empty();

	prepare();
	plan.clients = true;
	one_generation();
	open_run(GOAL_FORWARD);
	run.ask.drain_term = true;
	ends(OUTCOME_DONE, FAULT_NONE, 0, "the same, with TERM in the end");
	ok(strstr(actions, "TERM to the old master") != NULL && !old->pid, "they are ended");
	desk_empty();
}

/* The old generation serves, and its pid file is its own. */
static bool as_before(void)
{
	return old->pid && worker_of(old, WORKER_TITLE) &&
	       !new &&run.facts.pid_file ==
		       PID_FILE_OLD &&access(folder_path("nginx.pid.oldbin"), F_OK) < 0;
}

static void undone(void)
{
	prepare();
	plan.no_new = true;
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_UNDONE, FAULT_NEW_GONE, 150, "a new binary that ends at once");
	ok(as_before() && turns == 1, "all is as before");
	desk_empty();

	prepare();
	plan.new_crashes = true;
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_UNDONE, FAULT_WORKERS_DIE, 150, "a new worker dies");
	ok(as_before() && strstr(actions, "HUP to the old master; QUIT to the new master"),
	   "the old workers are back before the new master goes");
	desk_empty();
}

static void interrupted(void)
{
	prepare();
	plan.interrupt = SIGINT;
	plan.when = PHASE_SHIFTED;
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_UNDONE, FAULT_INTERRUPTED, 150, "Ctrl-C while it settles");
	ok(as_before() && run.interrupted_by == SIGINT && interruptions == 1, "it turns back");
	desk_empty();

	prepare();
	plan.interrupt = SIGTERM;
	plan.at = ACT_QUIT_OLD;
	plan.clients = true;
	one_generation();
	open_run(GOAL_FORWARD);
	run.ask.drain_timeout_us = 60 * MSEC;
	ends(OUTCOME_DRAINING, FAULT_NONE, 151, "TERM after QUIT");
	ok(interruptions == 100 && new, "there is only forward");
	desk_empty();
}

static void refused(void)
{
	prepare();
	plan.spoil = ACT_USR2;
	one_generation();
	open_run(GOAL_FORWARD);
	run.ask.start_timeout_us = 50 * MSEC;
	ends(OUTCOME_UNDONE, FAULT_ACTION, 150, "the pid file is another's right before USR2");
	ok(as_before() && run.failed_action == ACT_USR2 && run.act_error == -ESTALE,
	   "nothing is sent, and the pid file is right again");
	ok(strstr(actions, "put the pid file back") != NULL, "by us");
	desk_empty();
}

static void lost(void)
{
	prepare();
	one_generation();
	open_run(GOAL_FORWARD);
	workers_end(old);
	desk_end(old);
	ends(OUTCOME_STUCK, FAULT_ALL_GONE, 155, "all of nginx is killed");
	same_number(run.phase, PHASE_LOST, "nobody is left");
	same_text(actions, "", "nothing is done");
	desk_empty();
}

static void finished(void)
{
	prepare();
	two_generations();
	open_run(GOAL_FORWARD);
	run.ask.spawn = false;
	ends(OUTCOME_DONE, FAULT_NONE, 0, "a handover that others began is finished");
	same_text(actions, "WINCH to the old master; QUIT to the old master", "without USR2");
	desk_empty();

	prepare();
	one_generation();
	open_run(GOAL_FORWARD);
	run.ask.spawn = false;
	ends(OUTCOME_NOTHING, FAULT_NONE, 0, "nothing to finish");
	desk_empty();
}

static void rolled_back(void)
{
	prepare();
	two_generations();
	open_run(GOAL_BACK);
	ends(OUTCOME_UNDONE, FAULT_NONE, 150, "a handover that others began is undone");
	ok(as_before(), "all is as before");
	desk_empty();
}

static void stopped(void)
{
	prepare();
	two_generations();
	open_run(GOAL_STOP);
	ends(OUTCOME_STOPPED, FAULT_NONE, 0, "a stop of two generations");
	ok(!old->pid && !new, "nobody is left");
	desk_empty();

	prepare();
	plan.clients = true;
	one_generation();
	open_run(GOAL_STOP);
	ends(OUTCOME_STOPPED, FAULT_NONE, 0, "a stop with clients that do not end");
	ok(!old->pid && strstr(actions, "QUIT to the old master; TERM to the old master"),
	   "QUIT, then TERM");
	desk_empty();
}

static void reloaded(void)
{
	prepare();
	one_generation();
	open_run(GOAL_RELOAD);
	ends(OUTCOME_RELOADED, FAULT_NONE, 0, "a reload");
	same_text(actions, "HUP to the master", "by HUP");
	desk_empty();

	prepare();
	plan.no_hup = true;
	one_generation();
	open_run(GOAL_RELOAD);
	ends(OUTCOME_KEPT, FAULT_CONFIG_KEPT, 6, "a configuration that nginx refuses");
	desk_empty();

	prepare();
	two_generations();
	open_run(GOAL_RELOAD);
	ends(OUTCOME_STUCK, FAULT_UNFINISHED, 153, "a reload in the middle of a handover");
	same_text(actions, "", "sends nothing");
	desk_empty();
}

static void codes(void)
{
	memset(&run, 0, sizeof(run));
	run.outcome = OUTCOME_UNDONE;
	run.fault = FAULT_ACTION;
	run.failed_action = ACT_INSTALL;
	same_number(run_exit_code(&run), 1, "the file could not be installed: nothing was done");
	run.outcome = OUTCOME_STUCK;
	run.ask.goal = GOAL_STOP;
	same_number(run_exit_code(&run), 1, "a stop that is stuck");
	run.ask.goal = GOAL_RELOAD;
	same_number(run_exit_code(&run), 1, "a reload that was refused by the system");
	run.fault = FAULT_MASTER_BUSY;
	same_number(run_exit_code(&run), 154, "a reload for which nothing was signalled");
	run.history.acted_us[ACT_HUP] = 1;
	same_number(run_exit_code(&run), 155, "one that is stuck after HUP");
	run.outcome = OUTCOME_STOPPED;
	same_number(run_exit_code(&run), 1, "a stop with a fault");
}

int main(void)
{
	desk_open();
	handed_over();
	drained();
	undone();
	interrupted();
	refused();
	lost();
	finished();
	rolled_back();
	stopped();
	reloaded();
	codes();
	desk_close();
	return tap_end();
}
