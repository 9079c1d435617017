/* Connections that send nothing, and the workers that accept them. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nginx/accept_connect.h"
#include "nginx/accept_sockets.h"
#include "nginx/http_place.h"
#include "nginx/probe.h"
#include "nginx/socket_place.h"
#include "os/clock.h"
#include "os/server_end.h"
#include "os/socket_holders.h"
#include "os/sockets.h"
#include "trust/path.h"
#include "trust/subject.h"

enum {
	CONNECTIONS_IN_ALL = 512,
	PLAIN_MOST = 16,
	SHARED_MOST = 256,
	LOOKS_MOST = 3 /* then another process has accepted it */
};

/* How long the kernel may show no other end of a connection: its handshake may not be over yet. */
#define MISSING_US 1000000u

static int add_place(struct accept_connect *c, const struct accept_socket *socket)
{
	struct accept_place *more = realloc(c->places, (c->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	c->places = more;
	more += c->count++;
	memset(more, 0, sizeof(*more));
	inodes_init(&more->by);
	more->socket = socket;
	return 0;
}

int accept_connect_begin(struct accept_connect *c, const struct subject *master,
			 const struct believed *believed, const struct accept_sockets *sockets,
			 uint64_t limit_us)
{
	size_t i;
	int r = 0;

	memset(c, 0, sizeof(*c));
	c->limit_us = limit_us;
	c->netlink = c->where.network = -1;
	c->is_open = true;
	for (i = 0; i < sockets->count && !r; i++) {
		const struct accept_socket *s = &sockets->list[i];

		if (s->wanted && s->at.kind != SOCKET_UDP &&
		    (!i || !socket_place_same(&s->at, &s[-1].at)))
			r = add_place(c, s);
	}
	if (r < 0) {
		accept_connect_end(c);
		return r;
	}
	if (c->count && http_place_open(master, believed, &c->where) == 0)
		c->netlink = server_ends_open(c->where.network);
	for (i = 0; i < c->count; i++)
		c->places[i].untold = c->netlink < 0;
	return 0;
}

static void close_connection(struct accept_connect *c, size_t at)
{
	c->list[at].place->going--;
	(void)close(c->list[at].fd);
	c->list[at] = c->list[--c->going];
}

static void close_untold(struct accept_connect *c, size_t at)
{
	c->list[at].place->untold = true;
	close_connection(c, at);
}

/* Whether nginx has closed it. It does so at once when it has no worker_connections left. */
static bool is_closed(int fd)
{
	char letter;
	ssize_t n = recv(fd, &letter, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTCONN);
}

/* ---- the state of each connection ---- */

/* It waits to be accepted. Where other processes have sockets of that address, too, it may wait at
 * one of theirs. */
static void judge_waiting(struct accept_connect *c, size_t at, uint64_t age_us)
{
	if (age_us < c->limit_us)
		return;
	if (!c->list[at].place->socket->others)
		c->failed = c->list[at].place;
	close_untold(c, at);
}

static void look_at(struct accept_connect *c, size_t at, uint64_t now_us)
{
	struct accept_connection *it = &c->list[at];
	uint64_t age_us = now_us - it->began_us;
	enum server_end end = SERVER_END_NONE;
	int r = server_end(c->netlink, it->fd, (const struct sockaddr *)&it->to, &end, &it->inode);

	if (r < 0 || (end != SERVER_END_TAKEN && is_closed(it->fd)))
		close_untold(c, at);
	else if (end == SERVER_END_WAITS)
		judge_waiting(c, at, age_us);
	else if (end == SERVER_END_HALF && age_us >= c->limit_us)
		close_untold(c, at);
	else if (end == SERVER_END_NONE && age_us >= MISSING_US)
		close_untold(c, at);
}

static void look_at_all(struct accept_connect *c)
{
	uint64_t now_us = clock_us();
	size_t i;

	for (i = c->going; i-- > 0;) {
		if (!c->list[i].inode)
			look_at(c, i, now_us);
	}
}

/* ---- the workers that have accepted ---- */

/* Whether this worker may have accepted one of the connections, at an address where it is not known
 * to have accepted. An old one: where no new one is known to have. */
static bool may_have_accepted(const struct accept_connect *c, pid_t worker, bool is_old)
{
	size_t i;

	for (i = 0; i < c->going; i++) {
		const struct inodes *by = &c->list[i].place->by;

		if (c->list[i].inode && (is_old ? !by->count : !inodes_have(by, (uint64_t)worker)))
			return true;
	}
	return false;
}

static void note_accepted(struct accept_connect *c, size_t at, pid_t worker)
{
	struct accept_place *place = c->list[at].place;

	if (!inodes_have(&place->by, (uint64_t)worker) &&
	    inodes_add(&place->by, (uint64_t)worker) == 0)
		inodes_sort(&place->by);
	close_connection(c, at);
}

/* One pass through the worker's descriptors, for all connections. */
static void look_for_accepted(struct accept_connect *c, pid_t worker, bool is_old)
{
	struct inodes held;
	size_t i;

	if (!may_have_accepted(c, worker, is_old))
		return;
	inodes_init(&held);
	if (sockets_held(worker, &held) == 0) {
		for (i = c->going; i-- > 0;) {
			if (!c->list[i].inode || !inodes_have(&held, c->list[i].inode))
				continue;
			if (is_old)
				close_connection(c, i);
			else
				note_accepted(c, i, worker);
		}
	}
	inodes_free(&held);
}

/*
 * Finds the workers that have accepted. A connection that an old worker or another process has
 * accepted proves nothing: it is closed when it is found there, or after LOOKS_MOST looks. At an
 * address where a new worker is known to accept, one look is enough.
 */
static void find_acceptors(struct accept_connect *c, const struct acceptors *by)
{
	size_t i;

	for (i = 0; i < by->count; i++)
		look_for_accepted(c, by->workers[i], false);
	for (i = 0; i < by->old_count; i++)
		look_for_accepted(c, by->old[i], true);
	for (i = c->going; i-- > 0;) {
		struct accept_connection *it = &c->list[i];

		if (it->inode && (it->place->by.count || ++it->looks >= LOOKS_MOST))
			close_connection(c, i);
	}
}

/* ---- new connections ---- */

/* How many connections are made to that address at most. */
static unsigned most_of(const struct accept_connect *c, const struct accept_place *place,
			size_t workers)
{
	size_t most = place->socket->shared ? 4 * workers + 8 : 2 * workers + 2;
	size_t bound = place->socket->shared ? SHARED_MOST : PLAIN_MOST;
	size_t fair = CONNECTIONS_IN_ALL / c->count;

	if (bound > fair)
		bound = fair ? fair : 1;
	return (unsigned)(most < bound ? most : bound);
}

/*
 * With reuseport the last workers take as many tries to be met as all the others together. The
 * kernel wakes the worker that has waited for the longest time (EPOLLEXCLUSIVE): where old ones
 * accept, too, as many connections at once as there are workers reach the new ones.
 */
static bool wants_more(const struct accept_place *place, const struct acceptors *by)
{
	size_t enough = place->socket->shared || !place->by.count ? place->going
								  : place->by.count + place->going;

	return !place->untold && place->by.count < by->count &&
	       enough < by->count + (place->by.count ? 0 : by->old_count) &&
	       place->tried < place->most;
}

/* Whether a connection was made. */
static bool open_one(struct accept_connect *c, struct accept_place *place)
{
	struct accept_connection *it = &c->list[c->going];
	char text[ACCEPT_ADDRESS_SIZE];
	uint64_t now_us = clock_us();

	memset(it, 0, sizeof(*it));
	it->fd = http_place_connect(&c->where, accept_socket_text(place->socket, text), &it->to);
	if (it->fd == -EAGAIN && place->socket->at.kind == SOCKET_UNIX) {
		if (!place->full_us)
			place->full_us = now_us;
		if (now_us - place->full_us >= c->limit_us)
			c->failed = place;
		return false;
	}
	place->full_us = 0;
	place->untold = it->fd < 0;
	if (it->fd < 0)
		return false;
	it->place = place;
	it->began_us = now_us;
	place->tried++;
	place->going++;
	c->going++;
	return true;
}

enum probe_state accept_connect_step(struct accept_connect *c, const struct acceptors *by)
{
	bool done = true;
	size_t i;

	look_at_all(c);
	find_acceptors(c, by);
	for (i = 0; i < c->count && !c->failed; i++) {
		struct accept_place *place = &c->places[i];

		place->most = most_of(c, place, by->count + by->old_count);
		while (c->going < ACCEPT_CONNECTIONS && wants_more(place, by) && open_one(c, place))
			;
		done = done && !place->going && !wants_more(place, by);
	}
	if (c->failed)
		return PROBE_FAILED;
	return done && by->count ? PROBE_PASSED : PROBE_GOING;
}

size_t accept_connect_proven(const struct accept_connect *c)
{
	size_t proven = 0;
	size_t i;

	for (i = 0; i < c->count; i++)
		proven += c->places[i].by.count > 0;
	return proven;
}

void accept_connect_end(struct accept_connect *c)
{
	size_t i;

	if (!c->is_open)
		return;
	while (c->going)
		close_connection(c, c->going - 1);
	for (i = 0; i < c->count; i++)
		inodes_free(&c->places[i].by);
	free(c->places);
	if (c->netlink >= 0)
		(void)close(c->netlink);
	http_place_close(&c->where);
	memset(c, 0, sizeof(*c));
}
