/*
 * heal: takes UDP sockets of HTTP/3 that no worker reads out of use, without an upgrade and without
 * a restart. Upgrades by hand leave such sockets behind. Also detaches the BPF program that a run
 * which was killed has left on them. Sends no signals.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "commands/commands.h"
#include "commands/drain_watch.h"
#include "commands/heal.h"
#include "commands/hold.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "commands/upgrade.h"
#include "commands/verdict.h"
#include "core/act_quic.h"
#include "core/facts.h"
#include "core/look_http3.h"
#include "core/observe.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_steer.h"
#include "os/clock.h"
#include "os/error_text.h"
#include "os/exit_code.h"
#include "os/waker.h"
#include "ui/say.h"

/* How long nginx may take to start a worker in place of one that has died. */
enum { PATIENCE_US = 5000000 };

/* error: -errno, why the sockets cannot be healed. step: what failed; "": nothing was tried. */
static int refuse_to_heal(const struct session *s, int error, const char *step)
{
	pid_t master = s->run.world.old.subject.process.pid;
	char why[320];

	say(SAY_ERROR,
	    "UDP sockets of master %d have no reader, and %s%s%s. Nothing was done. What to do: %s",
	    (int)master, report_quic_no_heal(error, why, sizeof(why)),
	    *step ? "; what failed: " : "", step, report_quic_way(error));
	return EXIT_REFUSED;
}

static int say_unknown(const struct session *s, int error)
{
	pid_t master = s->run.world.old.subject.process.pid;

	if (error == -ENOENT)
		say(SAY_ERROR,
		    "no worker of master %d accepts clients, so it is not known which of its sockets have no reader. Nothing was done. What to do: see the error log of nginx, and \"nginx-handover status\"",
		    (int)master);
	else
		say(SAY_ERROR,
		    "it is not known which UDP sockets of master %d have no reader: %s. Nothing was done. What to do: \"nginx-handover restart\" is sure to leave none, and costs a moment without service",
		    (int)master, error_text(-error));
	return EXIT_REFUSED;
}

/* Workers of an old generation still read its sockets, so they must not be taken out of use. */
static int refuse_draining(const struct world *w)
{
	say(SAY_ERROR,
	    "old master %d still drains: its workers have to read their UDP sockets until the end. Nothing was done. What to do: \"nginx-handover finish\" waits for it and heals then, or try again when it has gone",
	    (int)w->old.subject.process.pid);
	return EXIT_UNFINISHED;
}

static void say_dry_run(const struct quic_unread *u, const struct quic_steer *led)
{
	struct say_field fields[] = {{"what", "heal", 0}, {NULL, NULL, 0}};

	if (u->unread)
		say_event(
			SAY_NOTICE, "would", fields,
			"nothing stands in the way: of %u UDP sockets on %s the %u without a reader would be taken out of use",
			u->unread + u->read, u->where, u->unread);
	if (led->to != QUIC_STEER_NONE)
		say_event(
			SAY_NOTICE, "would", fields,
			"nothing stands in the way: the program that leads clients of HTTP/3 on %s would be taken away",
			led->where);
}

/* Heals. Tries again for some time where a worker has just died, or is being started (-EBUSY). */
static int heal_patiently(struct session *s)
{
	uint64_t began_us = clock_us();
	uint64_t until_us = began_us + PATIENCE_US;
	int r;

	for (;;) {
		r = act_heal(&s->run);
		if (r != -EBUSY || clock_us() >= until_us || waker_take_signal())
			return r;
		waker_wait(&s->run.waker, began_us, until_us);
	}
}

/* How many sockets have no reader now. Waits a moment for a worker that takes the place of one that
 * has died: it reads that one's socket. */
static unsigned left_unread(struct session *s)
{
	struct run *run = &s->run;
	uint64_t began_us = clock_us();
	uint64_t until_us = began_us + PATIENCE_US / 5;
	struct quic_unread left;

	for (;;) {
		left.unread = 0;
		if (observe(&run->world, &run->facts) < 0 ||
		    generation_unread(&run->world.old, &left) < 0 || !left.unread ||
		    clock_us() >= until_us || waker_take_signal())
			return left.unread;
		waker_wait(&run->waker, began_us, until_us);
	}
}

static int say_nothing(const struct session *s)
{
	say(SAY_NOTICE,
	    "nothing to do: master %d has no UDP socket that a worker should read and none does",
	    (int)s->run.world.old.subject.process.pid);
	return 0;
}

static int say_result(struct session *s, int error)
{
	const struct quic_healed *h = &s->run.healed;
	unsigned left;

	report_quic_healed(h);
	if (h->healed)
		verdict_changed();
	if (error < 0 && !h->healed)
		return refuse_to_heal(s, error, h->step);
	if (error < 0)
		say(SAY_ERROR,
		    "could not %s: %s. What to do: look with \"nginx-handover status\", and try again",
		    h->step, error_text(-error));
	left = left_unread(s);
	if (left)
		report_quic_look(&s->run.world, &s->run.facts, 0);
	else if (!error && !h->healed)
		return say_nothing(s);
	return left ? EXIT_UNREAD : error < 0 ? EXIT_FAILED : 0;
}

static int heal_unread(struct session *s)
{
	int r = quic_heal_possible(&s->run.world.old.subject);

	return r < 0 ? refuse_to_heal(s, r, "") : say_result(s, heal_patiently(s));
}

static int heal(struct session *s)
{
	struct quic_unread u = {0, 0, ""};
	struct quic_steer led;
	const struct generation *g = &s->run.world.old;
	int r = generation_unread(g, &u);
	int taken = 0;

	if (r < 0)
		return say_unknown(s, r);
	if (!heal_is_led(s, &led))
		led.to = QUIC_STEER_NONE;
	if (!u.unread && led.to == QUIC_STEER_NONE)
		return say_nothing(s);
	if (s->settings->dry_run) {
		say_dry_run(&u, &led);
		return 0;
	}
	if (u.unread)
		r = heal_unread(s);
	/* After the healing: until then it keeps clients away from sockets that nobody reads. */
	if (led.to != QUIC_STEER_NONE)
		taken = heal_take_program(s, &led) ? EXIT_FAILED : 0;
	return r ? r : taken;
}

static int heal_or_refuse(struct session *s)
{
	const struct facts *f = &s->run.facts;

	hold_pick_up(s);
	if (f->closing)
		drain_pick_up(s);
	if (f->quitting)
		return session_refuse_quitting(s);
	if (f->closing && f->old.alive && f->new.alive)
		return refuse_draining(&s->run.world);
	return world_unfinished(f) ? upgrade_refuse_unfinished(s) : heal(s);
}

static int find_and_heal(struct session *s, const struct settings *settings)
{
	int r = session_begin(s, settings, "heal");

	return r ? r : session_conclude(s, heal_or_refuse(s));
}

int command_heal(const struct settings *settings)
{
	if (settings->drain_of)
		return drain_attend(settings);
	return session_with(settings, find_and_heal);
}
