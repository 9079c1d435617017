/*
 * Asks the kernel for one socket by its two addresses, or for the peer of a unix socket. If the
 * server's end does not exist, the kernel answers with the listening socket of that address,
 * whatever states were asked for; read_tcp() tells them apart by the state and the peer's port.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h> /* before Linux 3.1 it needs sys/socket.h */
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/network.h"
#include "os/server_end.h"
#include "os/sockets_private.h"

enum {
	TCP_OF_OLD = 18,    /* TCPDIAG_GETSOCK, before Linux 3.3 */
	SHOW_PEER = 4,      /* UDIAG_SHOW_PEER */
	ATTRIBUTE_PEER = 2, /* UNIX_DIAG_PEER */
	ANY = -1            /* INET_DIAG_NOCOOKIE, and all states */
};

/* The request for TCP_OF_OLD. */
struct diag_inet_request_of_old {
	uint8_t family;
	uint8_t lengths[2];
	uint8_t extensions;
	struct diag_address address;
	uint32_t states;
	uint32_t sizes;
};

/* Signed, because it is compared with results that are a length or -errno. */
enum { UNIX_ANSWER_SIZE = sizeof(struct diag_unix_answer) };

union answer {
	struct nlmsghdr header;
	char bytes[1024];
};

int server_ends_open(int network)
{
	return network_socket(network, AF_NETLINK, SOCK_RAW, PROTOCOL_SOCK_DIAG);
}

/*
 * Reads the answer, which is there when sendto() returns. Returns the length of what follows the
 * header; or -errno, from the call or from the kernel's answer.
 */
static int receive(int netlink, unsigned type, union answer *ret)
{
	struct sockaddr_nl from;
	int32_t error = 0;
	ssize_t n;

	do {
		socklen_t size = sizeof(from);

		n = recvfrom(netlink, ret, sizeof(*ret), 0, (struct sockaddr *)&from, &size);
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n < 0)
		return errno == EAGAIN ? -ENOTSUP : -errno;
	if (!NLMSG_OK(&ret->header, (size_t)n))
		return -EBADMSG;
	if (ret->header.nlmsg_type == NLMSG_ERROR &&
	    ret->header.nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
		memcpy(&error, NLMSG_DATA(&ret->header), sizeof(error));
	if (ret->header.nlmsg_type != type)
		return error < 0 ? error : -EBADMSG;
	return (int)NLMSG_PAYLOAD(&ret->header, 0);
}

static int request_answer(int netlink, unsigned type, const void *request, size_t size,
			  union answer *ret)
{
	int r = sockets_ask(netlink, type, NLM_F_REQUEST, request, size);

	return r < 0 ? r : receive(netlink, type, ret);
}

/* ---- TCP ---- */

static void fill_address(const struct sockaddr *a, uint16_t *ret_port, uint32_t ret_ip[4])
{
	const struct sockaddr_in *four = (const void *)a;
	const struct sockaddr_in6 *six = (const void *)a;

	if (a->sa_family == AF_INET) {
		*ret_port = four->sin_port;
		memcpy(ret_ip, &four->sin_addr, sizeof(four->sin_addr));
	} else {
		*ret_port = six->sin6_port;
		memcpy(ret_ip, &six->sin6_addr, sizeof(six->sin6_addr));
	}
}

static int ask_tcp(int netlink, int family, const struct diag_address *address, union answer *ret)
{
	struct diag_inet_request request;
	struct diag_inet_request_of_old of_old;
	int r;

	memset(&request, 0, sizeof(request));
	request.family = (uint8_t)family;
	request.protocol = IPPROTO_TCP;
	request.states = (uint32_t)ANY;
	request.address = *address;
	r = request_answer(netlink, BY_FAMILY, &request, sizeof(request), ret);
	if (r >= 0 || r == -ENOENT)
		return r;
	memset(&of_old, 0, sizeof(of_old));
	of_old.family = (uint8_t)family;
	of_old.states = (uint32_t)ANY;
	of_old.address = *address;
	r = request_answer(netlink, TCP_OF_OLD, &of_old, sizeof(of_old), ret);
	return r >= 0 || r == -ENOENT ? r : -ENOTSUP;
}

/* The queue of a listening socket is full when it holds one more than its size. */
static enum server_end read_tcp(const struct diag_inet_answer *a, uint16_t own_port,
				uint64_t *ret_inode)
{
	if (a->state == STATE_LISTEN)
		return a->queued > a->queue_size ? SERVER_END_WAITS : SERVER_END_NONE;
	if (a->address.peer_port != own_port)
		return SERVER_END_NONE;
	if (a->state == STATE_SYN_RECV)
		return SERVER_END_HALF;
	if (a->state != STATE_ESTABLISHED && a->state != STATE_CLOSE_WAIT)
		return SERVER_END_NONE;
	if (!a->inode)
		return SERVER_END_WAITS;
	*ret_inode = a->inode;
	return SERVER_END_TAKEN;
}

static int tcp_end(int netlink, const struct sockaddr *own, const struct sockaddr *to,
		   enum server_end *ret, uint64_t *ret_inode)
{
	struct diag_address address;
	struct diag_inet_answer a;
	union answer answer;
	int r;

	memset(&address, 0, sizeof(address));
	address.cookie[0] = address.cookie[1] = (uint32_t)ANY;
	fill_address(to, &address.port, address.ip);
	fill_address(own, &address.peer_port, address.peer_ip);
	r = ask_tcp(netlink, to->sa_family, &address, &answer);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r >= 0 && (size_t)r < sizeof(a))
		return -EBADMSG;
	*ret = SERVER_END_NONE;
	if (r >= 0) {
		memcpy(&a, NLMSG_DATA(&answer.header), sizeof(a));
		*ret = read_tcp(&a, address.peer_port, ret_inode);
	}
	return 0;
}

