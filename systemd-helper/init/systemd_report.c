/*
 * What systemd is told, and whether it has taken it: MAINPID=, STATUS=, and the end of a run.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "init/init.h"
#include "init/manager.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/procfs.h"
#include "ui/say.h"

/* A report that has no effect is repeated after this time. */
#define REPEAT_US (200u * USEC_PER_MSEC)
#define STATUS_US (500u * USEC_PER_MSEC)
#define SETTLE_US (2u * USEC_PER_SEC)

/* A master of ours, or a worker of one: a run that was killed may have left that, see adopt(). */
static bool is_ours(const struct systemd *s, pid_t pid)
{
	struct proc_stat stat;

	if (pid <= 0 || pid == s->round.old_master || pid == s->round.new_master)
		return pid > 0;
	return procfs_stat(pid, &stat) == 0 && stat.parent > 1 &&
	       (stat.parent == s->round.old_master || stat.parent == s->round.new_master);
}

static bool is_dead(pid_t pid)
{
	struct proc_stat stat;

	return procfs_stat(pid, &stat) < 0 || stat.state == 'Z' || stat.state == 'X';
}

pid_t systemd_main(const struct systemd *s)
{
	pid_t main = manager_knows(&s->manager) ? (pid_t)s->manager.view.main_pid : 0;

	return main && (is_ours(s, main) || is_dead(main)) ? main : 0;
}

bool systemd_main_is_dead(const struct systemd *s)
{
	pid_t main = systemd_main(s);

	return main && is_dead(main);
}

bool systemd_is_strangers(const struct systemd *s)
{
	return manager_knows(&s->manager) && s->manager.view.main_pid && !systemd_main(s);
}

/*
 * There is no bus, or it answers with errors: nobody will tell which process is the main process.
 */
static bool is_silent(const struct systemd *s)
{
	return !s->manager.bus.connection || s->manager.refused;
}

bool systemd_may_chat(const struct systemd *s)
{
	pid_t main = systemd_main(s);

	if (!s->lib || !s->unit[0])
		return false;
	return is_silent(s) || (main && (!s->sent || main == s->sent));
}

/*
 * Sends in the name of a process. For a main process that is dead (a new master that crashed after
 * it was reported) nobody can speak. The command that systemd runs for the unit may then speak in
 * its own name: NotifyAccess=exec, which 219 does not know.
 */
static int say_as(const struct systemd *s, pid_t name, const char *state)
{
	if (!s->lib || name <= 0)
		return 0;
	if (!is_dead(name))
		return systemd_notify_as(s->lib, name, state);
	return s->control ? systemd_notify_as(s->lib, 0, state) : 0;
}

void systemd_say(struct systemd *s, const char *state)
{
	pid_t main = systemd_main(s);

	if (!main && is_silent(s))
		main = s->sent ? s->sent : s->round.old_master;
	(void)say_as(s, main, state);
}

/* Whether systemd ignores all notifications (NotifyAccess=none). That is said once. */
static bool is_deaf(struct systemd *s)
{
	bool deaf =
		manager_knows(&s->manager) && strcmp(s->manager.view.notify_access, "none") == 0;

	if (deaf && !s->deaf_said && s->round.new_master && s->round.main == s->round.new_master) {
		s->deaf_said = true;
		say(SAY_NOTICE,
		    "%s has NotifyAccess=none: systemd follows to master %d only when the old master leaves, by the pid file %s",
		    s->unit, (int)s->round.main, s->manager.view.pid_file);
	}
	return deaf;
}

/*
 * Sent in the name of the other master, unless the manager shows another main process. If the other
 * master is not the main process, then the wanted one is already, and there is nothing to report.
 */
void systemd_report_main(struct systemd *s)
{
	const struct init_round *round = &s->round;
	uint64_t now_us = clock_us();
	pid_t main = systemd_main(s);
	pid_t other = round->main == round->new_master ? round->old_master : round->new_master;
	char state[64];

	if (!round->main || systemd_is_strangers(s) ||
	    (main == round->main && (!s->sent || s->sent == round->main)))
		return;
	if (s->sent == round->main && (!main || now_us - s->sent_us < REPEAT_US))
		return;
	if (is_deaf(s))
		return;
	(void)snprintf(state, sizeof(state), "MAINPID=%d", (int)round->main);
	/* The queue is full: try again in the next round. */
	if (say_as(s, main && main != round->main ? main : other, state) == -EAGAIN)
		return;
	s->sent = round->main;
	s->sent_us = now_us;
	manager_turn(&s->manager, true);
}

