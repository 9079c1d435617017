/* What is printed about HTTP/3 during and after a run: UDP sockets without a reader, what was done
 * about them, and what could not be done. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "commands/report_quic.h"
#include "core/decide.h"
#include "core/look_http3.h"
#include "core/world.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_steer.h"
#include "os/error_text.h"
#include "trust/subject.h"
#include "ui/say.h"

const char *report_quic_no_heal(int error, char *ret, size_t size)
{
	const char *why = error_text(-error);

	switch (error) {
	case -ENOSYS: why = "this kernel cannot do it (pidfd_getfd, Linux 5.6)"; break;
	case -EPERM:
		why = "it may not take sockets of another process (it lacks CAP_SYS_PTRACE, or a container's filter of system calls, kernel.yama.ptrace_scope=3 or SELinux's deny_ptrace forbids it)";
		break;
	case -EBUSY:
		why = "a worker has just ended or is being started, or another generation of nginx has the same sockets";
		break;
	case -ESRCH: why = "that master has ended, or executes another file by now"; break;
	default: break;
	}
	(void)snprintf(ret, size, "they cannot be taken out of use: %s", why);
	return ret;
}

const char *report_quic_way(int error)
{
	if (!error)
		return "\"nginx-handover heal\" takes them out of use, at no cost to anybody";
	if (error == -EBUSY || error == -ESRCH)
		return "look with \"nginx-handover status\", and try \"nginx-handover heal\" again";
	return "\"nginx-handover restart\", when a moment without service does least harm";
}

const char *report_quic_unread(const struct quic_unread *u, const struct subject *master, char *ret,
			       size_t size)
{
	(void)snprintf(
		ret, size,
		"of %u UDP sockets on %s %u have no reader: about that share of the new HTTP/3 clients get no answer. Over TCP they are served. What to do: %s",
		u->unread + u->read, u->where, u->unread,
		report_quic_way(quic_heal_possible(master)));
	return ret;
}

static void say_unread(const struct quic_unread *u, const struct subject *master)
{
	char text[512];
	struct say_field fields[] = {{"where", u->where, 0},
				     {"unread", NULL, u->unread},
				     {"read", NULL, u->read},
				     {NULL, NULL, 0}};

	say_event(SAY_WARNING, "unread", fields, "HTTP/3: %s",
		  report_quic_unread(u, master, text, sizeof(text)));
}

bool report_quic_drain(const struct world *w)
{
	struct quic_contested c = {0, ""};

	if (generation_contested(&w->new, &w->old, &c) < 0 || !c.count)
		return false;
	{
		struct say_field fields[] = {
			{"where", c.where, 0}, {"contested", NULL, c.count}, {NULL, NULL, 0}};

		say_event(
			SAY_WARNING, "quic_drain", fields,
			"HTTP/3 on %s: the old workers read the same UDP sockets as long as they live, and give no answer to new clients that they get. Over TCP all are served. What to do where that lasts too long: \"nginx-handover finish --drain-timeout 0 --drain-expired term\" cuts off their last clients",
			c.where);
	}
	return true;
}

void report_quic_healed(const struct quic_healed *h)
{
	struct say_field fields[] = {{"where", h->where, 0},
				     {"healed", NULL, h->healed},
				     {"entries", NULL, h->entries},
				     {NULL, NULL, 0}};
	bool one = h->healed == 1;

	if (h->healed)
		say_event(
			SAY_NOTICE, "healed", fields,
			"HTTP/3 on %s: %u UDP socket%s that nobody read %s taken out of use: the kernel gives %s no new clients any more",
			h->where, h->healed, one ? "" : "s", one ? "was" : "were",
			one ? "it" : "them");
}

/* What to do where a step was refused by the system. */
static const char *without_way(enum action action, int error)
{
	if (action == ACT_HEAL)
		return report_quic_way(error);
	switch (error) {
	case -ENOTSUP: return "write reuseport at each \"listen ... quic\" of the configuration";
	case -ENOSYS:
		return "use Linux 5.8 or newer and an nginx-handover that was built with its BPF program (\"nginx-handover --version\"); else set QUIC=heal";
	case -EPERM:
	case -EACCES:
		return "give nginx-handover CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_SYS_PTRACE, and set kernel.yama.ptrace_scope below 3";
	case -EBUSY: return "set QUIC=heal where this nginx routes HTTP/3 itself";
	default: return "look with \"nginx-handover status\" when this run has ended";
	}
}

