/*
 * Reads the queues of the sockets that the old generation listens on. This matters only between
 * "ready" and the signal that takes the old workers away.
 */
#include "core/facts.h"
#include "core/queues.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

struct count {
	const struct inodes *held;
	unsigned queued;
};

void queues_init(struct queues *q)
{
	inodes_init(&q->held);
	q->holder = 0;
}

void queues_free(struct queues *q)
{
	inodes_free(&q->held);
	q->holder = 0;
}

static bool count_row(const struct socket_row *row, void *arg)
{
	struct count *count = arg;

	if (row->queued && inodes_have(count->held, row->inode))
		count->queued += row->queued;
	return true;
}

/* The same condition as for PHASE_BOTH in phase_of(). */
static bool both_accept(const struct facts *f)
{
	return f->old.alive && f->old.accepting && f->new.alive && f->new.accepting &&
	       f->new.idle && !f->new.starting;
}

unsigned queues_look(struct queues *q, pid_t old_master, const struct facts *f)
{
	struct count count = {&q->held, 0};

	if (!both_accept(f))
		return 0;
	if (q->holder != old_master) {
		inodes_free(&q->held);
		q->holder = sockets_held(old_master, &q->held) == 0 ? old_master : 0;
	}
	if (!q->held.count ||
	    sockets_each(old_master, SOCKETS_TCP_LISTENING, count_row, &count) < 0)
		return 0;
	return count.queued;
}
