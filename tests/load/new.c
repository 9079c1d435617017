/*
 * New connections: one request each, begun by the clock whatever the server does, so that a
 * server that hangs meets the same load as one that answers.
 */
#define _GNU_SOURCE
#include "kinds.h"

#define NEW_BURST 128 /* then the answers get their turn */

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
	.unanswered = conn_retire, /* never: they are not reused */
	.closed = conn_retire,
	.tick = conn_retire, /* the server took the timeout and did not close: enough */
};

static void new_begin(struct load *load, const struct target *target)
{
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

/* From the start, so that no error adds up. */
static uint64_t new_due_ns(const struct load *load)
{
	return load->start_ns + load->classes->paced * NS_PER_S / load->opt.new_rate;
}

static void pace(void *arg)
{
	struct load *load = arg;
	uint64_t now = now_ns();
	int burst = 0;

	while (new_due_ns(load) <= now && burst++ < NEW_BURST) {
		uint64_t late_ns = now - new_due_ns(load);

		if (late_ns > load->stats.late_max_ns)
			load->stats.late_max_ns = late_ns;
		load->classes->paced++;
		new_begin(load, pick_target(load, CLASS_NEW));
	}
	timer_set(&load->timers, &load->classes->pacer,
		  new_due_ns(load) > now ? new_due_ns(load) : now_ns());
}

void new_start(struct load *load)
{
	load->classes->pacer.fire = pace;
	load->classes->pacer.arg = load;
	timer_set(&load->timers, &load->classes->pacer, load->start_ns);
}
