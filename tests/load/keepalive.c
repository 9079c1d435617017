/*
 * Kept-alive connections: request after request, each after the answer to the last. That a server
 * closes an idle one is no failure. That it goes away under a request, before a byte of the answer,
 * is one, and counted apart: RFC 9112 9.3.1 lets a client try again, but many do not, and none may
 * with what is not idempotent.
 */
#define _GNU_SOURCE
#include "kinds.h"

#include <errno.h>

static void keepalive_next(struct conn *conn)
{
	struct load *load = conn->load;
	uint64_t now = now_ns();

	if (load->stop_ns) {
		conn_hang_up(conn);
		return;
	}
	conn->due_ns += NS_PER_S / load->opt.keepalive_rate;
	if (conn->due_ns < now)
		conn->due_ns = now; /* it waits for answers, so what was missed is not caught up */
	timer_set(&load->timers, &conn->timer, conn->due_ns);
}

static void keepalive_done(struct conn *conn)
{
	stats_ok(&conn->load->stats, CLASS_KEEPALIVE);
	part_is_ready(conn->load, &conn->ready);
	keepalive_next(conn);
}

static void keepalive_closed(struct conn *conn)
{
	(void)conn; /* the next tick opens another one */
}

static void keepalive_tick(struct conn *conn)
{
	if (conn->state == CONN_IDLE && conn_again(conn) == 0)
		return;
	conn_hang_up(conn);
	conn_begin(conn, pick_target(conn->load, CLASS_KEEPALIVE));
}

static const struct conn_ops keepalive_ops = {
	.done = keepalive_done,
	.failed = keepalive_next,
	.closed = keepalive_closed,
	.tick = keepalive_tick,
};

/* Spread over one interval, so that they do not march in step. */
int keepalive_start(struct load *load)
{
	unsigned count = load->opt.keepalive;
	uint64_t interval_ns = NS_PER_S / load->opt.keepalive_rate;

	for (unsigned i = 0; i < count; i++) {
		struct conn *conn = conn_create(load, CLASS_KEEPALIVE, &keepalive_ops,
						load->classes->requests[CLASS_KEEPALIVE]);

		if (!conn)
			return -ENOMEM;
		conn->due_ns = load->start_ns + interval_ns * i / count;
		timer_set(&load->timers, &conn->timer, conn->due_ns);
	}
	return 0;
}
