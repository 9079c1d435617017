/*
 * Settings of a unit that would spoil a handover, or a stop after it. The reason is mostly that a
 * master which came by a handover is no child of systemd's: in a stop systemd waits neither for it
 * nor for a master that drains (systemd: service_set_main_pid, main_pid_alien). And without
 * PIDFile= and without a report it takes the end of the old master for the end of the service.
 */
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "init/init.h"
#include "init/manager.h"
#include "init/manager_private.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "init/systemd_adopt.h"
#include "os/clock.h"
#include "os/duration.h"

#define DROP_IN                                                                                    \
	"give %s the drop-in handover.conf (nginx-handover.systemd(7), INSTALLATION), which has it, and \"systemctl daemon-reload\""

struct exam {
	struct systemd *s;
	const struct init_plan *plan;
	init_finding_fn *fn;
	void *arg;
	uint64_t until_us;
	char text[1536];
	bool reloads; /* ExecReload= is nginx-handover */
	bool stops;   /* ExecStop= is nginx-handover */
	bool extends; /* a command of ours may ask for more time */
};

/* Sets the text of the next finding. */
static void set_text(struct exam *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Reports it: what it means, and the line to change. */
static void report(struct exam *e, const char *id, const char *means, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void set_text(struct exam *e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
}

static void report(struct exam *e, const char *id, const char *means, const char *format, ...)
{
	char change[1024];
	struct init_finding finding = {id, e->text, means, change};
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(change, sizeof(change), format, ap);
	va_end(ap);
	e->fn(e->arg, &finding);
}

static bool ask(struct exam *e, const char *property)
{
	return manager_property(&e->s->manager, SERVICE_INTERFACE, property, e->until_us);
}

static bool is_ours(struct exam *e, const char *property)
{
	const char *text = e->s->manager.call.text;
	const char *name;

	if (!ask(e, property))
		return false;
	name = strrchr(text, '/');
	return name && strcmp(name + 1, "nginx-handover") == 0;
}

static const char *unit(struct exam *e)
{
	return e->s->manager.unit;
}

static void pid_file(struct exam *e)
{
	const struct manager_view *view = &e->s->manager.view;

	/* Where NotifyAccess= is "none", too, the handover is refused: see obstacle(). */
	if (!view->pid_file[0] && strcmp(view->notify_access, "none") != 0) {
		set_text(e, "%s has no PIDFile=", unit(e));
		report(e, "unit-pid-file",
		       "if a run is killed before it has told systemd, systemd takes the end of the old master for the end of the service, and kills the new one",
		       "\"PIDFile=%s\" in that unit (systemctl edit %s)", e->plan->pid_path,
		       unit(e));
	} else if (view->pid_file[0] && !adopt_same_file(view->pid_file, e->plan->pid_path)) {
		set_text(e, "%s has PIDFile=%s, and the pid file of its nginx is %s", unit(e),
			 view->pid_file, e->plan->pid_path);
		report(e, "unit-pid-file",
		       "if systemd reads that file it finds no process, or the wrong one, and takes the service for dead",
		       "\"PIDFile=%s\" in that unit (systemctl edit %s), or that path in nginx's \"pid\" directive",
		       e->plan->pid_path, unit(e));
	}
	if (view->pid_file[0] && strcmp(view->notify_access, "none") == 0) {
		set_text(e, "%s has NotifyAccess=none", unit(e));
		report(e, "unit-notify-access",
		       "systemd follows to the new master only when the old one has ended: a stop or reload before that reaches the wrong one, and cuts clients off",
		       "\"NotifyAccess=main\" in that unit; or " DROP_IN, unit(e));
	}
}

static void type(struct exam *e)
{
	const char *has = e->s->manager.view.type;

	if (!*has || strcmp(has, "forking") == 0 || strncmp(has, "notify", 6) == 0)
		return;
	set_text(e, "%s has Type=%s", unit(e), has);
	report(e, "unit-type",
	       "systemd does not wait for an nginx that daemonises, and takes the process that it started for the service; and one that does not daemonise cannot be upgraded",
	       "\"Type=forking\" and \"PIDFile=%s\" in that unit (systemctl edit %s), nginx without \"daemon off\", and a restart",
	       e->plan->pid_path, unit(e));
}

static void commands(struct exam *e)
{
	const struct manager_view *view = &e->s->manager.view;
	bool quits = ask(e, "KillSignal") && e->s->manager.call.number == SIGQUIT;

	if (!e->reloads) {
		set_text(e, "ExecReload= of %s is not nginx-handover's", unit(e));
		report(e, "unit-reload",
		       "\"systemctl reload\" is a HUP to one master: it does not upgrade, and says success where nginx has refused the configuration",
		       "\"ExecReload=\" and \"ExecReload=/usr/sbin/nginx-handover reload\" in that unit; or " DROP_IN,
		       unit(e));
	}
	/* With SIGQUIT to the control group systemd's own stop ends all, and waits for all. */
	if (!e->stops && !(quits && strcmp(view->kill_mode, "control-group") == 0)) {
		set_text(e, "ExecStop= of %s is not nginx-handover's", unit(e));
		report(e, "unit-stop",
		       "after an upgrade \"systemctl stop\" and \"restart\" wait for no client: systemd did not start the master that serves, and kills it at once",
		       "\"ExecStop=\" and \"ExecStop=/usr/sbin/nginx-handover stop\" in that unit; or " DROP_IN,
		       unit(e));
	}
	if (e->reloads && !quits) {
		set_text(e, "%s has no KillSignal=SIGQUIT", unit(e));
		report(e, "unit-kill-signal",
		       "a stop that finds a reload at work sends another signal, which cuts clients off",
		       "\"KillSignal=SIGQUIT\" in that unit; or " DROP_IN, unit(e));
	}
}

static void limits(struct exam *e)
{
	struct manager *m = &e->s->manager;
	uint64_t start_us = m->view.timeout_start_us;
	char has[32], needs[32];

	if (ask(e, "TimeoutStopUSec") && m->call.number && m->call.number < e->plan->stop_us &&
	    !(e->stops && e->extends)) {
		set_text(e,
			 "%s has a TimeoutStopSec= of %s, and by the settings a stop may take %s",
			 unit(e), duration_text(m->call.number, has, sizeof(has)),
			 duration_text(e->plan->stop_us, needs, sizeof(needs)));
		report(e, "unit-stop-timeout",
		       "systemd kills nginx, and with it the clients that are not finished by then",
		       "\"TimeoutStopSec=%u\" in that unit (systemctl edit %s), or a smaller DRAIN_TIMEOUT in the settings",
		       (unsigned)(e->plan->stop_us / USEC_PER_SEC + 1), unit(e));
	}
	if (e->reloads && !e->extends && start_us && start_us < e->plan->handover_us) {
		set_text(
			e,
			"%s has a TimeoutStartSec= of %s, and by the settings a reload that upgrades may take %s",
			unit(e), duration_text(start_us, has, sizeof(has)),
			duration_text(e->plan->handover_us, needs, sizeof(needs)));
		report(e, "unit-start-timeout",
		       "this systemd cannot be asked for more time: the old generation is left to drain before that is over",
		       "\"TimeoutStartSec=%u\" in that unit (systemctl edit %s)",
		       (unsigned)(e->plan->handover_us / USEC_PER_SEC + 10), unit(e));
	}
}

static void not_read(struct exam *e)
{
	struct manager *m = &e->s->manager;
	char file[PATH_MAX];

	if (systemd_drop_in_unread(m, e->until_us, file, sizeof(file)))
		set_text(e, "systemd has not read %s", file);
	else if (manager_property(m, UNIT_INTERFACE, "NeedDaemonReload", e->until_us) &&
		 m->call.number)
		set_text(e,
			 "the file of %s, or a drop-in, has changed, and systemd has not read it",
			 unit(e));
	else
		return;
	report(e, "unit-not-read", "systemd goes on by what it has read before",
	       "systemctl daemon-reload");
}

static void state(struct exam *e)
{
	struct manager *m = &e->s->manager;
	char left[PATH_MAX];

	not_read(e);
	if (adopt_left(unit(e), left)) {
		set_text(e, "an \"adopt\" that was killed has left %s", left);
		report(e, "adopt-left",
		       "\"systemctl stop\" and \"restart\" of that unit stop and start nothing as long as it is there",
		       "rm %s, and systemctl daemon-reload", left);
	}
	if (m->view.main_pid && m->view.main_pid != (uint32_t)e->plan->master) {
		set_text(
			e,
			"systemd takes process %u for the main process of %s, and master %d serves",
			m->view.main_pid, unit(e), (int)e->plan->master);
		report(e, "unit-main-process",
		       "a stop or reload reaches the wrong one, and systemd takes the end of that one for the end of the service",
		       "\"nginx-handover reload\" tells systemd");
	}
	if (systemd_is_masked(unit(e))) {
		set_text(e, "%s is masked", unit(e));
		report(e, "unit-masked",
		       "updates of packages leave this nginx alone, and it does not come up at the next boot",
		       "systemctl unmask %s", unit(e));
	}
}

/* For an nginx that was started by hand, or in a service that is about something else. */
static void no_unit(struct exam *e)
{
	struct manager *m = &e->s->manager;

	if (!manager_find(m, e->plan->pid_path, e->until_us))
		return;
	set_text(e, "master %d was started by hand, and %s names its pid file",
		 (int)e->plan->master, unit(e));
	report(e, "unit-not-its-own",
	       "systemd does not watch this nginx, \"systemctl stop\" does not reach it, and updates of packages leave it alone",
	       "\"nginx-handover adopt\" brings it into %s without stopping it", unit(e));
}

void systemd_examine(struct init *init, const struct init_plan *plan, init_finding_fn *fn,
		     void *arg)
{
	struct systemd *s = systemd_of(init);
	struct exam e = {.s = s, .plan = plan, .fn = fn, .arg = arg};

	e.until_us = clock_us() + SYSTEMD_ASK_US;
	systemd_load(s);
	if (!s->manager.bus.connection) {
		set_text(&e, "systemd cannot be asked over D-Bus");
		report(&e, "no-bus",
		       "it is told of a handover, and whether it has followed is not known",
		       "install libdbus-1, and see that the system bus runs (systemctl status dbus)");
		return;
	}
	if (!s->unit[0] || systemd_is_strangers(s)) {
		no_unit(&e);
		return;
	}
	if (!manager_wait(&s->manager, manager_answered, NULL, e.until_us) ||
	    !manager_knows(&s->manager))
		return;
	e.reloads = is_ours(&e, "ExecReload");
	e.stops = is_ours(&e, "ExecStop");
	e.extends = manager_version(&s->manager) >= SYSTEMD_EXTENDS_SINCE;
	type(&e);
	pid_file(&e);
	commands(&e);
	limits(&e);
	state(&e);
}
