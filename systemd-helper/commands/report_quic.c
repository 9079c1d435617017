/* What HTTP/3 loses by a handover. By hand it is the same, or more: nginx hands no QUIC connection
 * over. */
#include <stdio.h>

#include "commands/report_quic.h"
#include "ui/say.h"

/* With quic_bpf the old sockets stay in the new master, and in the group that the kernel deals new
 * clients to. */
static void say_cost_with_map(const struct preflight_quic *q)
{
	unsigned all = q->room.holds + q->workers;
	struct say_field fields[] = {{"where", q->where, 0},          {"quic_bpf", NULL, 1},
				     {"unread", NULL, q->room.holds}, {"sockets", NULL, all},
				     {"room", NULL, q->room.room},    {NULL, NULL, 0}};

	say_event(
		SAY_WARNING, "quic", fields,
		"HTTP/3 on %s, with quic_bpf: QUIC connections that are open live on until the old generation leaves. But nginx leaves the old sockets open with nobody to read them: afterwards %u of %u, and about that share of the new HTTP/3 clients get no answer, until nginx is restarted. Over TCP they are served; nothing of TCP is lost",
		q->where, q->room.holds, all);
}

static void say_cost(const struct preflight_quic *q)
{
	struct say_field fields[] = {
		{"where", q->where, 0}, {"quic_bpf", NULL, 0}, {NULL, NULL, 0}};

	say_event(
		SAY_WARNING, "quic", fields,
		"HTTP/3 on %s: most QUIC connections that are open are lost, since both generations read the same sockets; and for as long as old workers finish their clients, %s of the new HTTP/3 clients get no answer. Over TCP they are served; nothing of TCP is lost. What makes it short: a small DRAIN_TIMEOUT with DRAIN_EXPIRED=term, or worker_shutdown_timeout in nginx's configuration",
		q->where, q->all_reuseport ? "about half" : "up to all");
}

void report_quic_cost(const struct preflight *p)
{
	const struct preflight_quic *q = &p->quic;

	if (!q->count)
		return;
	if (q->room.room && q->room.holds)
		say_cost_with_map(q);
	else
		say_cost(q);
}

const char *report_quic_unread(const struct quic_unread *u, char *ret, size_t size)
{
	(void)snprintf(
		ret, size,
		"of %u UDP sockets on %s %u have no reader: about that share of the new HTTP/3 clients get no answer, until nginx is restarted. Over TCP they are served. What to do: \"nginx-handover restart\", when a moment without service does least harm",
		u->unread + u->read, u->where, u->unread);
	return ret;
}

static void say_unread(const struct quic_unread *u)
{
	char text[512];
	struct say_field fields[] = {{"where", u->where, 0},
				     {"unread", NULL, u->unread},
				     {"read", NULL, u->read},
				     {NULL, NULL, 0}};

	say_event(SAY_WARNING, "unread", fields, "HTTP/3: %s",
		  report_quic_unread(u, text, sizeof(text)));
}

static void say_drain(const struct world *w)
{
	struct quic_contested c = {0, ""};

	if (generation_contested(&w->new, &w->old, &c) < 0 || !c.count)
		return;
	{
		struct say_field fields[] = {
			{"where", c.where, 0}, {"contested", NULL, c.count}, {NULL, NULL, 0}};

		say_event(
			SAY_WARNING, "quic_drain", fields,
			"HTTP/3 on %s: the old workers read the same UDP sockets as long as they live, and give no answer to new clients that they get. Over TCP all are served. What to do where that lasts too long: \"nginx-handover finish --drain-timeout 0 --drain-expired term\" cuts off their last clients",
			c.where);
	}
}

void report_quic_end(const struct run *run)
{
	/* package-update says it in its own line. */
	if (run->unread.unread && !run->summed_up)
		say_unread(&run->unread);
	else if (!run->unread.unread && run->outcome == OUTCOME_DRAINING)
		say_drain(&run->world);
}

void report_quic_look(const struct world *w, const struct facts *f)
{
	struct quic_unread u = {0, 0, ""};

	(void)generation_unread(f->new.alive ? &w->new : &w->old, &u);
	if (u.unread)
		say_unread(&u);
	else if (f->new.alive)
		say_drain(w);
}
