/* Heals after a drain: for the watcher of that drain (commands/drain_watch.h), or the next command.
 * Prints nothing where there is nothing to do. */
#include <errno.h>
#include <stddef.h>

#include "commands/heal.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "commands/verdict.h"
#include "core/act_quic.h"
#include "core/facts.h"
#include "core/look_http3.h"
#include "core/observe.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_steer.h"
#include "os/error_text.h"
#include "ui/say.h"

bool heal_is_led(const struct session *s, struct quic_steer *ret)
{
	return quic_steer_look(&s->run.world.old.subject, NULL, ret) == 0 &&
	       ret->to != QUIC_STEER_NONE;
}

int heal_take_program(struct session *s, const struct quic_steer *led)
{
	int r = act_unsteer(&s->run);
	const char *step = s->run.steer.step ? s->run.steer.step : "";

	if (!r) {
		verdict_changed();
		say(SAY_NOTICE,
		    "HTTP/3 on %s: the program that led clients from one generation to the next is taken away",
		    led->where);
		return 0;
	}
	say(SAY_ERROR,
	    "HTTP/3 on %s: the program that led clients from one generation to the next could not be removed: %s%s%s. What to do: \"nginx-handover restart\", when a moment without service does least harm",
	    led->where, step, *step ? ": " : "", error_text(-r));
	return r;
}

/* Whether it may be possible later: nginx is about to start a worker in place of one that has died,
 * or a worker of a dead master still has clients. */
static bool is_for_later(int error)
{
	return error == -EBUSY || error == -ESRCH || error == -ENOENT;
}

static int heal_sockets(struct session *s)
{
	struct quic_unread u = {0, 0, ""};
	struct quic_healed *h = &s->run.healed;
	int r = generation_unread(&s->run.world.old, &u);
	char why[320];

	if (is_for_later(r))
		return -EAGAIN;
	if (r < 0 || !u.unread)
		return 0;
	r = act_heal(&s->run);
	if (is_for_later(r))
		return -EAGAIN;
	report_quic_healed(h);
	if (h->healed)
		verdict_changed();
	if (r < 0)
		say(SAY_ERROR,
		    "UDP sockets of master %d have no reader, and %s%s%s. What to do: %s",
		    (int)s->run.world.old.subject.process.pid,
		    report_quic_no_heal(r, why, sizeof(why)), h->step[0] ? "; what failed: " : "",
		    h->step, report_quic_way(r));
	return r;
}

int heal_rest(struct session *s)
{
	const struct facts *f = &s->run.facts;
	struct quic_steer led;
	int taken;
	int r;

	if (!f->old.alive || f->quitting || world_unfinished(f))
		return -EAGAIN;
	r = heal_sockets(s);
	if (r == -EAGAIN || !heal_is_led(s, &led))
		return r;
	taken = heal_take_program(s, &led);
	return r ? r : taken;
}
