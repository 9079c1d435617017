/* What HTTP/3 loses in a handover, by the setting QUIC=. An upgrade by hand loses as much or more:
 * nginx does not hand over QUIC connections. */
#include <string.h>

#include "commands/report_quic.h"
#include "core/preflight.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_steer.h"
#include "trust/subject.h"
#include "ui/say.h"

#define TCP "Over TCP they are served; nothing of TCP is lost"

/* With quic_bpf the new master inherits the old sockets, and the kernel goes on giving them new
 * clients. */
static void say_left_unread(const struct preflight_quic *q)
{
	unsigned all = q->room.holds + q->workers;
	struct say_field fields[] = {{"where", q->where, 0},          {"quic_bpf", NULL, 1},
				     {"unread", NULL, q->room.holds}, {"sockets", NULL, all},
				     {"room", NULL, q->room.room},    {NULL, NULL, 0}};

	say_event(
		SAY_WARNING, "quic", fields,
		"HTTP/3 on %s, with quic_bpf: QUIC connections that are open live on until the old generation leaves. But nginx leaves the old sockets open: afterwards %u of %u have no reader, and about that share of the new HTTP/3 clients get no answer until nginx is restarted. " TCP,
		q->where, q->room.holds, all);
}

static void say_healed_later(const struct preflight_quic *q, bool steerable)
{
	struct say_field fields[] = {{"where", q->where, 0},
				     {"quic_bpf", NULL, 1},
				     {"room", NULL, q->room.room},
				     {NULL, NULL, 0}};

	say_event(
		SAY_WARNING, "quic", fields,
		"HTTP/3 on %s, with quic_bpf: QUIC connections that are open live on until the old generation leaves. While its workers finish their clients they get new HTTP/3 clients, too, and do not answer them; then its sockets are taken out of use (QUIC=heal). " TCP
		"%s",
		q->where, steerable ? ". QUIC=steer would lose none" : "");
}

static void say_shared(const struct preflight_quic *q, bool steerable)
{
	struct say_field fields[] = {
		{"where", q->where, 0}, {"quic_bpf", NULL, 0}, {NULL, NULL, 0}};

	say_event(
		SAY_WARNING, "quic", fields,
		"HTTP/3 on %s: most QUIC connections that are open are lost, since both generations read the same sockets; and for as long as old workers finish their clients, %s of the new HTTP/3 clients get no answer. " TCP
		". What makes it short: a small DRAIN_TIMEOUT with DRAIN_EXPIRED=term, or worker_shutdown_timeout in nginx's configuration%s",
		q->where, q->all_reuseport ? "about half" : "up to all",
		steerable ? ". QUIC=steer would lose none" : "");
}

static void say_steered(const struct preflight_quic *q)
{
	struct say_field fields[] = {
		{"where", q->where, 0}, {"quic_bpf", NULL, q->room.room > 0}, {NULL, NULL, 0}};

	say_event(
		SAY_NOTICE, "quic", fields,
		"HTTP/3 on %s: new clients will be led to the new generation, and those that are there stay with the old one until they leave (QUIC=steer)",
		q->where);
}

/* nginx closes an address that its configuration no longer names only if it has inherited it; see
 * quic_fresh_moves(). */
static void say_moves(const struct preflight_quic *q)
{
	say(SAY_WARNING,
	    "HTTP/3: the configuration that the new master will read does not listen on %s, or without reuseport, so that new clients are not led to the new generation this time. What to do where that matters: hand over before such a change, and reload after it",
	    q->moves);
}

void report_quic_cost(const struct preflight *p, const char *setting)
{
	const struct preflight_quic *q = &p->quic;
	const struct subject *master = &p->world->old.subject;
	bool off = strcmp(setting, "off") == 0;
	bool possible = !off && quic_heal_possible(master) == 0;
	bool steerable = possible && q->all_reuseport && !q->moves[0] && quic_steer_built();

	if (!q->count)
		return;
	if (q->moves[0])
		say_moves(q);
	if (strcmp(setting, "steer") == 0 && steerable)
		say_steered(q);
	else if (!q->room.room || !q->room.holds)
		say_shared(q, steerable);
	else if (possible)
		say_healed_later(q, steerable);
	else
		say_left_unread(q);
}
