/*
 * UDP requests as a resolver sends them: a socket of its own for each, one datagram there, one
 * back, begun by the clock. The name that is asked for carries a number, so that nobody else's
 * answer is taken for ours; the answer is the question with the bit set that says "answer".
 */
#define _GNU_SOURCE
#include "kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define UDP_QUESTION  12 /* where the question begins: after the header */
#define UDP_NAME      16 /* digits */
#define UDP_LEN       (UDP_QUESTION + 1 + UDP_NAME + 1 + 4)
#define UDP_IS_ANSWER 0x80 /* in the third byte */
#define UDP_RECURSION 0x01

static void udp_write_question(uint64_t number, char question[UDP_LEN])
{
	static const char header[UDP_QUESTION] = {0, 0, UDP_RECURSION, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	static const char end[] = {0, 0, 1, 0, 1}; /* the root, type A, class IN */
	char name[UDP_NAME + 1];

	memcpy(question, header, sizeof(header));
	question[0] = (char)(number >> 8);
	question[1] = (char)number;
	(void)snprintf(name, sizeof(name), "%016" PRIx64, number);
	question[UDP_QUESTION] = UDP_NAME;
	memcpy(question + UDP_QUESTION + 1, name, UDP_NAME);
	memcpy(question + UDP_QUESTION + 1 + UDP_NAME, end, sizeof(end));
}

static void udp_fail(struct conn *conn, int err)
{
	enum fail_kind kind = FAIL_CONNECT;

	if (err == ECONNREFUSED)
		kind = FAIL_REFUSED;
	else if (err == EMFILE || err == ENFILE || err == ENOMEM || err == EAGAIN ||
		 err == EADDRNOTAVAIL)
		kind = FAIL_LOCAL;
	conn_fail(conn, kind, "%s", strerror(err));
}

static void udp_event(struct conn *conn, uint32_t events)
{
	char answer[512];
	ssize_t n;

	(void)events;
	if (conn->state != CONN_HEAD)
		return;
	n = recv(conn->fd, answer, sizeof(answer), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0) {
		udp_fail(conn, errno);
		return;
	}
	conn->head[2] |= (char)UDP_IS_ANSWER;
	if (n != UDP_LEN || memcmp(answer, conn->head, UDP_LEN)) {
		conn_fail(conn, FAIL_PROTOCOL, "not the answer to what was asked");
		return;
	}
	stats_ok(&conn->load->stats, CLASS_UDP);
	part_is_ready(conn->load, &conn->load->classes->udp_ready);
	conn_retire(conn);
}

static const struct conn_ops udp_ops = {
	.failed = conn_retire,
	.event = udp_event,
};

static void udp_ask(struct conn *conn)
{
	struct load *load = conn->load;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.ptr = conn}};
	int r;

	stats_started(&load->stats, CLASS_UDP);
	conn->request_ns = now_ns();
	conn->state = CONN_HEAD;
	r = target_connect(conn->target, 0, &conn->fd);
	if (r) {
		udp_fail(conn, -r);
		return;
	}
	load->stats.classes[CLASS_UDP].connections++;
	udp_write_question(load->classes->udp_sent++, conn->head);
	if (epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) < 0) {
		conn_fail(conn, FAIL_LOCAL, "epoll: %s", strerror(errno));
		return;
	}
	timer_set(&load->timers, &conn->timer, conn->request_ns + load->opt.udp_timeout_ns);
	if (send(conn->fd, conn->head, UDP_LEN, MSG_NOSIGNAL) < 0)
		udp_fail(conn, errno);
}

static void udp_begin(struct load *load)
{
	const struct target *target = pick_target(load, CLASS_UDP);
	struct conn *conn = conn_create(load, CLASS_UDP, &udp_ops, NULL);

	if (conn) {
		conn->target = target;
		udp_ask(conn);
		return;
	}
	stats_started(&load->stats, CLASS_UDP);
	stats_failed(&load->stats, CLASS_UDP, FAIL_LOCAL, load_ms(load, now_ns()), target->name,
		     "too many requests at once");
}

void udp_start(struct load *load)
{
	pacer_start(&load->classes->udp_pacer, load, load->opt.udp_rate, udp_begin);
}