void systemd_status(struct init *init, const char *text)
{
	struct systemd *s = systemd_of(init);
	uint64_t now_us = clock_us();
	char state[sizeof(s->status) + sizeof("STATUS=")];

	if (!systemd_may_chat(s) || strcmp(s->status, text) == 0 ||
	    now_us - s->status_us < STATUS_US)
		return;
	(void)snprintf(s->status, sizeof(s->status), "%s", text);
	(void)snprintf(state, sizeof(state), "STATUS=%.*s", (int)sizeof(s->status), s->status);
	s->status_us = now_us;
	systemd_say(s, state);
}

static bool main_is_right(const struct manager *m, const void *arg)
{
	const struct systemd *s = arg;

	return manager_is_fresh(m, s->sent_us) && m->view.main_pid == (uint32_t)s->round.main;
}

bool systemd_await_main(struct systemd *s)
{
	uint64_t until_us = clock_us() + SETTLE_US;

	while (s->manager.bus.connection && clock_us() < until_us) {
		uint64_t look_us = clock_us() + REPEAT_US;

		systemd_report_main(s);
		manager_turn(&s->manager, !main_is_right(&s->manager, s));
		if (manager_wait(&s->manager, main_is_right, s,
				 look_us < until_us ? look_us : until_us))
			return true;
	}
	return false;
}

/*
 * A main process that was reported while the old master was its parent stays "alien" to systemd:
 * with KillMode=mixed a stop would not wait for it, and kill it at once. systemd checks whether it
 * is its own child when the main process changes. So the main process is changed twice: to a
 * worker, and back. Both messages are sent before systemd is likely to read the first. If a run is
 * killed between the two, a worker stays the main process, which the next run accepts as ours.
 */
static void adopt(struct systemd *s, pid_t worker)
{
	pid_t master = s->round.new_master;
	char state[64];

	if (!s->lib || worker <= 0)
		return;
	(void)snprintf(state, sizeof(state), "MAINPID=%d", (int)worker);
	if (systemd_notify_as(s->lib, master, state) <= 0)
		return;
	(void)snprintf(state, sizeof(state), "MAINPID=%d", (int)master);
	(void)systemd_notify_as(s->lib, worker, state);
	s->sent = master;
	s->sent_us = clock_us();
}

static void say_not_followed(const struct systemd *s)
{
	const struct manager_view *view = &s->manager.view;

	if (!s->manager.bus.connection)
		return;
	if (!manager_knows(&s->manager))
		say(SAY_WARNING,
		    "systemd was told of master %d; D-Bus does not answer, so it is not known whether systemd follows. See \"systemctl show -p MainPID %s\"",
		    (int)s->round.main, s->unit);
	else if (s->round.old_master && is_ours(s, (pid_t)view->main_pid))
		say(SAY_WARNING,
		    "systemd still takes %u for the main process of %s, not master %d (NotifyAccess=%s); until the old master has ended, \"systemctl reload\" and \"stop\" reach the wrong one",
		    view->main_pid, s->unit, (int)s->round.main, view->notify_access);
	else
		say(SAY_WARNING,
		    "systemd takes %u for the main process of %s (%s), not master %d (NotifyAccess=%s). What to do: \"systemctl reload %s\" sets that right where the unit has a pid file (PIDFile=) or the drop-in handover.conf",
		    view->main_pid, s->unit, view->active_state, (int)s->round.main,
		    view->notify_access, s->unit);
}

/*
 * Whether systemd has followed. Without D-Bus, or without an answer: waits until it has read what
 * it was told.
 */
static bool followed(struct systemd *s)
{
	if (!s->round.main || systemd_await_main(s))
		return true;
	say_not_followed(s);
	if (s->lib)
		systemd_notify_barrier(s->lib, SETTLE_US);
	return !manager_knows(&s->manager);
}

void systemd_settle(struct init *init, const struct init_end *end)
{
	struct systemd *s = systemd_of(init);

	s->round = end->round;
	systemd_journal_about(s);
	if (!s->unit[0] || systemd_is_strangers(s))
		return;
	/* Also completes the report of an earlier run that was killed. */
	if (followed(s) && end->worker && !is_deaf(s)) {
		adopt(s, end->worker);
		if (manager_knows(&s->manager))
			(void)followed(s);
	}
	s->status_us = 0;
	systemd_status(init, end->status);
	if (s->reloading)
		systemd_say(s, "READY=1");
	s->reloading = false;
}
