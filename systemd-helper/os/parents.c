/* Reads the parent from the kernel's task statistics; Linux: Documentation/accounting/taskstats. */
#include <errno.h>
#include <linux/netlink.h> /* before Linux 3.1 it needs sys/socket.h */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/parents.h"

/*
 * As in linux/genetlink.h and linux/taskstats.h. Newer kernels may place the fields elsewhere: then
 * check_own_parent() fails.
 */
enum {
	PROTOCOL_GENERIC = 16, /* NETLINK_GENERIC */
	CONTROLLER = 16,       /* GENL_ID_CTRL */
	GET_FAMILY = 3,        /* CTRL_CMD_GETFAMILY */
	FAMILY_ID = 1,         /* CTRL_ATTR_FAMILY_ID */
	FAMILY_NAME = 2,       /* CTRL_ATTR_FAMILY_NAME */
	GET = 1,               /* TASKSTATS_CMD_GET */
	OF_PID = 1,            /* TASKSTATS_CMD_ATTR_PID */
	PID_AND_STATS = 4,     /* TASKSTATS_TYPE_AGGR_PID */
	STATS = 3,             /* TASKSTATS_TYPE_STATS */
	HEADER = 4,            /* bytes of a generic netlink header, and of an attribute's */
	PID_AT = 128,          /* offset of ac_pid */
	PARENT_AT = 132,       /* offset of ac_ppid */
	PATIENCE_S = 2         /* the kernel answers at once, or something is wrong */
};

struct attribute {
	uint16_t length; /* including this header */
	uint16_t type;
};

/* A part of an answer; points into the buffer. */
struct part {
	const char *at;
	size_t size;
};

static size_t aligned(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* The value of the attribute of that type, in a row of attributes; size 0: there is none. */
static struct part find_attribute(struct part row, uint16_t type)
{
	struct part none = {NULL, 0};

	while (row.size >= HEADER) {
		struct attribute a;
		struct part found = {row.at + HEADER, 0};

		memcpy(&a, row.at, sizeof(a));
		if (a.length < HEADER || a.length > row.size)
			return none;
		found.size = a.length - (size_t)HEADER;
		if (a.type == type)
			return found;
		if (aligned(a.length) >= row.size)
			return none;
		row.at += aligned(a.length);
		row.size -= aligned(a.length);
	}
	return none;
}

static int send_request(int fd, uint16_t family, uint8_t command, uint16_t type, const void *value,
			size_t size)
{
	char message[64];
	struct nlmsghdr header;
	struct attribute a = {(uint16_t)(HEADER + size), type};
	size_t length = NLMSG_HDRLEN + HEADER + HEADER + aligned(size);

	memset(message, 0, sizeof(message));
	memset(&header, 0, sizeof(header));
	header.nlmsg_len = (uint32_t)length;
	header.nlmsg_type = family;
	header.nlmsg_flags = NLM_F_REQUEST;
	memcpy(message, &header, sizeof(header));
	message[NLMSG_HDRLEN] = (char)command;
	message[NLMSG_HDRLEN + 1] = 1; /* version, the same for both families */
	memcpy(message + NLMSG_HDRLEN + HEADER, &a, sizeof(a));
	memcpy(message + NLMSG_HDRLEN + HEADER + HEADER, value, size);
	return send(fd, message, length, 0) < 0 ? -errno : 0;
}

/* *ret: the attributes of the answer. */
static int receive_answer(int fd, char *buf, size_t size, struct part *ret)
{
	struct nlmsghdr header;
	int32_t error = 0;
	ssize_t n;

	do {
		n = recv(fd, buf, size, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n < NLMSG_HDRLEN + sizeof(error))
		return -EPROTO;
	memcpy(&header, buf, sizeof(header));
	memcpy(&error, buf + NLMSG_HDRLEN, sizeof(error));
	if (header.nlmsg_type == NLMSG_ERROR)
		return error < 0 ? error : -EPROTO;
	ret->at = buf + NLMSG_HDRLEN + HEADER;
	ret->size = (size_t)n - NLMSG_HDRLEN - HEADER;
	return 0;
}

static int find_family(struct parents *p)
{
	static const char name[] = "TASKSTATS";
	char buf[1024];
	struct part answer = {NULL, 0};
	struct part id;
	int r = send_request(p->fd, CONTROLLER, GET_FAMILY, FAMILY_NAME, name, sizeof(name));

	if (!r)
		r = receive_answer(p->fd, buf, sizeof(buf), &answer);
	if (r < 0)
		return r;
	id = find_attribute(answer, FAMILY_ID);
	if (id.size < sizeof(p->family))
		return -EPROTO;
	memcpy(&p->family, id.at, sizeof(p->family));
	return 0;
}

pid_t parents_ask(struct parents *p, pid_t pid)
{
	uint32_t number = (uint32_t)pid;
	uint32_t got;
	char buf[1024];
	struct part answer = {NULL, 0};
	int r = p->fd < 0 ? -ENOSYS
			  : send_request(p->fd, p->family, GET, OF_PID, &number, sizeof(number));

	if (!r)
		r = receive_answer(p->fd, buf, sizeof(buf), &answer);
	if (r < 0)
		return r;
	answer = find_attribute(find_attribute(answer, PID_AND_STATS), STATS);
	if (answer.size < PARENT_AT + sizeof(got))
		return -EPROTO;
	memcpy(&got, answer.at + PID_AT, sizeof(got));
	if (got != number)
		return -EPROTO;
	memcpy(&got, answer.at + PARENT_AT, sizeof(got));
	return (pid_t)got;
}

/* 0: it knows our own parent. */
static int check_own_parent(struct parents *p)
{
	pid_t parent = parents_ask(p, getpid());

	if (parent < 0)
		return parent;
	return parent == getppid() ? 0 : -EPROTO;
}

void parents_open(struct parents *p)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};

	p->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, PROTOCOL_GENERIC);
	if (p->fd >= 0 &&
	    (setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	     find_family(p) < 0 || check_own_parent(p) < 0))
		parents_close(p);
}

void parents_close(struct parents *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
}
