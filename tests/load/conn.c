/*
 * The life of a connection. Sockets are watched edge-triggered and registered once, so every read
 * goes on until EAGAIN, also past the end of an answer: the FIN behind it gives no edge of its own.
 */
#define _GNU_SOURCE
#include "conn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BACKLOG_LOOK_NS (2 * NS_PER_MS)

void conn_fail(struct conn *conn, enum fail_kind kind, const char *fmt, ...)
{
	struct load *load = conn->load;
	uint64_t now = now_ns();
	char detail[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	if (len >= 0 && (size_t)len < sizeof(detail))
		snprintf(detail + len, sizeof(detail) - (size_t)len,
			 ", %" PRIu64 " ms after it began", (now - conn->request_ns) / NS_PER_MS);
	if (conn->fd >= 0)
		target_abort(conn->fd);
	conn->fd = -1;
	conn->state = CONN_CLOSED;
	timer_cancel(&load->timers, &conn->timer);
	stats_failed(&load->stats, conn->class, kind, load_ms(load, now), conn->target->name,
		     detail);
	conn->ops->failed(conn);
}

static const char *where(const struct conn *conn)
{
	switch (conn->state) {
	case CONN_BACKLOG: return "waiting for room in the backlog";
	case CONN_CONNECTING: return "connecting";
	case CONN_SENDING: return "sending the request";
	case CONN_HEAD: return conn->head_len ? "in the head of the answer" : "no answer";
	case CONN_BODY: return "in the body";
	default: return "idle";
	}
}

/* The connection is gone while a request is on it; err is 0 for an orderly close. */
static void lost(struct conn *conn, int err)
{
	int closed = err == 0 || err == ECONNRESET || err == EPIPE;
	enum fail_kind kind;

	if (conn->reused && !conn->head_len && closed)
		kind = FAIL_CUT;
	else if (err)
		kind = FAIL_RESET;
	else
		kind = conn->state == CONN_BODY ? FAIL_SHORT : FAIL_CLOSED;
	conn_fail(conn, kind, "%s, %s, %" PRId64 " of %" PRId64 " bytes of the body",
		  err ? strerror(err) : "closed", where(conn), conn->body_len,
		  conn->state == CONN_BODY ? conn->response.length : 0);
}

static void connect_failed(struct conn *conn, int err)
{
	enum fail_kind kind = FAIL_CONNECT;

	if (err == ECONNREFUSED)
		kind = FAIL_REFUSED;
	else if (err == ECONNRESET)
		kind = FAIL_RESET;
	else if (err == EMFILE || err == ENFILE || err == ENOMEM || err == EADDRNOTAVAIL)
		kind = FAIL_LOCAL;
	conn_fail(conn, kind, "%s", strerror(err));
}

static void open_connection(struct conn *conn)
{
	struct load *load = conn->load;
	struct epoll_event event;
	int r = target_connect(conn->target, conn->rcvbuf, &conn->fd);

	if (r == -EAGAIN && conn->target->addr.ss_family == AF_UNIX) {
		load->stats.backlog_waits++;
		conn->state = CONN_BACKLOG;
		timer_set(&load->timers, &conn->timer, now_ns() + BACKLOG_LOOK_NS);
		return;
	}
	conn->state = CONN_CONNECTING;
	if (r) {
		connect_failed(conn, -r);
		return;
	}
	load->stats.classes[conn->class].connections++;
	memset(&event, 0, sizeof(event));
	event.events = EPOLLIN | EPOLLOUT | EPOLLET;
	event.data.ptr = conn;
	if (epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) < 0) {
		conn_fail(conn, FAIL_LOCAL, "epoll: %s", strerror(errno));
		return;
	}
	timer_set(&load->timers, &conn->timer, conn->deadline_ns);
}

static void start_request(struct conn *conn)
{
	conn->request_ns = conn->heard_ns = now_ns();
	conn->deadline_ns = conn->request_ns + conn->load->opt.timeout_ns;
	conn->sent = 0;
	conn->head_len = 0;
	conn->body_len = 0;
	conn->hash = FNV_START;
	stats_started(&conn->load->stats, conn->class);
}

void conn_begin(struct conn *conn, const struct target *target)
{
	conn->target = target;
	conn->reused = 0;
	start_request(conn);
	open_connection(conn);
}

static void send_request(struct conn *conn)
{
	size_t len = strlen(conn->request);

	while (conn->sent < len) {
		ssize_t n =
			send(conn->fd, conn->request + conn->sent, len - conn->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			lost(conn, errno);
			return;
		}
		conn->sent += (size_t)n;
	}
	conn->state = CONN_HEAD;
}

