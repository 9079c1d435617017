/* What a generation listens on, by inode, and what its workers have in their epoll sets. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nginx/accept_sockets.h"
#include "os/socket_holders.h"

struct reading {
	const struct inodes *held;
	struct accept_sockets *ret;
	struct accept_sockets others;
	int error;
};

static int add(struct accept_sockets *s, const struct socket_row *row)
{
	struct accept_socket *more;

	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 32;

		more = realloc(s->list, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		s->list = more;
		s->room = room;
	}
	more = &s->list[s->count++];
	memset(more, 0, sizeof(*more));
	more->kind = row->kind;
	more->family = row->family;
	more->port = row->port;
	memcpy(more->ip, row->ip, sizeof(more->ip));
	memcpy(more->path, row->path, sizeof(more->path));
	more->inode = row->inode;
	return 0;
}

/* A UDP socket with a peer is for syslog, a resolver, or a client. */
static bool keep(const struct socket_row *row, void *arg)
{
	struct reading *r = arg;
	bool ours = inodes_have(r->held, row->inode);

	if (row->kind == SOCKET_UDP ? row->connected || !row->port : !row->listens)
		return true;
	if (ours || row->kind == SOCKET_TCP)
		r->error = add(ours ? r->ret : &r->others, row);
	return r->error == 0;
}

static int compare(const void *a, const void *b)
{
	const struct accept_socket *x = a;
	const struct accept_socket *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->kind == SOCKET_UNIX)
		return strcmp(x->path, y->path);
	return memcmp(x->ip, y->ip, sizeof(x->ip));
}

/* Abstract names are not told apart. */
bool accept_socket_same(const struct accept_socket *a, const struct accept_socket *b)
{
	return compare(a, b) == 0 && (a->kind != SOCKET_UNIX || a->path[0]);
}

struct accept_socket *accept_sockets_at(const struct accept_sockets *s,
					const struct accept_socket *address)
{
	size_t low = 0;
	size_t high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&s->list[middle], address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->count && accept_socket_same(&s->list[low], address) ? &s->list[low] : NULL;
}

bool accept_socket_is_wildcard(const struct accept_socket *s)
{
	static const unsigned char nothing[sizeof(s->ip)];

	return s->kind != SOCKET_UNIX && memcmp(s->ip, nothing, sizeof(nothing)) == 0;
}

/* The wildcard of IPv6 may serve IPv4, too. */
bool accept_sockets_serve(const struct accept_sockets *s, const struct accept_socket *address)
{
	struct accept_socket all = *address;

	if (accept_sockets_at(s, address))
		return true;
	if (address->kind == SOCKET_UNIX)
		return false;
	memset(all.ip, 0, sizeof(all.ip));
	if (accept_sockets_at(s, &all))
		return true;
	all.family = AF_INET6;
	return accept_sockets_at(s, &all) != NULL;
}

static void compare_neighbours(struct accept_sockets *s, const struct accept_sockets *others)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		struct accept_socket *it = &s->list[i];

		it->shared = (i && accept_socket_same(it, it - 1)) ||
			     (i + 1 < s->count && accept_socket_same(it, it + 1));
		it->others = accept_sockets_at(others, it) != NULL;
	}
}

int accept_sockets_of(pid_t pid, struct accept_sockets *ret)
{
	struct accept_sockets found;
	struct inodes held;
	struct reading reading;
	int r;

	memset(&found, 0, sizeof(found));
	memset(&reading, 0, sizeof(reading));
	inodes_init(&held);
	reading.held = &held;
	reading.ret = &found;
	r = sockets_held(pid, &held);
	if (!r)
		r = sockets_each(pid, SOCKETS_LISTENING, keep, &reading);
	if (!r)
		r = reading.error;
	if (!r) {
		if (found.count)
			qsort(found.list, found.count, sizeof(found.list[0]), compare);
		if (reading.others.count)
			qsort(reading.others.list, reading.others.count,
			      sizeof(reading.others.list[0]), compare);
		compare_neighbours(&found, &reading.others);
		*ret = found;
	} else {
		accept_sockets_free(&found);
	}
	accept_sockets_free(&reading.others);
	inodes_free(&held);
	return r;
}

static bool mark(struct accept_sockets *s, const struct inodes *read)
{
	bool all = true;
	size_t i;

	for (i = 0; i < s->count; i++) {
		s->list[i].read = s->list[i].read || inodes_have(read, s->list[i].inode);
		all = all && s->list[i].read;
	}
	return all;
}

/* First where the epoll set stood in the worker before it: most often that is all. */
void accept_sockets_read(struct accept_sockets *s, const pid_t *workers, size_t count)
{
	struct inodes read;
	unsigned round;
	size_t i;

	inodes_init(&read);
	s->unread_unknown = false;
	for (round = 0; round < 2; round++) {
		int number = 0;

		for (i = 0; i < count; i++) {
			int r = round ? sockets_read(workers[i], &read)
				      : sockets_read_near(workers[i], &number, &read);

			if (r < 0 && r != -ESRCH && round)
				s->unread_unknown = true;
		}
		if (mark(s, &read))
			break;
	}
	inodes_free(&read);
}

const char *accept_socket_text(const struct accept_socket *s, char ret[ACCEPT_ADDRESS_SIZE])
{
	const char *udp = s->kind == SOCKET_UDP ? "/udp" : "";
	char ip[INET6_ADDRSTRLEN];

	if (s->kind == SOCKET_UNIX)
		(void)snprintf(ret, ACCEPT_ADDRESS_SIZE, "unix:%s", s->path);
	else if (!inet_ntop(s->family, s->ip, ip, sizeof(ip)))
		(void)snprintf(ret, ACCEPT_ADDRESS_SIZE, "port %u%s", s->port, udp);
	else
		(void)snprintf(ret, ACCEPT_ADDRESS_SIZE,
			       s->family == AF_INET6 ? "[%s]:%u%s" : "%s:%u%s", ip, s->port, udp);
	return ret;
}

void accept_sockets_free(struct accept_sockets *s)
{
	free(s->list);
	memset(s, 0, sizeof(*s));
}
