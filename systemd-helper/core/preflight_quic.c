/*
 * What a handover costs with HTTP/3, and whether quic_bpf has room for another generation. nginx
 * itself hands over no QUIC connection.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/look_http3.h"
#include "core/preflight.h"
#include "core/problems.h"
#include "core/world.h"
#include "nginx/config_scan.h"
#include "nginx/quic_fresh.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_sockets.h"
#include "nginx/title.h"
#include "os/exit_code.h"

static unsigned serving(const struct generation *g)
{
	unsigned count = 0;
	size_t i;

	for (i = 0; i < g->count; i++)
		count += g->workers[i].title == TITLE_WORKER;
	return count;
}

static unsigned workers_to_come(const struct preflight *p)
{
	unsigned count = preflight_workers(p, serving(&p->world->old));

	return count || p->workers_auto ? count : 1;
}

/* Whether there are sockets that nobody reads, and that can be taken out of use. */
static bool has_unread(const struct preflight *p)
{
	struct quic_unread u = {0, 0, ""};

	return generation_unread(&p->world->old, &u) == 0 && u.unread &&
	       quic_heal_possible(&p->world->old_master.subject) == 0;
}

static void check_room(struct preflight *p)
{
	const struct quic_room *room = &p->quic.room;
	struct problem *problem;
	bool mends;

	if (room->holds + p->quic.workers <= room->room)
		return;
	mends = has_unread(p) && serving(&p->world->old) + p->quic.workers <= room->room;
	if (mends && p->heals)
		return;
	problem = problem_add(
		&p->problems, EXIT_REFUSED,
		"HTTP/3 with quic_bpf: master %d holds %u sockets for %s, most of them of former generations, and the new one needs %u more; its map has room for %u (four for each worker of the first start), so that the new master would not start",
		(int)p->world->old_master.subject.process.pid, room->holds, room->where,
		p->quic.workers, room->room);
	problem->of_master = true;
	problem_advise(
		problem, "%s",
		mends ? "\"nginx-handover heal\" makes room at no cost to anybody; without QUIC=off an upgrade does so by itself"
		      : "restart nginx once: \"nginx-handover restart\" loads what is installed, and begins with an empty map; it refuses connections for a moment");
}

/* Where this is not known nothing is said: the run will look again. */
static void look_what_moves(struct preflight *p, const struct config_scan *scan)
{
	const struct generation *g = &p->world->old;
	pid_t *workers;
	size_t count;

	if (generation_titled(g, TITLE_WORKER, &workers, &count) < 0)
		return;
	quic_fresh_moves(&g->subject, workers, count, scan, p->quic.moves);
	free(workers);
}

void preflight_quic(struct preflight *p, const struct config_scan *scan)
{
	struct preflight_quic *q = &p->quic;
	size_t n = 0;
	size_t i;

	q->count = scan->quic_count;
	q->all_reuseport = true;
	q->where[0] = q->moves[0] = '\0';
	for (i = 0; i < scan->quic_count; i++) {
		q->all_reuseport = q->all_reuseport && scan->quic[i].reuseport;
		if (n < sizeof(q->where))
			n += (size_t)snprintf(q->where + n, sizeof(q->where) - n, "%s%s",
					      n ? ", " : "", scan->quic[i].address);
	}
	q->workers = workers_to_come(p);
	if (p->steers)
		look_what_moves(p, scan);
	if (quic_room_look(p->world->old_master.subject.process.pid, scan, &q->room) < 0)
		memset(&q->room, 0, sizeof(q->room));
	if (q->room.room && q->room.holds)
		check_room(p);
}