/* Whether nothing has come: neither the end, nor what nobody asked for. */
static int is_quiet(const struct conn *conn)
{
	char byte;

	return recv(conn->fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

int conn_again(struct conn *conn)
{
	if (!is_quiet(conn))
		return -ENOTCONN;
	start_request(conn);
	conn->state = CONN_SENDING;
	timer_set(&conn->load->timers, &conn->timer, conn->deadline_ns);
	send_request(conn);
	return 0;
}

static void take_body(struct conn *conn, const char *buf, size_t len)
{
	if ((int64_t)len > conn->response.length - conn->body_len) {
		conn_fail(conn, FAIL_PROTOCOL, "more than Content-Length: %" PRId64,
			  conn->response.length);
		return;
	}
	conn->body_len += (int64_t)len;
	if (conn->paced)
		conn->hash = fnv1a(conn->hash, buf, len);
	if (conn->body_len < conn->response.length)
		return;
	conn->state =
		conn->class == CLASS_KEEPALIVE && conn->response.keep ? CONN_IDLE : CONN_DRAINING;
	conn->reused = 1;
	conn->ops->done(conn);
}

static void take_head(struct conn *conn, size_t len)
{
	struct load *load = conn->load;
	size_t size = 0;
	int r;

	conn->head_len += len;
	r = response_parse(conn->head, conn->head_len, &conn->response, &size);
	if (r == -EAGAIN && conn->head_len < HEAD_MAX)
		return;
	if (r) {
		conn_fail(conn, FAIL_PROTOCOL, "%s", r == -EAGAIN ? "endless head" : "bad head");
		return;
	}
	stats_server(&load->stats, conn->response.server, load_ms(load, conn->heard_ns));
	if (conn->response.status != 200) {
		conn_fail(conn, FAIL_STATUS, "%d", conn->response.status);
		return;
	}
	if (conn->response.length < 0) {
		conn_fail(conn, FAIL_PROTOCOL, "no Content-Length");
		return;
	}
	conn->state = CONN_BODY;
	if (conn->paced)
		timer_set(&load->timers, &conn->timer, now_ns());
	take_body(conn, conn->head + size, conn->head_len - size);
}

/* After an answer only the end may come. */
static void read_end(struct conn *conn)
{
	char byte;
	ssize_t n = recv(conn->fd, &byte, 1, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0) {
		stats_started(&conn->load->stats, conn->class);
		conn_fail(conn, FAIL_PROTOCOL, "bytes that nobody asked for");
		return;
	}
	conn_hang_up(conn);
	conn->ops->closed(conn);
}

void conn_read(struct conn *conn, size_t budget)
{
	static char buf[65536];

	while (conn->state == CONN_HEAD || (conn->state == CONN_BODY && budget)) {
		int in_head = conn->state == CONN_HEAD;
		char *to = in_head ? conn->head + conn->head_len : buf;
		size_t room = in_head ? HEAD_MAX - conn->head_len : sizeof(buf);
		ssize_t n;

		if (!in_head && room > budget)
			room = budget;
		n = recv(conn->fd, to, room, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			lost(conn, n < 0 ? errno : 0);
			return;
		}
		conn->heard_ns = now_ns();
		if (in_head) {
			take_head(conn, (size_t)n);
			if (conn->paced)
				budget = 0;
		} else {
			budget -= (size_t)n;
			take_body(conn, buf, (size_t)n);
		}
	}
	if (conn->state == CONN_IDLE || conn->state == CONN_DRAINING)
		read_end(conn);
}

void conn_event(struct conn *conn, uint32_t events)
{
	if (conn->ops->event) {
		conn->ops->event(conn, events);
		return;
	}
	if (conn->state == CONN_CONNECTING) {
		int err = 0;
		socklen_t len = sizeof(err);

		if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
			return;
		(void)getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err) {
			connect_failed(conn, err);
			return;
		}
		conn->state = CONN_SENDING;
	}
	if (conn->state == CONN_SENDING)
		send_request(conn);
	if (!(events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
		return;
	if (conn->state == CONN_HEAD || (conn->state == CONN_BODY && !conn->paced))
		conn_read(conn, SIZE_MAX);
	else if (conn->state == CONN_IDLE || conn->state == CONN_DRAINING)
		read_end(conn);
}

void conn_timer_fired(void *arg)
{
	struct conn *conn = arg;

	switch (conn->state) {
	case CONN_BACKLOG:
		if (now_ns() < conn->deadline_ns) {
			open_connection(conn);
			break;
		}
		/* fall through */
	case CONN_CONNECTING:
	case CONN_SENDING:
	case CONN_HEAD: conn_fail(conn, FAIL_TIMEOUT, "%s", where(conn)); break;
	case CONN_BODY:
		if (conn->paced)
			conn->ops->tick(conn);
		else
			conn_fail(conn, FAIL_TIMEOUT, "%s", where(conn));
		break;
	case CONN_IDLE:
	case CONN_DRAINING:
	case CONN_CLOSED: conn->ops->tick(conn); break;
	}
}
