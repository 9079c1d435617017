/*
 * New connections: one request each, begun by the clock whatever the server does, so that a
 * server that hangs meets the same load as one that answers.
 */
#define _GNU_SOURCE
#include "kinds.h"

static void new_done(struct conn *conn)
{
	struct stats *stats = &conn->load->stats;

	stats_ok(stats, CLASS_NEW);
	(void)stats_latency(stats, conn->heard_ns - conn->request_ns);
	part_is_ready(conn->load, &conn->load->classes->new_ready);
}

static const struct conn_ops new_ops = {
	.done = new_done,
	.failed = conn_retire,
	.closed = conn_retire,
	.tick = conn_retire, /* the server took the timeout and did not close: enough */
};

static void new_begin(struct load *load)
{
	const struct target *target = pick_target(load, CLASS_NEW);
	struct conn *conn =
		conn_create(load, CLASS_NEW, &new_ops, load->classes->requests[CLASS_NEW]);

	if (conn) {
		conn_begin(conn, target);
		return;
	}
	stats_started(&load->stats, CLASS_NEW);
	stats_failed(&load->stats, CLASS_NEW, FAIL_LOCAL, load_ms(load, now_ns()), target->name,
		     "too many connections at once");
}

void new_start(struct load *load)
{
	pacer_start(&load->classes->new_pacer, load, load->opt.new_rate, new_begin);
}
