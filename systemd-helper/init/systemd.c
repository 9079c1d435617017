/*
 * The adapter for systemd: finds the unit of the running nginx, and makes the manager follow from
 * one master to the other.
 *
 * What the manager believes is asked, not remembered. It is told again whenever what it shows is
 * not what it should be, so that a report that was lost, refused or undone by a daemon-reexec is
 * just repeated. Without D-Bus it is told once, and reads the pid file when the old master leaves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/systemd.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/procfs.h"
#include "ui/say.h"

/* An unanswered report is repeated after this. */
#define REPEAT_US (200u * USEC_PER_MSEC)
/* The manager is asked unasked for after this: a signal of a manager that was executed anew may not
 * reach us. */
#define ASK_US     (250u * USEC_PER_MSEC)
#define STATUS_US  (500u * USEC_PER_MSEC)
#define SIGNAL_US  (200u * USEC_PER_MSEC)
#define SETTLE_US  (2u * USEC_PER_SEC)
#define BARRIER_US (5u * USEC_PER_SEC)
#define MARGIN_US  (30u * USEC_PER_SEC)

struct systemd the_systemd;

/* sd_booted(3) */
static bool detect(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

static void open_systemd(void)
{
	struct systemd *s = &the_systemd;
	const char *why = "";

	memset(s, 0, sizeof(*s));
	s->manager.bus.fd = -1;
	s->lib = libsystemd_open(&why);
	if (s->lib)
		systemd_journal_open(s->lib);
	else
		(void)snprintf(s->no_library, sizeof(s->no_library), "%s", why);
	(void)manager_open(&s->manager, s->no_bus, sizeof(s->no_bus));
	s->notify_wanted = getenv("NOTIFY_SOCKET") != NULL;
	/* Who is in a session may have the address of another manager, or none. */
	if (geteuid() == 0)
		(void)setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
}

static void attach(pid_t master)
{
	struct systemd *s = &the_systemd;
	char own[UNIT_NAME_SIZE];

	if (s->unit[0])
		return;
	if (unit_of(master, s->unit) != UNIT_SERVICE) {
		s->unit[0] = '\0';
		return;
	}
	s->control = unit_of(getpid(), own) == UNIT_SERVICE && strcmp(own, s->unit) == 0;
	if (s->no_library[0])
		say(SAY_WARNING,
		    "systemd is not told of what follows (%s); %s is followed through its "
		    "PIDFile=, "
		    "if it has one, when the old master leaves",
		    s->no_library, s->unit);
	if (s->no_bus[0])
		say(SAY_WARNING, "systemd is not asked whether it follows (D-Bus: %s)", s->no_bus);
	manager_follow(&s->manager, s->unit);
}

/* A master of ours; or a worker of one: a run that was killed may have left that, see adopt(). */
static bool is_ours(const struct systemd *s, pid_t pid)
{
	struct proc_stat stat;

	if (pid <= 0 || pid == s->round.old_master || pid == s->round.new_master)
		return pid > 0;
	return procfs_stat(pid, &stat) == 0 && stat.parent > 1 &&
	       (stat.parent == s->round.old_master || stat.parent == s->round.new_master);
}

pid_t systemd_main(const struct systemd *s)
{
	pid_t main = manager_knows(&s->manager) ? (pid_t)s->manager.view.main_pid : 0;

	return is_ours(s, main) ? main : 0;
}

/* nginx was started by a service that is about something else (cron, ssh): none of our business. */
static bool is_strangers(const struct systemd *s)
{
	return manager_knows(&s->manager) && s->manager.view.main_pid &&
	       !is_ours(s, (pid_t)s->manager.view.main_pid);
}

/* While a report of ours is on its way it is not certain who is the main process. 0: not certain.
 */
static pid_t certain_main(const struct systemd *s)
{
	pid_t main = systemd_main(s);

	return !s->sent || main == s->sent ? main : 0;
}

/* What can wait until that is certain: systemd logs each message from anybody else. */
static bool may_chat(const struct systemd *s)
{
	return s->unit[0] && (certain_main(s) || !s->manager.bus.connection);
}

/* Where it is not certain: in both names, of which systemd hears one. */
void systemd_say(struct systemd *s, const char *state)
{
	pid_t names[2] = {s->round.new_master, s->round.old_master};
	pid_t main = certain_main(s);
	size_t i;

	if (!s->lib || !s->unit[0] || is_strangers(s))
		return;
	if (main) {
		names[0] = main;
		names[1] = 0;
	}
	for (i = 0; i < 2; i++) {
		if (names[i] > 0)
			(void)s->lib->pid_notify(names[i], 0, state);
	}
}

void systemd_report_main(struct systemd *s)
{
	uint64_t now_us = clock_us();
	pid_t wanted = s->round.main;
	pid_t main = systemd_main(s);
	char state[64];

	if (!wanted || is_strangers(s) || (main == wanted && (!s->sent || s->sent == wanted)))
		return;
	if (s->sent == wanted && (!main || now_us - s->sent_us < REPEAT_US))
		return;
	/* It has had that one from the start. */
	if (!s->sent && !main && wanted == s->round.old_master)
		return;
	(void)snprintf(state, sizeof(state), "MAINPID=%d", (int)wanted);
	systemd_say(s, state);
	s->sent = wanted;
	s->sent_us = now_us;
	manager_turn(&s->manager, true);
}

/* A unit of Type=notify-reload (253 and newer) waits for these two words. */
static void announce_reload(struct systemd *s)
{
	char state[80];

	if (s->reloading || !s->control || !may_chat(s) ||
	    strcmp(s->manager.view.type, "notify-reload") != 0)
		return;
	(void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
		       (unsigned long long)clock_us());
	systemd_say(s, state);
	s->reloading = true;
}

/* The job that we are part of has a time limit of its own, which 236 and newer let us move. */
static void extend(struct systemd *s)
{
	uint64_t needed_us = clock_us() + s->round.patient_us;
	char state[64];

	if (!s->control || !may_chat(s) || needed_us + MARGIN_US / 2 < s->extended_us)
		return;
	s->extended_us = needed_us + MARGIN_US;
	(void)snprintf(state, sizeof(state), "EXTEND_TIMEOUT_USEC=%llu",
		       (unsigned long long)(s->round.patient_us + MARGIN_US));
	systemd_say(s, state);
}

static void follow(const struct init_round *round)
{
	struct systemd *s = &the_systemd;

	s->round = *round;
	if (!s->unit[0])
		return;
	manager_turn(&s->manager, clock_us() - s->manager.asked_us > ASK_US);
	announce_reload(s);
	systemd_report_main(s);
	extend(s);
}

static int fd(void)
{
	return the_systemd.manager.bus.fd;
}

static const char *clings_to(pid_t old_master)
{
	const struct systemd *s = &the_systemd;

	return s->unit[0] && systemd_main(s) == old_master ? s->manager.view.pid_file : NULL;
}

/*
 * A signal to a helper that is part of the unit is systemd's way to stop it, unless systemd says
 * that it is not stopping.
 */
static bool stop_asked(bool signalled)
{
	struct systemd *s = &the_systemd;

	if (!s->unit[0] || is_strangers(s))
		return false;
	if (signalled && !manager_ask(&s->manager, clock_us() + SIGNAL_US))
		return s->control;
	return manager_knows(&s->manager) &&
	       strcmp(s->manager.view.active_state, "deactivating") == 0;
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

static bool is_control(void)
{
	return the_systemd.control;
}

static void status(const char *text)
{
	struct systemd *s = &the_systemd;
	uint64_t now_us = clock_us();
	char state[sizeof(s->status) + sizeof("STATUS=")];

	if (!may_chat(s) || strcmp(s->status, text) == 0 || now_us - s->status_us < STATUS_US)
		return;
	(void)snprintf(s->status, sizeof(s->status), "%s", text);
	(void)snprintf(state, sizeof(state), "STATUS=%.*s", (int)sizeof(s->status), s->status);
	s->status_us = now_us;
	systemd_say(s, state);
}

static bool main_is(const struct manager *m, const void *arg)
{
	return manager_knows(m) && m->view.main_pid == (uint32_t) * (const pid_t *)arg;
}

/* Until the manager shows the wanted main process; told again while it does not. */
static bool await_main(struct systemd *s)
{
	uint64_t until_us = clock_us() + SETTLE_US;
	pid_t wanted = s->round.main;

	while (s->manager.bus.connection && clock_us() < until_us) {
		uint64_t look_us = clock_us() + REPEAT_US;

		systemd_report_main(s);
		if (manager_wait(&s->manager, main_is, &wanted,
				 look_us < until_us ? look_us : until_us))
			return true;
		manager_turn(&s->manager, true);
	}
	return false;
}

/*
 * A main process that was reported while the old master was its parent stays "alien" to systemd:
 * with KillMode=mixed a stop would not wait for it, and kill it at once. Whether it is its own
 * child is looked at when the main process changes, so it is changed twice, over a worker. Both
 * messages are sent before systemd is likely to read the first; a run that is killed between the
 * two leaves a worker as the main process, which the next run takes for ours.
 */
static void adopt(struct systemd *s, pid_t worker)
{
	pid_t master = s->round.new_master;
	char state[64];

	if (!s->lib || worker <= 0)
		return;
	(void)snprintf(state, sizeof(state), "MAINPID=%d", (int)worker);
	if (s->lib->pid_notify(master, 0, state) <= 0)
		return;
	(void)snprintf(state, sizeof(state), "MAINPID=%d", (int)master);
	(void)s->lib->pid_notify(worker, 0, state);
	s->manager.answered = false;
	(void)manager_ask(&s->manager, clock_us() + SETTLE_US);
}

static void say_not_followed(const struct systemd *s)
{
	const struct manager_view *view = &s->manager.view;

	if (!manager_knows(&s->manager))
		return;
	say(SAY_WARNING,
	    "systemd takes %u for the main process of %s (%s), not master %d: NotifyAccess=%s. "
	    "What "
	    "to do: set NotifyAccess=main in that unit, or install the drop-in handover.conf; "
	    "\"systemctl daemon-reload\" makes it look at the pid file",
	    view->main_pid, s->unit, view->active_state, (int)s->round.main, view->notify_access);
}

static void settle(const struct init_end *end)
{
	struct systemd *s = &the_systemd;
	bool followed;

	s->round = end->round;
	if (!s->unit[0] || is_strangers(s))
		return;
	followed = !s->round.main || await_main(s);
	if (!followed && s->manager.bus.connection)
		say_not_followed(s);
	else if (!followed && s->lib && s->lib->notify_barrier)
		(void)s->lib->notify_barrier(0, SETTLE_US);
	if (end->worker && s->sent && (followed || !s->manager.bus.connection)) {
		adopt(s, end->worker);
		if (s->manager.bus.connection && !await_main(s))
			say_not_followed(s);
	}
	s->status_us = 0;
	status(end->status);
	if (s->reloading)
		systemd_say(s, "READY=1");
	s->reloading = false;
}

static void started(pid_t master, const char *text)
{
	struct systemd *s = &the_systemd;
	char state[512];

	if (!s->lib || !s->notify_wanted)
		return;
	/* One message: after it we are nobody to systemd. */
	(void)snprintf(state, sizeof(state), "MAINPID=%d\nREADY=1\nSTATUS=%s", (int)master, text);
	if (s->lib->pid_notify(0, 0, state) <= 0)
		say(SAY_WARNING, "systemd could not be told that nginx is ready");
	else if (s->lib->notify_barrier)
		(void)s->lib->notify_barrier(0, BARRIER_US);
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
	.fd = fd,
	.follow = follow,
	.clings_to = clings_to,
	.stop_asked = stop_asked,
	.is_part = is_part,
	.is_control = is_control,
	.status = status,
	.settle = settle,
	.started = started,
	.start = systemd_start,
	.stop = systemd_stop,
	.close = close_systemd,
};
