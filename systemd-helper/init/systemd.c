/*
 * The adapter for systemd: finds the unit of the running nginx, and makes the manager follow from
 * the old master to the new one.
 *
 * What the manager believes is asked, not remembered. Whenever it shows something else than it
 * should it is told again, so that a report that was lost, refused or undone by a daemon-reexec is
 * repeated. Without D-Bus it is told once; it then reads the pid file when the old master leaves.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/init.h"
#include "init/libsystemd.h"
#include "init/manager.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "init/systemd_untold.h"
#include "init/unit.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/identity.h"
#include "ui/say.h"

#define SIGNAL_US (200u * USEC_PER_MSEC)
/* Before the first signal there is time to wait for answers, but not for a bus that hangs. */
#define OBSTACLE_US (100u * USEC_PER_MSEC)
#define BARRIER_US  (5u * USEC_PER_SEC)
#define PID_FILE_US (3u * USEC_PER_SEC)

/* sd_booted(3) */
static bool has_booted(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

static enum init_evidence evidence(const char *service, pid_t master)
{
	char unit[UNIT_NAME_SIZE];

	(void)service;
	if (!has_booted())
		return INIT_NO;
	return master && unit_of(master, unit) == UNIT_SERVICE ? INIT_HOLDS : INIT_RULES;
}

static bool unit(pid_t pid, char ret[UNIT_TEXT])
{
	char name[UNIT_NAME_SIZE];

	if (unit_of(pid, name) != UNIT_SERVICE)
		return false;
	memcpy(ret, name, sizeof(name));
	return true;
}

static void open_systemd(struct init *init)
{
	struct systemd *s = systemd_of(init);

	memset(s, 0, sizeof(*s));
	init->control = false;
	s->opened_us = clock_us();
	systemd_journal_about(s);
	s->manager.bus.fd = -1;
	systemd_journal_open(false);
	systemd_notify_open();
}

/*
 * A new master that died during a run at a shell may still be systemd's main process. Then systemd
 * would take any failure of ours for the end of the service, so this is corrected first.
 */
static void replace_dead_main(struct systemd *s)
{
	systemd_load(s);
	if (manager_ask(&s->manager, clock_us() + SIGNAL_US) && systemd_main_is_dead(s)) {
		s->round.old_master = s->round.main = s->attached;
		(void)systemd_await_main(s);
	}
}

static void attach(struct init *init, pid_t master)
{
	struct systemd *s = systemd_of(init);

	if (s->attached)
		return;
	s->attached = s->round.old_master = master; /* until the first round */
	if (unit_of(master, s->unit) != UNIT_SERVICE)
		s->unit[0] = '\0';
	systemd_journal_about(s);
	/* The manager may still follow the unit that we are part of, for its pid file. */
	if (s->loaded && s->unit[0] && strcmp(s->manager.unit, s->unit) != 0)
		manager_follow(&s->manager, s->unit);
	s->control = init->control = s->unit[0] && unit_is_own(s->unit);
	if (s->control)
		replace_dead_main(s);
}

/*
 * Loading the libraries takes some milliseconds, and is done only when they are needed or the
 * program waits anyway.
 */
void systemd_load(struct systemd *s)
{
	char why[256];
	int r;

	if (s->loaded)
		return;
	s->loaded = true;
	s->lib = libsystemd_open();
	systemd_journal_open(true);
	/* The bus judges by the user that connects: the manager wants root. */
	identity_lift();
	r = manager_open(&s->manager, why, sizeof(why));
	identity_lower();
	if (r < 0)
		say(SAY_WARNING, "systemd is not asked what it does (D-Bus: %s)", why);
	else if (s->unit[0])
		manager_follow(&s->manager, s->unit);
}

static void prepare(struct init *init)
{
	struct systemd *s = systemd_of(init);

	if (s->unit[0])
		systemd_load(s);
}

/* A unit of Type=notify-reload (systemd 253 and newer) waits for these two lines. */
static void announce_reload(struct systemd *s)
{
	char state[80];

	if (s->reloading || !s->control || !systemd_may_chat(s) ||
	    strcmp(s->manager.view.type, "notify-reload") != 0)
		return;
	(void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
		       (unsigned long long)clock_us());
	systemd_say(s, state);
	s->reloading = true;
}

static void tell(struct systemd *s, const struct init_round *round)
{
	systemd_load(s);
	manager_turn(&s->manager, clock_us() - s->manager.asked_us > MANAGER_ASK_US);
	announce_reload(s);
	systemd_report_main(s);
	systemd_patience_for(s, round->patient_us);
}

/*
 * Whether systemd is stopping the unit. A signal to a command that is part of the unit is systemd's
 * way to stop it, unless systemd says that the unit goes on. During a shutdown the bus ends in the
 * same moment, and there is no answer, or an error.
 */
static bool stop_asked(struct systemd *s, bool signalled)
{
	const char *state = s->manager.view.active_state;

	if (systemd_is_strangers(s))
		return false;
	if (signalled && !manager_ask(&s->manager, clock_us() + SIGNAL_US))
		return s->control;
	if (signalled && s->control)
		return strcmp(state, "active") != 0 && strcmp(state, "reloading") != 0 &&
		       strcmp(state, "activating") != 0 && strcmp(state, "refreshing") != 0;
	return manager_knows(&s->manager) && strcmp(state, "deactivating") == 0;
}

static void follow(struct init *init, const struct init_round *round, struct init_verdict *ret)
{
	struct systemd *s = systemd_of(init);
	const struct manager_view *view = &s->manager.view;
	pid_t old = round->old_master;

	memset(ret, 0, sizeof(*ret));
	s->round = *round;
	systemd_journal_about(s);
	if (s->unit[0] && !round->signalled)
		tell(s, round);
	ret->fd = s->manager.bus.fd;
	if (!s->unit[0])
		return;
	ret->stop_asked = stop_asked(s, round->signalled);
	if (!old || systemd_main(s) != old)
		return;
	ret->behind = s->lib && strcmp(view->notify_access, "none") != 0;
	ret->clings = view->pid_file;
}

static bool obstacle(struct init *init, pid_t master, char *ret, size_t size)
{
	struct systemd *s;
	const struct manager_view *view;

	if (!init)
		return has_booted() && systemd_obstacle_untold(master, ret, size);
	s = systemd_of(init);
	view = &s->manager.view;
	if (!s->unit[0])
		return false;
	systemd_load(s);
	s->round.old_master = master;
	(void)manager_wait(&s->manager, manager_answered, NULL, clock_us() + OBSTACLE_US);
	if (systemd_main(s) != master || view->pid_file[0] ||
	    strcmp(view->notify_access, "none") != 0)
		return false;
	(void)snprintf(
		ret, size,
		"systemd would take the end of the old master for the end of %s, and kill the new one: the unit has NotifyAccess=none and no PIDFile=\ninstall the drop-in handover.conf for that unit (NotifyAccess=main), or set PIDFile= in it, and \"systemctl daemon-reload\"",
		s->unit);
	return true;
}

static bool raise_memory(const struct init *init, bool v2, char *ret, size_t size)
{
	const struct systemd *s = systemd_of(init);

	if (!s->unit[0])
		return false;
	(void)snprintf(ret, size, "systemctl set-property %s %s=...", s->unit,
		       v2 ? "MemoryMax" : "MemoryLimit");
	return true;
}

/*
 * A command of a unit is systemd's own child and is in the cgroup of a service. A shell of a
 * session has another parent.
 */
static bool is_part(void)
{
	char own[UNIT_NAME_SIZE];

	return getppid() == 1 && unit_of(getpid(), own) == UNIT_SERVICE;
}

/* A master that was started by hand may be ours: the unit takes it over. */
static bool may_be_ours(const struct init *init, pid_t master)
{
	char its[UNIT_NAME_SIZE];

	return !init->part || unit_of(master, its) != UNIT_SERVICE || unit_is_own(its);
}

/* systemd.exec(5): $PIDFILE, from 242 on. */
static bool pid_file(struct init *init, char *ret, size_t size)
{
	struct systemd *s = systemd_of(init);
	const char *named = getenv("PIDFILE");
	char own[UNIT_NAME_SIZE];

	if (!named || !*named) {
		if (unit_of(getpid(), own) != UNIT_SERVICE)
			return false;
		systemd_load(s);
		manager_follow(&s->manager, own);
		(void)manager_wait(&s->manager, manager_answered, NULL, clock_us() + PID_FILE_US);
		named = manager_knows(&s->manager) ? s->manager.view.pid_file : "";
	}
	return named[0] == '/' && (size_t)snprintf(ret, size, "%s", named) < size;
}

/* systemd.unit(5): a link to /dev/null, or an empty file, with the name of the unit. */
bool systemd_is_masked(const char *unit)
{
	static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system"};
	char path[PATH_MAX];
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
		if (stat(path, &st) == 0 &&
		    (S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0)))
			return true;
	}
	return false;
}

