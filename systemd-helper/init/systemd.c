/*
 * The adapter for systemd: finds the unit of the running nginx, and makes the manager follow from
 * one master to the other.
 *
 * What the manager believes is asked, not remembered. It is told again whenever what it shows is
 * not what it should be, so that a report that was lost, refused or undone by a daemon-reexec is
 * just repeated. Without D-Bus it is told once, and reads the pid file when the old master leaves.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/systemd.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/identity.h"
#include "ui/say.h"

#define SIGNAL_US (200u * USEC_PER_MSEC)
/* Before the first signal the answers may be waited for, but not for a bus that hangs. */
#define OBSTACLE_US (100u * USEC_PER_MSEC)
#define BARRIER_US  (5u * USEC_PER_SEC)
#define PID_FILE_US (3u * USEC_PER_SEC)

/* sd_booted(3) */
static bool detect(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

static void open_systemd(void)
{
	struct systemd *s = &the_systemd;

	memset(s, 0, sizeof(*s));
	s->opened_us = clock_us();
	s->manager.bus.fd = -1;
	systemd_journal_open(false);
	systemd_notify_open();
}

/*
 * A new master that died when only a shell's run watched over it stays systemd's main process, and
 * any failure of ours would have systemd take the service for dead. So that is set right first.
 */
static void replace_dead_main(struct systemd *s)
{
	systemd_load(s);
	if (manager_ask(&s->manager, clock_us() + SIGNAL_US) && systemd_main_is_dead(s)) {
		s->round.old_master = s->round.main = s->attached;
		(void)systemd_await_main(s);
	}
}

static void attach(pid_t master)
{
	struct systemd *s = &the_systemd;

	if (s->attached)
		return;
	s->attached = s->round.old_master = master; /* until a round tells more */
	if (unit_of(master, s->unit) != UNIT_SERVICE)
		s->unit[0] = '\0';
	/* The unit that we are a part of may have been asked for its pid file. */
	if (s->loaded && s->unit[0] && strcmp(s->manager.unit, s->unit) != 0)
		manager_follow(&s->manager, s->unit);
	s->control = s->unit[0] && unit_is_own(s->unit);
	if (s->control)
		replace_dead_main(s);
}

/* The libraries cost some milliseconds: they are opened when they are needed, or nothing else is to
 * be done. */
void systemd_load(struct systemd *s)
{
	char why[256];
	int r;

	if (s->loaded)
		return;
	s->loaded = true;
	s->lib = libsystemd_open();
	systemd_journal_open(true);
	/* The bus goes by who connects, and for the manager that must be root. */
	identity_lift();
	r = manager_open(&s->manager, why, sizeof(why));
	identity_lower();
	if (r < 0)
		say(SAY_WARNING, "systemd is not asked what it does (D-Bus: %s)", why);
	else if (s->unit[0])
		manager_follow(&s->manager, s->unit);
}

static void prepare(void)
{
	if (the_systemd.unit[0])
		systemd_load(&the_systemd);
}

/* A unit of Type=notify-reload (253 and newer) waits for these two words. */
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

static void follow(const struct init_round *round)
{
	struct systemd *s = &the_systemd;

	s->round = *round;
	if (!s->unit[0])
		return;
	systemd_load(s);
	manager_turn(&s->manager, clock_us() - s->manager.asked_us > MANAGER_ASK_US);
	announce_reload(s);
	systemd_report_main(s);
	systemd_patience(round->patient_us);
}

static int fd(void)
{
	return the_systemd.manager.bus.fd;
}

static bool is_behind(pid_t old_master)
{
	const struct systemd *s = &the_systemd;

	return s->lib && s->unit[0] && systemd_main(s) == old_master &&
	       strcmp(s->manager.view.notify_access, "none") != 0;
}

static const char *clings_to(pid_t old_master)
{
	const struct systemd *s = &the_systemd;

	return s->unit[0] && systemd_main(s) == old_master ? s->manager.view.pid_file : NULL;
}

static const char *obstacle(pid_t master)
{
	struct systemd *s = &the_systemd;
	const struct manager_view *view = &s->manager.view;
	static char text[2048];

	if (!s->unit[0])
		return NULL;
	systemd_load(s);
	s->round.old_master = master;
	(void)manager_wait(&s->manager, manager_answered, NULL, clock_us() + OBSTACLE_US);
	if (systemd_main(s) != master || view->pid_file[0] ||
	    strcmp(view->notify_access, "none") != 0)
		return NULL;
	(void)snprintf(
		text, sizeof(text),
		"systemd would take the end of the old master for the end of %s, and kill the new one: the unit has NotifyAccess=none and no PIDFile=\ninstall the drop-in handover.conf for that unit (NotifyAccess=main), or set PIDFile= in it, and \"systemctl daemon-reload\"",
		s->unit);
	return text;
}

/*
 * A signal to a helper that is part of the unit is systemd's way to stop it, unless systemd says
 * that the unit goes on. In a shutdown the bus ends in the same moment, and says nothing, or
 * errors.
 */
static bool stop_asked(bool signalled)
{
	struct systemd *s = &the_systemd;
	const char *state = s->manager.view.active_state;

	if (!s->unit[0] || systemd_is_strangers(s))
		return false;
	if (signalled && !manager_ask(&s->manager, clock_us() + SIGNAL_US))
		return s->control;
	if (signalled && s->control)
		return strcmp(state, "active") != 0 && strcmp(state, "reloading") != 0 &&
		       strcmp(state, "activating") != 0 && strcmp(state, "refreshing") != 0;
	return manager_knows(&s->manager) && strcmp(state, "deactivating") == 0;
}

/*
 * systemd executes what a unit names itself: its child, in a service's cgroup. A shell of a session
 * has another parent.
 */
static bool is_part(void)
{
	char own[UNIT_NAME_SIZE];

	return getppid() == 1 && unit_of(getpid(), own) == UNIT_SERVICE;
}

/* One that was started by hand may: the unit takes it over. */
static bool may_be_ours(pid_t master)
{
	char its[UNIT_NAME_SIZE];

	return !is_part() || unit_of(master, its) != UNIT_SERVICE || unit_is_own(its);
}

/* systemd.exec(5): $PIDFILE, from 242 on. */
static bool pid_file(char *ret, size_t size)
{
	struct systemd *s = &the_systemd;
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

static bool is_control(void)
{
	return the_systemd.control;
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

static const char *not_ours(void)
{
	const struct systemd *s = &the_systemd;

	if (!s->unit[0] || systemd_is_strangers(s))
		return "it was started by hand, not by a service of systemd";
	return systemd_is_masked(s->unit) ? "its unit is masked" : NULL;
}

static void started(pid_t master, const char *text)
{
	struct systemd *s = &the_systemd;
	char state[512];

	if (!systemd_notify_wanted())
		return;
	systemd_load(s);
	/* One message: after it we are nobody to systemd. */
	(void)snprintf(state, sizeof(state), "MAINPID=%d\nREADY=1\nSTATUS=%s", (int)master, text);
	if (systemd_notify_ready(s->lib, state, BARRIER_US) <= 0)
		say(SAY_WARNING,
		    "systemd could not be told that nginx is ready: it will end this start, and nginx, when TimeoutStartSec= is over");
}

static void close_systemd(void)
{
	manager_close(&the_systemd.manager);
}

const struct init_ops init_systemd = {
	.name = "systemd",
	.detect = detect,
	.open = open_systemd,
	.attach = attach,
	.prepare = prepare,
	.fd = fd,
	.follow = follow,
	.is_behind = is_behind,
	.clings_to = clings_to,
	.obstacle = obstacle,
	.stop_asked = stop_asked,
	.is_part = is_part,
	.may_be_ours = may_be_ours,
	.pid_file = pid_file,
	.is_control = is_control,
	.patience = systemd_patience,
	.time_left = systemd_time_left,
	.waits_for = systemd_waits_for,
	.not_ours = not_ours,
	.examine = systemd_examine,
	.status = systemd_status,
	.settle = systemd_settle,
	.kills_on_failure = systemd_kills_on_failure,
	.stop_is_wanted = systemd_stop_is_wanted,
	.started = started,
	.stopped = systemd_stopped,
	.start = systemd_start,
	.stop = systemd_stop,
	.believes = systemd_believes,
	.down = systemd_down,
	.start_again = systemd_start_again,
	.background = systemd_background,
	.close = close_systemd,
};