void report_quic_without(const struct run *run, enum action action)
{
	const char *step = action == ACT_HEAL ? run->healed.step
			   : run->steer.step  ? run->steer.step
					      : "";
	const char *error = error_text(-run->act_error);
	struct say_field fields[] = {{"action", action_text(action), 0},
				     {"step", step, 0},
				     {"error", error, 0},
				     {NULL, NULL, 0}};

	say_event(
		SAY_WARNING, "without", fields,
		"HTTP/3: could not %s%s%s: %s. This run goes on as it would with QUIC=%s. What to do: %s",
		action_text(action), *step ? ": " : "", step, error,
		action == ACT_HEAL ? "off" : "heal", without_way(action, run->act_error));
}

void report_quic_end(const struct run *run)
{
	report_quic_healed(&run->healed);
	/* package-update has it in its own line. */
	if (run->unread.unread && !run->summed_up)
		say_unread(&run->unread, &run->world.new.subject);
	else if (run->outcome == OUTCOME_DRAINING && !run->facts.switched)
		(void)report_quic_drain(&run->world);
}

void report_quic_attended(const struct world *w, const char *where, pid_t watcher)
{
	pid_t old = w->old.subject.process.pid;
	pid_t serves = w->new.subject.process.pid;
	struct say_field fields[] = {{"where", where, 0},
				     {"old_pid", NULL, (uint64_t)old},
				     {"new_pid", NULL, (uint64_t)serves},
				     {"watcher", NULL, (uint64_t)watcher},
				     {NULL, NULL, 0}};

	if (watcher)
		say_event(
			SAY_NOTICE, "led", fields,
			"HTTP/3 on %s: a program leads new clients to master %d while old master %d drains; process %d takes it away when the old master has ended",
			where, (int)serves, (int)old, (int)watcher);
	else
		say_event(
			SAY_WARNING, "led", fields,
			"HTTP/3 on %s: a program leads new clients to master %d while old master %d drains, and no process will remove it when the old master has ended. What to do: \"nginx-handover finish\" waits for that end and removes it; \"nginx-handover heal\" starts a process that does so",
			where, (int)serves, (int)old);
}

void report_quic_later(const struct world *w, const struct quic_unread *u, pid_t watcher)
{
	say(SAY_NOTICE,
	    "HTTP/3 on %s: process %d takes %u UDP socket%s of old master %d out of use when the old master has ended",
	    u->where, (int)watcher, u->unread, u->unread == 1 ? "" : "s",
	    (int)w->old.subject.process.pid);
}

/* Returns whether a program leads clients during a drain; that is printed. */
static bool say_led_drain(const struct world *w, pid_t watcher)
{
	struct quic_steer led;

	if (quic_steer_look(&w->old.subject, &w->new.subject, &led) < 0 || led.to != QUIC_STEER_NEW)
		return false;
	report_quic_attended(w, led.where, watcher);
	return true;
}

/* Our BPF program is attached to the sockets of this master, without a handover that needs it. */
static void say_attached(const struct subject *master, const struct subject *new_master,
			 pid_t watcher)
{
	struct quic_steer led;

	if (quic_steer_look(master, new_master, &led) < 0 || led.to == QUIC_STEER_NONE)
		return;
	if (watcher)
		say(SAY_NOTICE,
		    "HTTP/3 on %s: a program still leads clients for a handover that is over; process %d is about to take it away",
		    led.where, (int)watcher);
	else
		say(SAY_WARNING,
		    "HTTP/3 on %s: a program still leads clients for a handover that was cut short; workers that are started from now on get no new clients. What to do: \"nginx-handover heal\" removes that program",
		    led.where);
}

void report_quic_look(const struct world *w, const struct facts *f, pid_t watcher)
{
	const struct generation *g = f->new.alive ? &w->new : &w->old;
	struct quic_unread u = {0, 0, ""};

	/* Nothing can be done about sockets without a reader before the last old worker has ended.
	 */
	if (f->new.alive && (say_led_drain(w, watcher) || report_quic_drain(w)))
		return;
	(void)generation_unread(g, &u);
	if (u.unread)
		say_unread(&u, &g->subject);
	if (!f->new.alive)
		say_attached(&g->subject, NULL, watcher);
}

void report_quic_left(const struct run *run)
{
	const struct world *w = &run->world;

	/* A process that will watch over the drain removes the program. */
	if (run->outcome == OUTCOME_DRAINING && run->ask.attended && run->facts.switched)
		return;
	if (run->facts.steered && run->outcome != OUTCOME_STOPPED)
		say_attached(&w->old.subject, run->facts.new.alive ? &w->new.subject : NULL, 0);
}
