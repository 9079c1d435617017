/*
 * Compares the sockets of two generations by their inodes. How many workers there are, or were,
 * tells nothing: with as many as before, nginx closes all but one of N sockets where `reuseport` is
 * taken off.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nginx/left.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

/* A socket that one of the masters holds. */
struct held {
	enum socket_kind kind; /* these five are its address, and the order of the list */
	int family;
	unsigned port;
	unsigned char ip[16];
	char path[SOCKET_PATH_SIZE];
	uint64_t inode;
	bool old;
	bool new;
	bool read; /* by the new generation; where that is not known: new */
};

struct both {
	struct inodes old;
	struct inodes new;
	struct held *list;
	size_t count;
	size_t room;
	int error;
};

static bool add(const struct socket_row *row, void *arg)
{
	struct both *both = arg;
	struct held *held;
	bool old = inodes_have(&both->old, row->inode);
	bool new = inodes_have(&both->new, row->inode);

	/* A UDP socket with a peer is for syslog, a resolver, or a client of ours. */
	if ((!old && !new) || (row->kind == SOCKET_UDP && (row->connected || !row->port)))
		return true;
	if (both->count == both->room) {
		size_t room = both->room ? 2 * both->room : 64;

		held = realloc(both->list, room * sizeof(*held));
		if (!held) {
			both->error = -ENOMEM;
			return false;
		}
		both->list = held;
		both->room = room;
	}
	held = &both->list[both->count++];
	memset(held, 0, sizeof(*held));
	held->kind = row->kind;
	held->family = row->family;
	held->port = row->port;
	memcpy(held->ip, row->ip, sizeof(held->ip));
	memcpy(held->path, row->path, sizeof(held->path));
	held->inode = row->inode;
	held->old = old;
	held->new = held->read = new;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct held *x = a;
	const struct held *y = b;

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

/* Whether another socket of that address is read by the new generation. */
static bool other_at(const struct both *both, const struct held *place, uint64_t inode)
{
	size_t low = 0;
	size_t high = both->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&both->list[middle], place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < both->count && compare(&both->list[low], place) == 0; low++) {
		if (both->list[low].read && both->list[low].inode != inode)
			return true;
	}
	return false;
}

/* By another socket of the same address, or by a wildcard; that of IPv6 may serve IPv4, too. */
static bool is_served(const struct both *both, const struct held *s)
{
	struct held place = *s;

	if (s->kind == SOCKET_UNIX)
		return s->path[0] && other_at(both, s, s->inode);
	if (other_at(both, &place, s->inode))
		return true;
	memset(place.ip, 0, sizeof(place.ip));
	if (other_at(both, &place, s->inode))
		return true;
	place.family = AF_INET6;
	return s->family == AF_INET && other_at(both, &place, s->inode);
}

static bool any_of_old_alone(const struct both *both)
{
	size_t i;

	for (i = 0; i < both->count; i++) {
		if (!both->list[i].new &&is_served(both, &both->list[i]))
			return true;
	}
	return false;
}

/*
 * Sockets that share an address, as they do with reuseport: only of these the reader matters.
 * Others may be in no epoll set for a moment (nginx: accept_mutex).
 */
static bool is_shared(const struct both *both, const struct held *s)
{
	return s->old && s->new &&other_at(both, s, s->inode);
}

static bool any_shared(const struct both *both)
{
	size_t i;

	for (i = 0; i < both->count; i++) {
		if (is_shared(both, &both->list[i]))
			return true;
	}
	return false;
}

/* One that has just gone reads nothing. */
static int add_read(const pid_t *workers, size_t count, bool quick, struct inodes *ret)
{
	int number = 0;
	size_t i;
	int r = 0;

	for (i = 0; i < count && !r; i++) {
		r = quick ? sockets_read_near(workers[i], &number, ret)
			  : sockets_read(workers[i], ret);
		if (r == -ESRCH)
			r = 0;
	}
	return r;
}

/* Whether some that are shared are not among those; with a set `of`, some that are in there. */
static bool any_outside(struct both *both, const struct inodes *read, const struct inodes *of)
{
	size_t i;

	for (i = 0; i < both->count; i++)
		both->list[i].read = both->list[i].new &&inodes_have(read, both->list[i].inode);
	for (i = 0; i < both->count; i++) {
		const struct held *s = &both->list[i];

		if (!s->read && is_shared(both, s) && (!of || inodes_have(of, s->inode)))
			return true;
	}
	return false;
}

/* Most often all are read, and then nobody has to ask more closely, or the old workers. */
static int any_unread(struct both *both, const struct left_ask *a, bool *ret)
{
	struct inodes by_old;
	struct inodes by_new;
	int r;

	inodes_init(&by_old);
	inodes_init(&by_new);
	r = add_read(a->new_workers, a->new_count, true, &by_new);
	if (!r && any_outside(both, &by_new, NULL)) {
		r = add_read(a->new_workers, a->new_count, false, &by_new);
		if (!r)
			r = add_read(a->old_workers, a->old_count, false, &by_old);
		*ret = !r && any_outside(both, &by_new, &by_old);
	}
	inodes_free(&by_old);
	inodes_free(&by_new);
	return r == -ENOTSUP ? 0 : r;
}

static int look(struct both *both, const struct left_ask *a)
{
	int r = sockets_held(a->old_master, &both->old);

	if (!r)
		r = sockets_held(a->new_master, &both->new);
	if (!r)
		r = sockets_each(a->new_master, SOCKETS_LISTENING, add, both);
	if (!r)
		r = both->error;
	if (!r && both->count)
		qsort(both->list, both->count, sizeof(both->list[0]), compare);
	return r;
}

int left_to_nobody(const struct left_ask *a, bool *ret)
{
	struct both both;
	bool left = false;
	int r;

	memset(&both, 0, sizeof(both));
	inodes_init(&both.old);
	inodes_init(&both.new);
	r = look(&both, a);
	if (!r) {
		left = any_of_old_alone(&both);
		if (!left && a->old_count && any_shared(&both))
			r = any_unread(&both, a, &left);
	}
	if (!r)
		*ret = left;
	free(both.list);
	inodes_free(&both.old);
	inodes_free(&both.new);
	return r;
}
