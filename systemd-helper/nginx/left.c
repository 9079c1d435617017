/*
 * Compares the sockets of two generations by their inodes. The number of workers is not enough: if
 * `reuseport` is removed from the configuration, nginx closes all but one of N sockets with the
 * same number of workers.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/left.h"
#include "nginx/socket_place.h"
#include "os/list.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

/* A socket that one of the masters, or both, have open. */
struct held {
	struct socket_place at; /* its address; the list is sorted by it */
	uint64_t inode;
	bool in_old; /* the old master has it open */
	bool in_new; /* the new master has it open */
	bool read;   /* by the new generation; as in_new where that is not known */
};

struct both {
	struct inodes old_has;
	struct inodes new_has;
	struct held *list;
	size_t count;
	size_t room;
	int error;
};

static bool add_row(const struct socket_row *row, void *arg)
{
	struct both *both = arg;
	struct held *held;
	bool in_old = inodes_have(&both->old_has, row->inode);
	bool in_new = inodes_have(&both->new_has, row->inode);

	if ((!in_old && !in_new) || !socket_place_serves(row))
		return true;
	held = list_longer(both->list, both->count, &both->room, sizeof(*held));
	if (!held) {
		both->error = -ENOMEM;
		return false;
	}
	both->list = held;
	held += both->count++;
	memset(held, 0, sizeof(*held));
	socket_place_of(row, &held->at);
	held->inode = row->inode;
	held->in_old = in_old;
	held->in_new = held->read = in_new;
	return true;
}

/* Whether another socket of that address is read by the new generation. */
static bool other_is_read_at(const struct both *both, const struct socket_place *place,
			     uint64_t inode)
{
	size_t i = socket_place_first(both->list, both->count, sizeof(both->list[0]), place);

	for (; i < both->count && socket_place_compare(&both->list[i].at, place) == 0; i++) {
		if (both->list[i].read && both->list[i].inode != inode)
			return true;
	}
	return false;
}

/* Whether the new generation serves its address, by another socket or by the wildcard. */
static bool is_served(const struct both *both, const struct held *s)
{
	struct socket_place serving[SOCKET_PLACES_SERVING];
	size_t count = socket_place_serving(&s->at, serving);
	size_t i;

	if (s->at.kind == SOCKET_UNIX && !s->at.path[0])
		return false;
	for (i = 0; i < count; i++) {
		if (other_is_read_at(both, &serving[i], s->inode))
			return true;
	}
	return false;
}

static bool any_of_old_alone(const struct both *both)
{
	size_t i;

	for (i = 0; i < both->count; i++) {
		if (!both->list[i].in_new && is_served(both, &both->list[i]))
			return true;
	}
	return false;
}

/*
 * A socket that both masters have open and that shares its address, as with reuseport. Only for
 * these it matters who reads them: with accept_mutex other sockets may be in no epoll set for a
 * moment.
 */
static bool is_shared(const struct both *both, const struct held *s)
{
	return s->in_old && s->in_new && other_is_read_at(both, &s->at, s->inode);
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

/* Sets `read` of each socket. Whether a shared one is not read; if `of` is not NULL, one that is in
 * that set. */
static bool any_outside(struct both *both, const struct inodes *read, const struct inodes *of)
{
	size_t i;

	for (i = 0; i < both->count; i++)
		both->list[i].read = both->list[i].in_new && inodes_have(read, both->list[i].inode);
	for (i = 0; i < both->count; i++) {
		const struct held *s = &both->list[i];

		if (!s->read && is_shared(both, s) && (!of || inodes_have(of, s->inode)))
			return true;
	}
	return false;
}

/* The quick look mostly finds that all are read. Only if not, all epoll sets are read, and those of
 * the old workers. */
static int any_unread(struct both *both, const struct left_ask *a, bool *ret)
{
	struct inodes by_old;
	struct inodes by_new;
	int r;

	inodes_init(&by_old);
	inodes_init(&by_new);
	r = sockets_read_by_all(a->new_workers, a->new_count, true, &by_new);
	if (!r && any_outside(both, &by_new, NULL)) {
		r = sockets_read_by_all(a->new_workers, a->new_count, false, &by_new);
		if (!r)
			r = sockets_read_by_all(a->old_workers, a->old_count, false, &by_old);
		*ret = !r && any_outside(both, &by_new, &by_old);
	}
	inodes_free(&by_old);
	inodes_free(&by_new);
	return r == -ENOTSUP ? 0 : r;
}

static int look_at_both(struct both *both, const struct left_ask *a)
{
	int r = sockets_held(a->old_master, &both->old_has);

	if (!r)
		r = sockets_held(a->new_master, &both->new_has);
	if (!r)
		r = sockets_each(a->new_master, SOCKETS_LISTENING, add_row, both);
	if (!r)
		r = both->error;
	if (!r && both->count)
		qsort(both->list, both->count, sizeof(both->list[0]), socket_place_compare);
	return r;
}

int left_to_nobody(const struct left_ask *a, bool *ret)
{
	struct both both;
	bool left = false;
	int r;

	memset(&both, 0, sizeof(both));
	inodes_init(&both.old_has);
	inodes_init(&both.new_has);
	r = look_at_both(&both, a);
	if (!r) {
		left = any_of_old_alone(&both);
		if (!left && a->old_count && any_shared(&both))
			r = any_unread(&both, a, &left);
	}
	if (!r)
		*ret = left;
	free(both.list);
	inodes_free(&both.old_has);
	inodes_free(&both.new_has);
	return r;
}
