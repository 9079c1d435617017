/*
 * The unit of an nginx that does not run: how it ended, and its start. Since no process shows which
 * unit it is, the unit is recognised by the program that it executes.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "init/init.h"
#include "init/manager.h"
#include "init/manager_private.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "init/systemd_adopt.h"
#include "init/unit.h"
#include "os/clock.h"
#include "os/identity.h"

static bool ask(struct manager *m, const char *interface, const char *property)
{
	return manager_property(m, interface, property, clock_us() + SYSTEMD_ASK_US);
}

static bool property_is(struct manager *m, const char *property, const char *value)
{
	return ask(m, UNIT_INTERFACE, property) && strcmp(m->call.text, value) == 0;
}

/* Whether the unit executes nginx, or this program, which starts it. */
static bool executes(struct manager *m, const char *nginx)
{
	const char *slash;

	if (!ask(m, SERVICE_INTERFACE, "ExecStart"))
		return false;
	slash = strrchr(m->call.text, '/');
	return (slash && strcmp(slash + 1, "nginx-handover") == 0) ||
	       adopt_same_file(m->call.text, nginx);
}

static bool follow(struct systemd *s, const char *service)
{
	char unit[UNIT_NAME_SIZE];

	if (snprintf(unit, sizeof(unit), "%s.service", service) >= UNIT_NAME_SIZE)
		return false;
	systemd_load(s);
	return manager_load(&s->manager, unit, SYSTEMD_ASK_US) && manager_knows(&s->manager);
}

static bool has_failed(struct manager *m)
{
	return strcmp(m->view.active_state, "failed") == 0 ||
	       property_is(m, "SubState", "auto-restart");
}

bool systemd_down(struct init *init, const char *nginx, struct init_down *ret)
{
	struct systemd *s = systemd_of(init);
	struct manager *m = &s->manager;

	if (!follow(s, init_service(init)))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->masked = systemd_is_masked(m->unit) || property_is(m, "LoadState", "masked");
	if (ret->masked)
		return true;
	if (!property_is(m, "LoadState", "loaded") || !executes(m, nginx))
		return false;
	ret->failed = has_failed(m);
	if (ask(m, UNIT_INTERFACE, "ActiveExitTimestamp"))
		ret->active_until_us = m->call.number;
	memcpy(ret->pid_file, m->view.pid_file, sizeof(ret->pid_file));
	return true;
}

/*
 * systemd refuses to start a unit that has failed too often (StartLimitBurst=) until that is reset.
 */
enum init_job systemd_start_again(struct init *init, uint64_t timeout_us)
{
	struct systemd *s = systemd_of(init);
	const char *arguments[] = {s->manager.unit, NULL};

	if (!manager_knows(&s->manager) || !s->manager.unit[0])
		return INIT_JOB_OURS;
	identity_lift();
	(void)manager_call(&s->manager, "ResetFailedUnit", arguments, clock_us() + SYSTEMD_ASK_US);
	identity_lower();
	return systemd_run_job(s, SYSTEMD_START, timeout_us);
}
