/*
 * Counts clients. All sockets are read once: those that listen and those that are connected. Then
 * each connected one is counted for the generation that has it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/connections.h"
#include "os/list.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

enum { PORTS = 65536, OF_MAX = 7, OTHERS = 1 << OF_MAX };

struct row {
	uint64_t inode;
	unsigned port;
	char *path;      /* of a unix socket; else NULL */
	unsigned owners; /* a bit for each generation whose master listens there, and OTHERS */
};

struct rows {
	struct row *list;
	size_t count;
	size_t room;
};

struct tally {
	struct connections_of *of;
	size_t count;
	struct inodes *held; /* for each generation: the sockets of its workers */
	struct rows listeners;
	struct rows connected;
	unsigned char owners[PORTS]; /* of each TCP port, as in struct row */
	unsigned first_own;          /* the range of ports from which the kernel takes one */
	unsigned last_own;           /* for a connection that is made on this machine */
	int error;
};

static int add_row(struct rows *rows, const struct socket_row *socket)
{
	struct row *row = list_longer(rows->list, rows->count, &rows->room, sizeof(*row));

	if (!row)
		return -ENOMEM;
	rows->list = row;
	row += rows->count;
	memset(row, 0, sizeof(*row));
	row->inode = socket->inode;
	row->port = socket->port % PORTS;
	if (socket->kind == SOCKET_UNIX) {
		row->path = strdup(socket->path);
		if (!row->path)
			return -ENOMEM;
	}
	rows->count++;
	return 0;
}

/* A unix socket that was accepted has the name of the one that listened. One that nginx has
 * connected has no name, and is no client. */
static bool keep_row(const struct socket_row *socket, void *arg)
{
	struct tally *t = arg;

	if (socket->inode && (socket->kind == SOCKET_TCP || socket->path[0]))
		t->error = add_row(socket->listens ? &t->listeners : &t->connected, socket);
	return t->error == 0;
}

static void free_rows(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->count; i++)
		free(rows->list[i].path);
	free(rows->list);
}

/* ---- which generation listens where ---- */

static int compare_paths(const void *a, const void *b)
{
	const char *x = ((const struct row *)a)->path;
	const char *y = ((const struct row *)b)->path;

	return x && y ? strcmp(x, y) : (x != NULL) - (y != NULL);
}

/* Gives each row of a path the owners of all rows of that path. */
static void share_owners(struct rows *listeners)
{
	size_t first = 0;
	size_t i;

	if (listeners->count)
		qsort(listeners->list, listeners->count, sizeof(listeners->list[0]), compare_paths);
	for (i = 1; i < listeners->count; i++) {
		struct row *row = &listeners->list[i];

		if (!row->path || compare_paths(row, &listeners->list[first]) != 0)
			first = i;
		listeners->list[first].owners |= row->owners;
	}
	for (i = 1; i < listeners->count; i++) {
		struct row *row = &listeners->list[i];

		if (row->path && compare_paths(row, row - 1) == 0)
			row->owners = row[-1].owners;
	}
}

static int find_owners(struct tally *t)
{
	size_t g, i;
	int r = 0;

	for (g = 0; g < t->count && !r; g++) {
		struct inodes held;

		inodes_init(&held);
		r = sockets_held(t->of[g].master, &held);
		for (i = 0; i < t->listeners.count; i++) {
			struct row *row = &t->listeners.list[i];

			if (inodes_have(&held, row->inode))
				row->owners |= 1u << g;
		}
		inodes_free(&held);
	}
	for (i = 0; i < t->listeners.count; i++) {
		struct row *row = &t->listeners.list[i];

		if (!row->owners)
			row->owners = OTHERS;
		if (!row->path)
			t->owners[row->port] |= (unsigned char)row->owners;
	}
	share_owners(&t->listeners);
	return r;
}

static unsigned owners_of(const struct tally *t, const struct row *row)
{
	const struct rows *all = &t->listeners;
	const struct row *found;

	if (!row->path)
		return t->owners[row->port];
	found = all->count
			? bsearch(row, all->list, all->count, sizeof(all->list[0]), compare_paths)
			: NULL;
	return found ? found->owners : 0;
}

static bool others_listen_there(const struct tally *t, size_t g)
{
	unsigned both = 1u << g | OTHERS;
	size_t i;

	for (i = 0; i < t->listeners.count; i++) {
		if ((owners_of(t, &t->listeners.list[i]) & both) == both)
			return true;
	}
	return false;
}

/* ---- which generation has a connection ---- */

/* A client may have come by a port that nobody listens on any more, since a reload has dropped it.
 * So a port outside of the range for own connections counts as a client's, too. */
static bool is_client(const struct tally *t, const struct row *row, unsigned owners)
{
	return row->path || owners || row->port < t->first_own || row->port > t->last_own;
}

static int ask_workers(struct tally *t)
{
	size_t g;
	int r = 0;

	for (g = 0; g < t->count && !r; g++) {
		struct connections_of *of = &t->of[g];

		of->clients = 0;
		of->ask = of->ask || g + 1 < t->count || others_listen_there(t, g);
		if (of->ask)
			r = sockets_held_by_all(of->workers, of->count, &t->held[g]);
	}
	return r;
}

static void count_connection(struct tally *t, const struct row *row)
{
	unsigned owners = owners_of(t, row);
	size_t g;

	for (g = 0; g < t->count; g++) {
		struct connections_of *of = &t->of[g];
		bool has = of->ask ? inodes_have(&t->held[g], row->inode) : (owners & 1u << g) != 0;

		if (!has)
			continue;
		of->clients += is_client(t, row, owners);
		return;
	}
}

int connections_count(struct connections_of *of, size_t count)
{
	const unsigned wanted = SOCKETS_TCP_LISTENING | SOCKETS_TCP_CONNECTED |
				SOCKETS_UNIX_LISTENING | SOCKETS_UNIX_CONNECTED;
	struct tally *t = calloc(1, sizeof(*t));
	struct inodes held[OF_MAX];
	size_t i;
	int r;

	if (!t)
		return -ENOMEM;
	if (count > OF_MAX)
		count = OF_MAX;
	for (i = 0; i < OF_MAX; i++)
		inodes_init(&held[i]);
	t->of = of;
	t->count = count;
	t->held = held;
	sockets_own_ports(&t->first_own, &t->last_own);
	r = sockets_each(of[0].master, wanted, keep_row, t);
	if (!r)
		r = t->error;
	if (!r)
		r = find_owners(t);
	if (!r)
		r = ask_workers(t);
	for (i = 0; i < t->connected.count && !r; i++)
		count_connection(t, &t->connected.list[i]);
	for (i = 0; i < OF_MAX; i++)
		inodes_free(&held[i]);
	free_rows(&t->listeners);
	free_rows(&t->connected);
	free(t);
	return r;
}
