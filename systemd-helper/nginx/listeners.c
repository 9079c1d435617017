/*
 * Finds listening sockets by inode: /proc/PID/fd shows which sockets a process has open, and the
 * kernel's list of sockets which of them listen, and where.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nginx/abandoned.h"
#include "nginx/listeners.h"
#include "os/list.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

/* Where a TCP socket listens. */
struct place {
	int family;
	unsigned port;
	unsigned char ip[16];
};

struct places {
	struct place *list;
	size_t count;
	size_t room;
};

static int add_place(struct places *places, const struct socket_row *row)
{
	struct place *place =
		list_longer(places->list, places->count, &places->room, sizeof(*place));

	if (!place)
		return -ENOMEM;
	places->list = place;
	place += places->count++;
	memset(place, 0, sizeof(*place));
	place->family = row->family;
	place->port = row->port;
	memcpy(place->ip, row->ip, sizeof(place->ip));
	return 0;
}

static int compare_places(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct place));
}

struct seen {
	const struct inodes *held;
	struct listeners found;
	struct places ours; /* TCP */
	struct places others;
	int error;
};

static bool look_at_row(const struct socket_row *row, void *arg)
{
	struct seen *seen = arg;
	bool ours = inodes_have(seen->held, row->inode);

	if (ours && row->listens)
		seen->found.streams++;
	if (ours && row->kind == SOCKET_UDP && !row->connected && row->port)
		seen->found.datagrams++;
	if (row->kind == SOCKET_TCP)
		seen->error = add_place(ours ? &seen->ours : &seen->others, row);
	return seen->error == 0;
}

/* How many of the sorted places are equal at most. */
static unsigned longest_run(const struct places *ours)
{
	unsigned longest = 0;
	unsigned run = 0;
	size_t i;

	for (i = 0; i < ours->count; i++) {
		bool again = i && compare_places(&ours->list[i], &ours->list[i - 1]) == 0;

		run = again ? run + 1 : 1;
		if (run > longest)
			longest = run;
	}
	return longest;
}

/* Whether another process listens on one of our places. Sorts them. */
static bool share_a_place(struct seen *seen)
{
	struct places *ours = &seen->ours;
	size_t i;

	if (!ours->count)
		return false;
	qsort(ours->list, ours->count, sizeof(ours->list[0]), compare_places);
	for (i = 0; i < seen->others.count; i++) {
		if (bsearch(&seen->others.list[i], ours->list, ours->count, sizeof(ours->list[0]),
			    compare_places))
			return true;
	}
	return false;
}

int listeners_look(pid_t pid, struct listeners *ret)
{
	struct inodes held;
	struct seen seen;
	int r;

	memset(&seen, 0, sizeof(seen));
	inodes_init(&held);
	seen.held = &held;
	r = sockets_held(pid, &held);
	if (!r)
		r = sockets_each(pid, SOCKETS_LISTENING, look_at_row, &seen);
	if (!r)
		r = seen.error;
	if (!r) {
		seen.found.neighbours = share_a_place(&seen);
		seen.found.on_one_address = longest_run(&seen.ours);
		*ret = seen.found;
	}
	free(seen.ours.list);
	free(seen.others.list);
	inodes_free(&held);
	return r;
}

bool listeners_are_open(const struct listeners *l, const struct listeners *other)
{
	if (l->streams)
		return true;
	return l->datagrams && !(other && other->streams);
}

struct datagrams {
	const struct inodes *held;
	const struct inodes *read;
	bool found;
};

static bool is_read(const struct socket_row *row, void *arg)
{
	struct datagrams *d = arg;

	d->found = !row->connected && inodes_have(d->held, row->inode) &&
		   inodes_have(d->read, row->inode);
	return !d->found;
}

int listeners_are_quics(pid_t master, const pid_t *workers, size_t count, bool *ret)
{
	struct inodes held;
	struct inodes read;
	struct datagrams d = {&held, &read, false};
	size_t i;
	int r;

	inodes_init(&held);
	inodes_init(&read);
	r = sockets_held(master, &held);
	for (i = 0; i < count && !r; i++) {
		r = sockets_read(workers[i], &read);
		if (r == -ESRCH || r == -ENOTSUP)
			r = 0;
	}
	if (!r)
		r = sockets_each(master, SOCKETS_UDP, is_read, &d);
	if (!r)
		*ret = d.found;
	inodes_free(&held);
	inodes_free(&read);
	return r;
}

struct naming {
	const struct inodes *held;
	struct socket_paths *paths;
};

static bool name_row(const struct socket_row *row, void *arg)
{
	const struct naming *n = arg;
	struct socket_paths *paths = n->paths;
	struct socket_path *longer;
	size_t i;

	if (row->path[0] != '/' || !inodes_have(n->held, row->inode))
		return true;
	for (i = 0; i < paths->count; i++) {
		if (strcmp(paths->list[i].text, row->path) == 0)
			return true;
	}
	longer = realloc(paths->list, (paths->count + 1) * sizeof(*longer));
	if (!longer)
		return false;
	paths->list = longer;
	memcpy(longer[paths->count++].text, row->path, sizeof(row->path));
	return true;
}

void listeners_unix_paths(pid_t pid, struct socket_paths *paths)
{
	struct inodes held;
	struct naming naming = {&held, paths};

	inodes_init(&held);
	if (sockets_held(pid, &held) == 0)
		(void)sockets_each(pid, SOCKETS_UNIX_LISTENING, name_row, &naming);
	inodes_free(&held);
}

void socket_paths_free(struct socket_paths *paths)
{
	free(paths->list);
	memset(paths, 0, sizeof(*paths));
}

unsigned listeners_sweep(const struct socket_paths *paths)
{
	unsigned removed = 0;
	size_t i;

	for (i = 0; i < paths->count; i++) {
		if (socket_is_abandoned(paths->list[i].text) && unlink(paths->list[i].text) == 0)
			removed++;
	}
	return removed;
}
