/* drive() at the desk, from its first look to its exit code, and its trace given to decide() again.
 */
#define _GNU_SOURCE
#include "core/run_exit.h"
#include "desk_nginx.h"

#include "os/exit_code.h"

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
	ok(!old->pid && new && !turns && run.serves_alone_us >= run.began_us, "it served alone");
	desk_empty();
}

static void drained(void)
{
	prepare();
	plan.clients = true;
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_DRAINING, FAULT_NONE, EXIT_DRAINING,
	     "old workers with clients that do not end");
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
	return old->pid && worker_of(old, WORKER_TITLE) && !new &&
	       run.facts.pid_file == PID_FILE_OLD &&
	       access(folder_path("nginx.pid.oldbin"), F_OK) < 0;
}

static void undone(void)
{
	prepare();
	plan.no_new = true;
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_UNDONE, FAULT_NEW_GONE, EXIT_UNDONE, "a new binary that ends at once");
	ok(as_before() && turns == 1, "all is as before");
	desk_empty();

	prepare();
	plan.new_crashes = true;
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_UNDONE, FAULT_WORKERS_DIE, EXIT_UNDONE, "a new worker dies");
	ok(as_before() && strstr(actions, "HUP to the old master; QUIT to the new master"),
	   "the old workers are back before the new master goes");
	desk_empty();
}

static void undone_by_kill(void)
{
	prepare();
	plan.new_crashes = plan.deaf = true;
	one_generation();
	open_run(GOAL_FORWARD);
	run.ask.start_timeout_us = 2000 * MSEC;
	ends(OUTCOME_UNDONE, FAULT_WORKERS_DIE, EXIT_UNDONE, "a new master that ignores QUIT");
	ok(as_before() && strstr(actions, "KILL to the new master"), "is killed");
	desk_empty();
}

static void interrupted(void)
{
	prepare();
	plan.interrupt = SIGINT;
	plan.when = PHASE_SHIFTED;
	one_generation();
	open_run(GOAL_FORWARD);
	ends(OUTCOME_UNDONE, FAULT_INTERRUPTED, EXIT_UNDONE, "Ctrl-C while it settles");
	ok(as_before() && run.interrupted_by == SIGINT && interruptions == 1, "it turns back");
	desk_empty();

	prepare();
	plan.interrupt = SIGTERM;
	plan.at = ACT_QUIT_OLD;
	plan.clients = true;
	one_generation();
	open_run(GOAL_FORWARD);
	run.ask.drain_timeout_us = 60 * MSEC;
	ends(OUTCOME_DRAINING, FAULT_NONE, EXIT_DRAINING, "TERM after QUIT");
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
	drive_to_end();
	same_number(run.outcome, OUTCOME_UNDONE, "the pid file is another's right before USR2");
	ok(run.fault == FAULT_ACTION || run.fault == FAULT_PID_FILE, "which is refused, or seen");
	same_number(run_exit_code(&run), EXIT_UNDONE, "its exit code");
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
	ends(OUTCOME_STUCK, FAULT_ALL_GONE, EXIT_STUCK, "all of nginx is killed");
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
	ends(OUTCOME_UNDONE, FAULT_NONE, EXIT_UNDONE, "a handover that others began is undone");
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
	ends(OUTCOME_KEPT, FAULT_CONFIG_KEPT, EXIT_CONFIG, "a configuration that nginx refuses");
	desk_empty();

	prepare();
	two_generations();
	open_run(GOAL_RELOAD);
	ends(OUTCOME_STUCK, FAULT_UNFINISHED, EXIT_UNFINISHED,
	     "a reload in the middle of a handover");
	same_text(actions, "", "sends nothing");
	desk_empty();
}

static void codes(void)
{
	memset(&run, 0, sizeof(run));
	run.outcome = OUTCOME_UNDONE;
	run.fault = FAULT_ACTION;
	run.failed_action = ACT_INSTALL;
	same_number(run_exit_code(&run), EXIT_FAILED,
		    "the file could not be installed: nothing was done");
	run.outcome = OUTCOME_STUCK;
	run.ask.goal = GOAL_STOP;
	same_number(run_exit_code(&run), EXIT_FAILED, "a stop that is stuck");
	run.ask.goal = GOAL_RELOAD;
	same_number(run_exit_code(&run), EXIT_FAILED, "a reload that was refused by the system");
	run.fault = FAULT_MASTER_BUSY;
	same_number(run_exit_code(&run), EXIT_REFUSED, "a reload for which nothing was signalled");
	run.history.acted_us[ACT_HUP] = 1;
	same_number(run_exit_code(&run), EXIT_STUCK, "one that is stuck after HUP");
	run.outcome = OUTCOME_STOPPED;
	same_number(run_exit_code(&run), EXIT_FAILED, "a stop with a fault");
}

int main(void)
{
	desk_open();
	handed_over();
	drained();
	undone();
	undone_by_kill();
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
