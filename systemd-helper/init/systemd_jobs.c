/*
 * Starting and stopping through systemd, so that it and the user never disagree about what runs.
 * What systemd itself has started, as a part of the unit, does the work instead.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/systemd.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/identity.h"
#include "ui/say.h"

#define ASK_US (3u * USEC_PER_SEC)

enum init_job systemd_run_job(const char *method, const char *wanted_state, uint64_t timeout_us)
{
	struct systemd *s = &the_systemd;
	const char *verb = method[2] == 'a' ? "start" : "stop";
	char why[512];
	int r;

	say(SAY_INFO, "systemd is asked to %s %s", verb, s->manager.unit);
	identity_lift();
	r = manager_run_job(&s->manager, method, clock_us() + timeout_us, why, sizeof(why));
	identity_lower();
	if (r == -ETIMEDOUT)
		say(SAY_ERROR,
		    "systemd has not come to an end with its job to %s %s; it goes on. See \"systemctl list-jobs\" and \"systemctl status %s\"",
		    verb, s->manager.unit, s->manager.unit);
	else if (r < 0)
		say(SAY_ERROR, "systemd does not %s %s: %s. Nothing was done", verb,
		    s->manager.unit, why);
	else if (strcmp(s->manager.view.active_state, wanted_state) == 0)
		return INIT_JOB_DONE;
	else if (wanted_state[0] == 'i')
		say(SAY_WARNING, "systemd has stopped %s, and calls it %s", s->manager.unit,
		    s->manager.view.active_state);
	else
		say(SAY_ERROR,
		    "systemd could not %s %s: it is %s. What to do: see \"systemctl status %s\" and \"journalctl -u %s\"",
		    verb, s->manager.unit, s->manager.view.active_state, s->manager.unit,
		    s->manager.unit);
	return r == 0 && wanted_state[0] == 'i' ? INIT_JOB_DONE : INIT_JOB_FAILED;
}

enum init_job systemd_start(const char *pid_path, uint64_t timeout_us, int *ret_code)
{
	struct systemd *s = &the_systemd;
	enum init_job job;

	*ret_code = 1;
	if (init_is_part())
		return INIT_JOB_OURS;
	systemd_load(s);
	if (!manager_find(&s->manager, pid_path, clock_us() + ASK_US) ||
	    unit_is_own(s->manager.unit))
		return INIT_JOB_OURS;
	if (strcmp(s->manager.view.active_state, "active") == 0)
		say(SAY_WARNING, "systemd calls %s active, though its nginx does not run",
		    s->manager.unit);
	job = systemd_run_job("StartUnit", "active", timeout_us);
	/* Our own exit code, where the unit starts nginx by this helper. */
	if (job == INIT_JOB_FAILED && s->manager.view.exec_main_status > 0 &&
	    s->manager.view.exec_main_status < 8)
		*ret_code = s->manager.view.exec_main_status;
	return job;
}

/* A stop or a restart is a job; when nginx just ended, the job is still the one that we are part
 * of. */
bool systemd_stop_is_wanted(void)
{
	struct systemd *s = &the_systemd;
	char type[32];

	if (!s->control || !manager_ask(&s->manager, clock_us() + ASK_US))
		return s->control;
	return manager_job_type(&s->manager, clock_us() + ASK_US, type, sizeof(type)) &&
	       (strcmp(type, "stop") == 0 || strcmp(type, "restart") == 0);
}

/*
 * 219 remembers any reload that failed, and would call the unit failed after a stop that ended
 * well. Where nginx ended by itself there is no job to stop it, and the mark is true.
 */
void systemd_stopped(void)
{
	struct systemd *s = &the_systemd;
	const char *arguments[] = {s->unit, NULL};
	const char *result = s->manager.view.result;

	if (!s->control || !systemd_stop_is_wanted() || !manager_knows(&s->manager) || !result[0] ||
	    strcmp(result, "success") == 0)
		return;
	identity_lift();
	(void)manager_call(&s->manager, "ResetFailedUnit", arguments, clock_us() + ASK_US);
	identity_lower();
}

enum init_job systemd_stop(pid_t old_master, pid_t new_master, uint64_t timeout_us)
{
	struct systemd *s = &the_systemd;

	if (!s->unit[0] || s->control || init_is_part())
		return INIT_JOB_OURS;
	systemd_load(s);
	s->round.old_master = old_master;
	s->round.new_master = new_master;
	if (!manager_wait(&s->manager, manager_answered, NULL, clock_us() + ASK_US) ||
	    !systemd_main(s))
		return INIT_JOB_OURS;
	/* It has given that unit up: for it there is nothing to stop. */
	if (strcmp(s->manager.view.active_state, "inactive") == 0 ||
	    strcmp(s->manager.view.active_state, "failed") == 0)
		return INIT_JOB_OURS;
	return systemd_run_job("StopUnit", "inactive", timeout_us);
}
