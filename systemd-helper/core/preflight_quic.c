/*
 * What a handover costs where HTTP/3 is listened for, and whether quic_bpf has room for another
 * generation. nginx itself hands no QUIC connection over.
 */
#include <stdio.h>
#include <string.h>

#include "core/preflight.h"
#include "os/cpus.h"

static unsigned serving(const struct generation *g)
{
	unsigned count = 0;
	size_t i;

	for (i = 0; i < g->count; i++)
		count += g->workers[i].title == TITLE_WORKER;
	return count;
}

/* At least so many will come: nginx may count more CPUs than these. */
static unsigned workers_to_come(const struct preflight *p)
{
	const struct generation *g = &p->world->old;
	unsigned cpus, now;

	if (!p->workers_auto)
		return p->workers ? p->workers : 1;
	cpus = cpus_of(g->subject.process.pid);
	now = serving(g);
	return cpus < now ? cpus : now;
}

static void check_room(struct preflight *p)
{
	const struct quic_room *room = &p->quic.room;
	struct problem *problem;

	if (room->holds + p->quic.workers <= room->room)
		return;
	problem = problem_add(
		&p->problems, EXIT_REFUSED,
		"HTTP/3 with quic_bpf: master %d holds %u sockets for %s, most of them of former generations, and the new one needs %u more; its map has room for %u (four for each worker of the first start), so that the new master would not start",
		(int)p->world->old_master.subject.process.pid, room->holds, room->where,
		p->quic.workers, room->room);
	problem->of_master = true;
	problem_advise(
		problem,
		"restart nginx once: \"nginx-handover restart\" loads what is installed, and begins with an empty map; it refuses connections for a moment");
}

void preflight_quic(struct preflight *p, const struct config_scan *scan)
{
	struct preflight_quic *q = &p->quic;
	size_t n = 0;
	size_t i;

	q->count = scan->quic_count;
	q->all_reuseport = true;
	q->where[0] = '\0';
	for (i = 0; i < scan->quic_count; i++) {
		q->all_reuseport = q->all_reuseport && scan->quic[i].reuseport;
		if (n < sizeof(q->where))
			n += (size_t)snprintf(q->where + n, sizeof(q->where) - n, "%s%s",
					      n ? ", " : "", scan->quic[i].address);
	}
	q->workers = workers_to_come(p);
	if (quic_room_look(p->world->old_master.subject.process.pid, scan, &q->room) < 0)
		memset(&q->room, 0, sizeof(q->room));
	if (q->room.room && q->room.holds)
		check_room(p);
}