static const char *not_ours(const struct init *init)
{
	const struct systemd *s = systemd_of(init);

	if (!s->unit[0] || systemd_is_strangers(s))
		return "it was started by hand, not by a service of systemd";
	return systemd_is_masked(s->unit) ? "its unit is masked" : NULL;
}

static void say_ready(struct systemd *s, pid_t master, const char *text)
{
	char state[512];

	if (!systemd_notify_wanted())
		return;
	systemd_load(s);
	/* In one message: after it systemd does not accept another from us. */
	(void)snprintf(state, sizeof(state), "MAINPID=%d\nREADY=1\nSTATUS=%s", (int)master, text);
	if (systemd_notify_ready(s->lib, state, BARRIER_US) <= 0)
		systemd_say_unready();
}

static void note(struct init *init, enum init_news news, pid_t master, const char *text)
{
	if (news == INIT_STARTED)
		say_ready(systemd_of(init), master, text);
	else if (news == INIT_STOPPED)
		systemd_stopped(systemd_of(init));
}

static void close_systemd(struct init *init)
{
	manager_close(&systemd_of(init)->manager);
}

/*
 * Counted with strace: the socket of the bus, the journal's, and the libraries while they are
 * loaded.
 */
enum { OF_SYSTEMD = 5 };

const struct init_ops init_systemd = {
	.name = "systemd",
	.state_size = sizeof(struct systemd),
	.descriptors = OF_SYSTEMD,
	.by = "its unit",
	.log = "its journal",
	.evidence = evidence,
	.unit = unit,
	.is_part = is_part,
	.open = open_systemd,
	.attach = attach,
	.prepare = prepare,
	.close = close_systemd,
	.follow = follow,
	.status = systemd_status,
	.settle = systemd_settle,
	.exit_code = systemd_exit_code,
	.obstacle = obstacle,
	.raise_memory = raise_memory,
	.patience = systemd_patience,
	.time_left = systemd_time_left,
	.waits_for = systemd_waits_for,
	.may_be_ours = may_be_ours,
	.pid_file = pid_file,
	.not_ours = not_ours,
	.examine = systemd_examine,
	.limits = systemd_limits,
	.believes = systemd_believes,
	.note = note,
	.start = systemd_start,
	.stop = systemd_stop,
	.down = systemd_down,
	.start_again = systemd_start_again,
	.adopt = systemd_adopt,
	.background = systemd_background,
};
