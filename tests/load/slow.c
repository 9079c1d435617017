/*
 * Slow downloads: read by the clock, a piece at a time, and compared with the file. Nothing here
 * begins a request from within a failure: the next try waits for its timer, so that a dead server
 * is not hammered.
 */
#define _GNU_SOURCE
#include "kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define SLOW_TICK_NS  (20 * NS_PER_MS)
#define SLOW_RETRY_NS (100 * NS_PER_MS)
#define SLOW_RCVBUF   8192      /* so that the server waits, and not the kernel for it */
#define FAST_TICK_NS  NS_PER_MS /* once the load is told to stop */
#define FAST_BUDGET   (256 * 1024)
#define FAST_RCVBUF   (1024 * 1024)

int slow_read_file(const char *path, struct classes *classes)
{
	static char buf[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	classes->file_len = 0;
	classes->file_hash = FNV_START;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		classes->file_hash = fnv1a(classes->file_hash, buf, (size_t)n);
		classes->file_len += n;
	}
	r = n < 0 ? -errno : 0;
	close(fd);
	return r;
}

static void slow_next(struct conn *conn, uint64_t wait_ns)
{
	conn_hang_up(conn);
	if (!conn->load->stop_ns)
		timer_set(&conn->load->timers, &conn->timer, now_ns() + wait_ns);
	else
		timer_cancel(&conn->load->timers, &conn->timer);
}

static void slow_failed(struct conn *conn)
{
	conn->load->stats.slow_bytes += (uint64_t)conn->body_len;
	slow_next(conn, SLOW_RETRY_NS);
}

static void slow_done(struct conn *conn)
{
	const struct classes *classes = conn->load->classes;

	if (conn->body_len != classes->file_len) {
		conn_fail(conn, FAIL_CHECKSUM, "%lld bytes, the file has %lld",
			  (long long)conn->body_len, (long long)classes->file_len);
		return;
	}
	if (conn->hash != classes->file_hash) {
		conn_fail(conn, FAIL_CHECKSUM, "FNV-1a %016llx, of the file %016llx",
			  (unsigned long long)conn->hash, (unsigned long long)classes->file_hash);
		return;
	}
	stats_ok(&conn->load->stats, CLASS_SLOW);
	conn->load->stats.slow_bytes += (uint64_t)conn->body_len;
	part_is_ready(conn->load, &conn->ready);
	slow_next(conn, 0);
}

/* What the rate allows since the last look, but no burst after a long absence. */
static size_t slow_budget(const struct conn *conn, uint64_t now)
{
	uint64_t since_ns = now - conn->due_ns;

	if (conn->load->stop_ns)
		return FAST_BUDGET;
	if (since_ns > 4 * SLOW_TICK_NS)
		since_ns = 4 * SLOW_TICK_NS;
	return (size_t)(conn->load->opt.slow_rate * since_ns / NS_PER_S) + 1;
}

static void slow_read(struct conn *conn)
{
	struct load *load = conn->load;
	uint64_t now = now_ns();
	size_t budget = slow_budget(conn, now);

	if (conn->body_len)
		part_is_ready(load, &conn->ready);
	conn->due_ns = now;
	conn_read(conn, budget);
	if (conn->state != CONN_BODY)
		return;
	if (now > conn->heard_ns + load->opt.timeout_ns) {
		conn_fail(conn, FAIL_TIMEOUT, "not a byte more after %lld of %lld",
			  (long long)conn->body_len, (long long)conn->response.length);
		return;
	}
	timer_set(&load->timers, &conn->timer, now + (load->stop_ns ? FAST_TICK_NS : SLOW_TICK_NS));
}

static void slow_tick(struct conn *conn)
{
	if (conn->state == CONN_BODY) {
		slow_read(conn);
		return;
	}
	conn_hang_up(conn);
	conn->due_ns = now_ns();
	conn_begin(conn, pick_target(conn->load, CLASS_SLOW));
}

static void slow_closed(struct conn *conn)
{
	(void)conn; /* the timer for the next one runs already */
}

static const struct conn_ops slow_ops = {
	.done = slow_done,
	.failed = slow_failed,
	.closed = slow_closed,
	.tick = slow_tick,
};

int slow_start(struct load *load)
{
	for (unsigned i = 0; i < load->opt.slow; i++) {
		struct conn *conn = conn_create(load, CLASS_SLOW, &slow_ops,
						load->classes->requests[CLASS_SLOW]);

		if (!conn)
			return -ENOMEM;
		conn->rcvbuf = SLOW_RCVBUF;
		conn->paced = 1;
		timer_set(&load->timers, &conn->timer,
			  load->start_ns + SLOW_TICK_NS * i / load->opt.slow);
	}
	return 0;
}

void slow_hurry(struct conn *conn)
{
	int rcvbuf = FAST_RCVBUF;

	conn->load->stats.slow_inflight_at_stop++;
	if (conn->fd >= 0)
		(void)setsockopt(conn->fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
}
