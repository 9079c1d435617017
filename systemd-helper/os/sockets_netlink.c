/*
 * Lists sockets by sock_diag(7), Linux 3.3. The kernel may refuse, or lack the module for a kind of
 * sockets. Only a complete list is passed on; anything else is a failure.
 */
#define _GNU_SOURCE /* struct tcp_info with the headers of musl */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h> /* before Linux 3.1 it needs sys/socket.h */
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/sockets.h"
#include "os/sockets_private.h"

enum {
	DUMP_INTERRUPTED = 16, /* NLM_F_DUMP_INTR */
	SHOW_NAME = 1,         /* UDIAG_SHOW_NAME */
	SHOW_QUEUE = 16,       /* UDIAG_SHOW_RQLEN */
	ATTRIBUTE_NAME = 0,    /* UNIX_DIAG_NAME */
	ATTRIBUTE_QUEUE = 4,   /* UNIX_DIAG_RQLEN */
	ATTRIBUTE_TCP = 2,     /* INET_DIAG_INFO */
	ROOM = 65536,          /* bytes; the kernel's messages are never longer */
	PATIENCE_S = 2,        /* the kernel answers at once, or something is wrong */
	TRIES = 4
};

/* All messages of an answer, one after the other. */
struct answers {
	char *buf;
	size_t size;
	size_t room;
};

static int open_netlink(void)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, PROTOCOL_SOCK_DIAG);
	int r;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	return fd;
}

int sockets_ask(int netlink, unsigned type, unsigned flags, const void *request, size_t size)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct nlmsghdr header = {.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size),
				  .nlmsg_type = (uint16_t)type,
				  .nlmsg_flags = (uint16_t)flags};
	struct iovec parts[2] = {{&header, NLMSG_HDRLEN}, {(void *)request, size}};
	struct msghdr message = {.msg_name = &kernel,
				 .msg_namelen = sizeof(kernel),
				 .msg_iov = parts,
				 .msg_iovlen = 2};

	return sendmsg(netlink, &message, 0) < 0 ? -errno : 0;
}

static int make_room(struct answers *a)
{
	size_t room = a->room ? 2 * a->room : (size_t)4 * ROOM;
	char *longer;

	if (a->room - a->size >= ROOM)
		return 0;
	longer = realloc(a->buf, room);
	if (!longer)
		return -ENOMEM;
	a->buf = longer;
	a->room = room;
	return 0;
}

/*
 * Looks through messages for the result of the request, which is in a message DONE or ERROR. 1: the
 * list is complete; 0: more messages follow; -errno: it failed.
 */
static int find_result(const char *buf, size_t size)
{
	const struct nlmsghdr *h = (const void *)buf;
	int32_t error = 0;

	for (; NLMSG_OK(h, size); h = NLMSG_NEXT(h, size)) {
		bool failed = h->nlmsg_type == NLMSG_ERROR;

		if (h->nlmsg_flags & DUMP_INTERRUPTED)
			return -EAGAIN;
		if (!failed && h->nlmsg_type != NLMSG_DONE)
			continue;
		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
			memcpy(&error, NLMSG_DATA(h), sizeof(error));
		if (error < 0)
			return error;
		return failed ? -EPROTO : 1;
	}
	return 0;
}

/* Receives messages until the list is complete. */
static int collect(int fd, struct answers *a)
{
	int r = 0;

	while (!r) {
		struct sockaddr_nl from;
		socklen_t from_size = sizeof(from);
		ssize_t n;

		r = make_room(a);
		if (r < 0)
			break;
		n = recvfrom(fd, a->buf + a->size, ROOM, MSG_TRUNC, (struct sockaddr *)&from,
			     &from_size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || n > ROOM)
			return n < 0 ? -errno : -EMSGSIZE;
		if (from.nl_pid != 0)
			continue; /* not from the kernel */
		r = find_result(a->buf + a->size, (size_t)n);
		a->size += NLMSG_ALIGN((size_t)n);
	}
	return r < 0 ? r : 0;
}

/* If the list changed while the kernel wrote it, the kernel says so, and it is read again. */
static int dump(const void *request, size_t size, struct answers *a)
{
	size_t before = a->size;
	unsigned tries;
	int r = -EAGAIN;

	for (tries = 0; tries < TRIES && r == -EAGAIN; tries++) {
		int fd = open_netlink();

		if (fd < 0)
			return fd;
		a->size = before;
		r = sockets_ask(fd, BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, request, size);
		if (!r)
			r = collect(fd, a);
		(void)close(fd);
	}
	return r;
}

static uint32_t wanted_states(const struct sockets_reading *s, enum socket_kind kind)
{
	uint32_t states = 0;
	unsigned state;

	for (state = 1; state < 32; state++) {
		if (sockets_wanted(s, kind, state))
			states |= (uint32_t)1 << state;
	}
	return states;
}

static int ask_inet(enum socket_kind kind, const struct sockets_reading *s, struct answers *a)
{
	struct diag_inet_request request;
	int r;

	memset(&request, 0, sizeof(request));
	request.protocol = kind == SOCKET_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	request.states = wanted_states(s, kind);
	if (kind == SOCKET_TCP && (s->wanted & SOCKETS_TIMES))
		request.extensions = 1u << (ATTRIBUTE_TCP - 1);
	request.family = AF_INET;
	r = dump(&request, sizeof(request), a);
	if (r < 0)
		return r;
	request.family = AF_INET6;
	return dump(&request, sizeof(request), a);
}

