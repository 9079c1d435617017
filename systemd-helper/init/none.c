/* No init system: functions that do nothing, also for whatever an adapter leaves out. */
#include <stddef.h>
#include <stdint.h>
#include "init/limits.h"
#include "init/ops.h"

static enum init_evidence no_evidence(const char *service, pid_t master)
{
	(void)service;
	(void)master;
	return INIT_NO;
}

static bool no_unit(pid_t pid, char ret[UNIT_TEXT])
{
	(void)pid;
	(void)ret;
	return false;
}

static bool no_part(void)
{
	return false;
}

static int no_announce(struct init *init, const char *verb)
{
	(void)init;
	(void)verb;
	return 0;
}

static void no_conclude(struct init *init, int code)
{
	(void)init;
	(void)code;
}

static int same_state(struct init *init, pid_t master, int code)
{
	(void)init;
	(void)master;
	return code;
}

static void no_step(struct init *init)
{
	(void)init;
}

static void no_attach(struct init *init, pid_t master)
{
	(void)init;
	(void)master;
}

static void no_follow(struct init *init, const struct init_round *round, struct init_verdict *ret)
{
	static const struct init_verdict none = {.fd = -1};

	(void)init;
	(void)round;
	*ret = none;
}

static void no_status(struct init *init, const char *text)
{
	(void)init;
	(void)text;
}

static void no_settle(struct init *init, const struct init_end *end)
{
	(void)init;
	(void)end;
}

static int same_code(struct init *init, int code, bool stopped)
{
	(void)init;
	(void)stopped;
	return code;
}

static bool no_obstacle(struct init *init, pid_t master, char *ret, size_t size)
{
	(void)init;
	(void)master;
	(void)ret;
	(void)size;
	return false;
}

static bool no_raise(const struct init *init, bool v2, char *ret, size_t size)
{
	(void)init;
	(void)v2;
	(void)ret;
	(void)size;
	return false;
}

static void no_patience(struct init *init, uint64_t us)
{
	(void)init;
	(void)us;
}

static bool no_limit(struct init *init, struct init_limit *ret)
{
	(void)init;
	(void)ret;
	return false;
}

static const char *no_wait(struct init *init, pid_t holder)
{
	(void)init;
	(void)holder;
	return NULL;
}

static bool any_may(const struct init *init, pid_t master)
{
	(void)init;
	(void)master;
	return true;
}

static bool no_pid_file(struct init *init, char *ret, size_t size)
{
	(void)init;
	(void)ret;
	(void)size;
	return false;
}

static const char *all_ours(const struct init *init)
{
	(void)init;
	return NULL;
}

static void no_findings(struct init *init, const struct init_plan *plan, init_finding_fn *fn,
			void *arg)
{
	(void)init;
	(void)plan;
	(void)fn;
	(void)arg;
}

static enum init_job no_adoption(struct init *init, struct init_adoption *what)
{
	(void)init;
	(void)what;
	return INIT_JOB_OURS;
}

static bool no_limits(struct init *init, pid_t master, struct init_limits *ret)
{
	(void)init;
	(void)master;
	(void)ret;
	return false;
}

static bool no_belief(pid_t master, struct init_belief *ret)
{
	(void)master;
	(void)ret;
	return false;
}

static void no_note(struct init *init, enum init_news news, pid_t master, const char *status)
{
	(void)init;
	(void)news;
	(void)master;
	(void)status;
}

static enum init_job no_start(struct init *init, const char *pid_path, uint64_t timeout_us,
			      int *ret_code)
{
	(void)init;
	(void)pid_path;
	(void)timeout_us;
	(void)ret_code;
	return INIT_JOB_OURS;
}

static enum init_job no_stop(struct init *init, pid_t old_master, pid_t new_master,
			     uint64_t timeout_us)
{
	(void)init;
	(void)old_master;
	(void)new_master;
	(void)timeout_us;
	return INIT_JOB_OURS;
}

static const char *nobody_ends(struct init *init)
{
	(void)init;
	return NULL;
}

static bool no_down(struct init *init, const char *nginx, struct init_down *ret)
{
	(void)init;
	(void)nginx;
	(void)ret;
	return false;
}

static enum init_job no_start_again(struct init *init, uint64_t timeout_us)
{
	(void)init;
	(void)timeout_us;
	return INIT_JOB_OURS;
}

static enum init_job no_background(struct init *init, const struct init_background *what)
{
	(void)init;
	(void)what;
	return INIT_JOB_OURS;
}

const struct init_ops init_none = {
	.name = "none",
	.by = "its init system",
	.log = "its log",
	.evidence = no_evidence,
	.unit = no_unit,
	.is_part = no_part,
	.announce = no_announce,
	.conclude = no_conclude,
	.state = same_state,
	.open = no_step,
	.attach = no_attach,
	.prepare = no_step,
	.close = no_step,
	.follow = no_follow,
	.status = no_status,
	.settle = no_settle,
	.exit_code = same_code,
	.obstacle = no_obstacle,
	.raise_memory = no_raise,
	.patience = no_patience,
	.time_left = no_limit,
	.waits_for = no_wait,
	.may_be_ours = any_may,
	.pid_file = no_pid_file,
	.not_ours = all_ours,
	.examine = no_findings,
	.limits = no_limits,
	.believes = no_belief,
	.note = no_note,
	.start = no_start,
	.stop = no_stop,
	.ends_with = nobody_ends,
	.down = no_down,
	.start_again = no_start_again,
	.adopt = no_adoption,
	.background = no_background,
};
