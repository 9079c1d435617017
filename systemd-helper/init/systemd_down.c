/*
 * The unit of an nginx that does not run: how it came to that, and its start. That it is the right
 * one is told by what it executes, since no process tells it.
 */
#include <stdio.h>
#include <string.h>

#include "init/manager_private.h"
#include "init/systemd.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/identity.h"
#include "os/rooted.h"

#define ASK_US (3u * USEC_PER_SEC)

static bool ask(struct manager *m, const char *interface, const char *property)
{
	return manager_property(m, interface, property, clock_us() + ASK_US);
}

static bool is(struct manager *m, const char *property, const char *value)
{
	return ask(m, UNIT_INTERFACE, property) && strcmp(m->call.text, value) == 0;
}

/* nginx itself, or this helper, which starts it. */
static bool executes(struct manager *m, const char *nginx)
{
	const char *slash;
	char its[PATH_MAX];
	char wanted[PATH_MAX];

	if (!ask(m, SERVICE_INTERFACE, "ExecStart"))
		return false;
	slash = strrchr(m->call.text, '/');
	if (slash && strcmp(slash + 1, "nginx-handover") == 0)
		return true;
	return rooted_path("", m->call.text, its) == 0 && rooted_path("", nginx, wanted) == 0 &&
	       strcmp(its, wanted) == 0;
}

/* A unit that is not loaded has no object yet. */
static bool follow(struct systemd *s)
{
	char unit[UNIT_NAME_SIZE];
	const char *arguments[] = {unit, NULL};

	if (snprintf(unit, sizeof(unit), "%s.service", init_service()) >= UNIT_NAME_SIZE)
		return false;
	systemd_load(s);
	if (!manager_call(&s->manager, "LoadUnit", arguments, clock_us() + ASK_US) ||
	    s->manager.call.failed)
		return false;
	manager_follow(&s->manager, unit);
	return manager_wait(&s->manager, manager_answered, NULL, clock_us() + ASK_US) &&
	       manager_knows(&s->manager);
}

static bool has_failed(struct manager *m)
{
	return strcmp(m->view.active_state, "failed") == 0 || is(m, "SubState", "auto-restart");
}

bool systemd_down(const char *nginx, struct init_down *ret)
{
	struct systemd *s = &the_systemd;
	struct manager *m = &s->manager;

	if (!follow(s))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->masked = systemd_is_masked(m->unit) || is(m, "LoadState", "masked");
	if (ret->masked)
		return true;
	if (!is(m, "LoadState", "loaded") || !executes(m, nginx))
		return false;
	ret->failed = has_failed(m);
	if (ask(m, UNIT_INTERFACE, "ActiveExitTimestamp"))
		ret->active_until_us = m->call.number;
	memcpy(ret->pid_file, m->view.pid_file, sizeof(ret->pid_file));
	return true;
}

/* One that has failed too often is not started before that is forgotten (StartLimitBurst=). */
enum init_job systemd_start_again(uint64_t timeout_us)
{
	struct systemd *s = &the_systemd;
	const char *arguments[] = {s->manager.unit, NULL};

	if (!manager_knows(&s->manager) || !s->manager.unit[0])
		return INIT_JOB_OURS;
	identity_lift();
	(void)manager_call(&s->manager, "ResetFailedUnit", arguments, clock_us() + ASK_US);
	identity_lower();
	return systemd_run_job("StartUnit", "active", timeout_us);
}