static int ask_unix(const struct sockets_reading *s, struct answers *a)
{
	struct diag_unix_request request;

	memset(&request, 0, sizeof(request));
	request.family = AF_UNIX;
	request.states = wanted_states(s, SOCKET_UNIX);
	request.show = SHOW_NAME | SHOW_QUEUE;
	return dump(&request, sizeof(request), a);
}

/*
 * Reads how long ago data was last sent and last received. Both times begin when the connection is
 * made (Linux: tcp_create_openreq_child), so the connection is at least as old as the longer one.
 * Before Linux 4.11 the second is wrong for a connection that has received nothing.
 */
static void read_times(const char *value, size_t length, struct socket_row *ret)
{
	struct tcp_info info;
	uint64_t sent_ms;
	uint64_t received_ms;

	if (length < offsetof(struct tcp_info, tcpi_last_ack_recv))
		return;
	memset(&info, 0, sizeof(info));
	memcpy(&info, value, length < sizeof(info) ? length : sizeof(info));
	sent_ms = info.tcpi_last_data_sent;
	received_ms = info.tcpi_last_data_recv;
	ret->age_us = 1000u * (sent_ms > received_ms ? sent_ms : received_ms);
	ret->quiet_us = 1000u * (sent_ms > received_ms ? received_ms : sent_ms);
}

/* An abstract name begins with a NUL, so path stays "". A name that fills the array is dropped. */
static void read_name(const char *name, size_t length, struct socket_row *ret)
{
	if (length < sizeof(ret->path))
		memcpy(ret->path, name, length);
}

static void read_attribute(unsigned type, const char *value, size_t length, struct socket_row *ret)
{
	if (ret->kind == SOCKET_TCP && type == ATTRIBUTE_TCP)
		read_times(value, length, ret);
	else if (ret->kind == SOCKET_UNIX && type == ATTRIBUTE_NAME)
		read_name(value, length, ret);
	else if (ret->kind == SOCKET_UNIX && type == ATTRIBUTE_QUEUE && ret->listens &&
		 length >= sizeof(ret->queued))
		memcpy(&ret->queued, value, sizeof(ret->queued));
}

static void read_attributes(const char *attributes, size_t size, struct socket_row *ret)
{
	while (size >= NLA_HDRLEN) {
		struct nlattr a;
		size_t step;

		memcpy(&a, attributes, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > size)
			return;
		read_attribute(a.nla_type, attributes + NLA_HDRLEN, a.nla_len - (size_t)NLA_HDRLEN,
			       ret);
		step = NLA_ALIGN(a.nla_len);
		if (step > size)
			return;
		attributes += step;
		size -= step;
	}
}

static void read_inet(const struct diag_inet_answer *answer, const char *attributes, size_t size,
		      struct socket_row *ret)
{
	const struct diag_address *address = &answer->address;
	size_t length = answer->family == AF_INET ? 4 : sizeof(ret->ip);

	ret->listens = ret->kind == SOCKET_TCP && answer->state == STATE_LISTEN;
	ret->connected = ret->kind == SOCKET_TCP ? !ret->listens : address->peer_port != 0;
	ret->inode = answer->inode;
	memcpy(ret->ip, address->ip, length);
	memcpy(ret->peer_ip, address->peer_ip, length);
	ret->port = ntohs(address->port);
	ret->peer_port = ntohs(address->peer_port);
	ret->queued = ret->listens ? answer->queued : 0;
	read_attributes(attributes, size, ret);
}

static void read_unix(const struct diag_unix_answer *answer, const char *attributes, size_t size,
		      struct socket_row *ret)
{
	ret->listens = answer->state == STATE_LISTEN;
	ret->connected = !ret->listens;
	ret->inode = answer->inode;
	read_attributes(attributes, size, ret);
}

static bool read_answer(const struct nlmsghdr *h, enum socket_kind kind, struct socket_row *ret)
{
	size_t size = kind == SOCKET_UNIX ? sizeof(struct diag_unix_answer)
					  : sizeof(struct diag_inet_answer);
	const char *data = NLMSG_DATA(h);

	if (h->nlmsg_type != BY_FAMILY || h->nlmsg_len < NLMSG_LENGTH(size))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = kind;
	ret->family = (unsigned char)data[0];
	if (kind == SOCKET_UNIX)
		read_unix((const void *)data, data + size, h->nlmsg_len - NLMSG_LENGTH(size), ret);
	else
		read_inet((const void *)data, data + size, h->nlmsg_len - NLMSG_LENGTH(size), ret);
	return true;
}

int sockets_by_netlink(enum socket_kind kind, struct sockets_reading *s)
{
	struct answers a = {NULL, 0, 0};
	const struct nlmsghdr *h;
	struct socket_row row;
	int r = kind == SOCKET_UNIX ? ask_unix(s, &a) : ask_inet(kind, s, &a);

	h = (const void *)a.buf;
	for (; !r && !s->ended && NLMSG_OK(h, a.size); h = NLMSG_NEXT(h, a.size)) {
		if (read_answer(h, kind, &row))
			s->ended = !s->fn(&row, s->arg);
	}
	free(a.buf);
	return r;
}
