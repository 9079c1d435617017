/*
 * Starting and stopping through systemd, so that systemd and the user never disagree about what
 * runs. A command that systemd itself has started as part of the unit does the work directly.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "init/init.h"
#include "init/manager.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "init/unit.h"
#include "os/clock.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "ui/say.h"

static const struct {
	const char *verb;
	const char *method;       /* of the manager */
	const char *wanted_state; /* of the unit, when the job has ended */
} jobs[] = {
	[SYSTEMD_START] = {"start", "StartUnit", "active"},
	[SYSTEMD_STOP] = {"stop", "StopUnit", "inactive"},
};

enum init_job systemd_run_job(struct systemd *s, enum systemd_job job, uint64_t timeout_us)
{
	const char *verb = jobs[job].verb;
	char why[512];
	int r;

	say(SAY_INFO, "systemd is asked to %s %s", verb, s->manager.unit);
	identity_lift();
	r = manager_run_job(&s->manager, jobs[job].method, clock_us() + timeout_us, why,
			    sizeof(why));
	identity_lower();
	if (r == -ETIMEDOUT)
		say(SAY_ERROR,
		    "systemd has not finished its job to %s %s; the job goes on. See \"systemctl list-jobs\" and \"systemctl status %s\"",
		    verb, s->manager.unit, s->manager.unit);
	else if (r < 0)
		say(SAY_ERROR,
		    "systemd does not %s %s: %s. Nothing was done. What to do: see \"systemctl status %s\"",
		    verb, s->manager.unit, why, s->manager.unit);
	else if (strcmp(s->manager.view.active_state, jobs[job].wanted_state) == 0)
		return INIT_JOB_DONE;
	else if (job == SYSTEMD_STOP)
		say(SAY_WARNING, "systemd has stopped %s, and calls it %s", s->manager.unit,
		    s->manager.view.active_state);
	else
		say(SAY_ERROR,
		    "systemd could not %s %s: it is %s. What to do: see \"systemctl status %s\" and \"journalctl -u %s\"",
		    verb, s->manager.unit, s->manager.view.active_state, s->manager.unit,
		    s->manager.unit);
	return r == 0 && job == SYSTEMD_STOP ? INIT_JOB_DONE : INIT_JOB_FAILED;
}

enum init_job systemd_start(struct init *init, const char *pid_path, uint64_t timeout_us,
			    int *ret_code)
{
	struct systemd *s = systemd_of(init);
	enum init_job job;

	*ret_code = EXIT_FAILED;
	if (init->part)
		return INIT_JOB_OURS;
	systemd_load(s);
	if (!manager_find(&s->manager, pid_path, clock_us() + SYSTEMD_ASK_US) ||
	    unit_is_own(s->manager.unit))
		return INIT_JOB_OURS;
	if (strcmp(s->manager.view.active_state, "active") == 0)
		say(SAY_WARNING, "systemd calls %s active, though its nginx does not run",
		    s->manager.unit);
	job = systemd_run_job(s, SYSTEMD_START, timeout_us);
	/* Where the unit starts nginx with this program, the exit code is ours. */
	if (job == INIT_JOB_FAILED && s->manager.view.exec_main_status > 0 &&
	    s->manager.view.exec_main_status < 8)
		*ret_code = s->manager.view.exec_main_status;
	return job;
}

/*
 * Whether somebody has asked systemd to stop the service, or it just stops because nginx has ended.
 * A stop or restart is a job; when nginx has just ended the job is still the one that we are part
 * of.
 */
static bool stop_is_wanted(struct systemd *s)
{
	char type[32];

	if (!s->control || !manager_ask(&s->manager, clock_us() + SYSTEMD_ASK_US))
		return s->control;
	return manager_job_type(&s->manager, clock_us() + SYSTEMD_ASK_US, type, sizeof(type)) &&
	       (strcmp(type, "stop") == 0 || strcmp(type, "restart") == 0);
}

/*
 * systemd 219 remembers a reload that failed, and would call the unit failed after a stop that
 * ended well. Where nginx ended by itself there is no job to stop it, and "failed" is right.
 */
void systemd_stopped(struct systemd *s)
{
	const char *arguments[] = {s->unit, NULL};
	const char *result = s->manager.view.result;

	if (!s->control || !stop_is_wanted(s) || !manager_knows(&s->manager) || !result[0] ||
	    strcmp(result, "success") == 0)
		return;
	identity_lift();
	(void)manager_call(&s->manager, "ResetFailedUnit", arguments, clock_us() + SYSTEMD_ASK_US);
	identity_lower();
}

/*
 * After a failed run systemd may have a dead master for its main process; it looks at the pid file
 * only after a success. A stop that systemd wanted in the middle of a run is a success, too.
 */
int systemd_exit_code(struct init *init, int code, bool stopped)
{
	struct systemd *s = systemd_of(init);

	if (stopped && stop_is_wanted(s))
		return 0;
	if (code == 0 || stopped || !s->control || !systemd_main_is_dead(s))
		return code;
	say(SAY_ERROR,
	    "this run failed, and ends with exit code 0 instead of %d: systemd still takes a dead master for the main process, and would kill nginx after a failure. After exit code 0 it reads the pid file instead. What to do: set NotifyAccess=exec in the unit (NotifyAccess=all on systemd 219), so that this is not needed",
	    code);
	return 0;
}

enum init_job systemd_stop(struct init *init, pid_t old_master, pid_t new_master,
			   uint64_t timeout_us)
{
	struct systemd *s = systemd_of(init);

	if (!s->unit[0] || s->control || init->part)
		return INIT_JOB_OURS;
	systemd_load(s);
	s->round.old_master = old_master;
	s->round.new_master = new_master;
	systemd_journal_about(s);
	if (!manager_wait(&s->manager, manager_answered, NULL, clock_us() + SYSTEMD_ASK_US) ||
	    !systemd_main(s))
		return INIT_JOB_OURS;
	/* For systemd the unit is not running: there is nothing that it could stop. */
	if (strcmp(s->manager.view.active_state, "inactive") == 0 ||
	    strcmp(s->manager.view.active_state, "failed") == 0)
		return INIT_JOB_OURS;
	return systemd_run_job(s, SYSTEMD_STOP, timeout_us);
}