/* ---- unix ---- */

/* The inode of the peer; false: the attribute is not there. */
static bool find_peer(const char *attributes, size_t size, uint32_t *ret)
{
	while (size >= NLA_HDRLEN) {
		struct nlattr a;
		size_t step;

		memcpy(&a, attributes, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > size)
			return false;
		if (a.nla_type == ATTRIBUTE_PEER && a.nla_len >= NLA_HDRLEN + sizeof(*ret)) {
			memcpy(ret, attributes + NLA_HDRLEN, sizeof(*ret));
			return true;
		}
		step = NLA_ALIGN(a.nla_len);
		if (step > size)
			return false;
		attributes += step;
		size -= step;
	}
	return false;
}

static int unix_end(int netlink, int fd, enum server_end *ret, uint64_t *ret_inode)
{
	struct diag_unix_request request;
	union answer answer;
	uint32_t peer = 0;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	memset(&request, 0, sizeof(request));
	request.family = AF_UNIX;
	request.states = (uint32_t)ANY;
	request.inode = (uint32_t)st.st_ino;
	request.show = SHOW_PEER;
	request.cookie[0] = request.cookie[1] = (uint32_t)ANY;
	r = request_answer(netlink, BY_FAMILY, &request, sizeof(request), &answer);
	if (r < UNIX_ANSWER_SIZE)
		return r < 0 ? -ENOTSUP : -EBADMSG; /* ENOENT cannot be: our own socket exists */
	if (!find_peer((const char *)NLMSG_DATA(&answer.header) + UNIX_ANSWER_SIZE,
		       (size_t)(r - UNIX_ANSWER_SIZE), &peer))
		*ret = SERVER_END_NONE;
	else
		*ret = peer ? SERVER_END_TAKEN : SERVER_END_WAITS;
	if (peer)
		*ret_inode = peer;
	return 0;
}

int server_end(int netlink, int fd, const struct sockaddr *to, enum server_end *ret,
	       uint64_t *ret_inode)
{
	struct sockaddr_storage own;
	socklen_t size = sizeof(own);

	if (to->sa_family == AF_UNIX)
		return unix_end(netlink, fd, ret, ret_inode);
	if (getsockname(fd, (struct sockaddr *)&own, &size) < 0)
		return -errno;
	return tcp_end(netlink, (const struct sockaddr *)&own, to, ret, ret_inode);
}
