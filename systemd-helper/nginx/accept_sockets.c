/* Compares the sockets that a generation listens on with what its workers have in their epoll
 * sets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nginx/accept_sockets.h"
#include "nginx/socket_place.h"
#include "os/list.h"
#include "os/socket_address.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

struct reading {
	const struct inodes *held;
	struct accept_sockets *ret;
	struct accept_sockets others;
	int error;
};

static int add_socket(struct accept_sockets *s, const struct socket_row *row)
{
	struct accept_socket *more = list_longer(s->list, s->count, &s->room, sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->list = more;
	more += s->count++;
	memset(more, 0, sizeof(*more));
	socket_place_of(row, &more->at);
	more->inode = row->inode;
	return 0;
}

static bool keep_row(const struct socket_row *row, void *arg)
{
	struct reading *r = arg;
	bool ours = inodes_have(r->held, row->inode);

	if (!socket_place_serves(row))
		return true;
	if (ours || row->kind == SOCKET_TCP)
		r->error = add_socket(ours ? r->ret : &r->others, row);
	return r->error == 0;
}

struct accept_socket *accept_sockets_at(const struct accept_sockets *s,
					const struct socket_place *place)
{
	size_t i = socket_place_first(s->list, s->count, sizeof(s->list[0]), place);

	return i < s->count && socket_place_same(&s->list[i].at, place) ? &s->list[i] : NULL;
}

bool accept_sockets_serve(const struct accept_sockets *s, const struct socket_place *place)
{
	struct socket_place serving[SOCKET_PLACES_SERVING];
	size_t count = socket_place_serving(place, serving);
	size_t i;

	for (i = 0; i < count; i++) {
		if (accept_sockets_at(s, &serving[i]))
			return true;
	}
	return false;
}

static void compare_neighbours(struct accept_sockets *s, const struct accept_sockets *others)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		struct accept_socket *it = &s->list[i];

		it->shared = (i && socket_place_same(&it->at, &it[-1].at)) ||
			     (i + 1 < s->count && socket_place_same(&it->at, &it[1].at));
		it->others = accept_sockets_at(others, &it->at) != NULL;
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
		r = sockets_each(pid, SOCKETS_LISTENING, keep_row, &reading);
	if (!r)
		r = reading.error;
	if (!r) {
		if (found.count)
			qsort(found.list, found.count, sizeof(found.list[0]), socket_place_compare);
		if (reading.others.count)
			qsort(reading.others.list, reading.others.count,
			      sizeof(reading.others.list[0]), socket_place_compare);
		compare_neighbours(&found, &reading.others);
		*ret = found;
	} else {
		accept_sockets_free(&found);
	}
	accept_sockets_free(&reading.others);
	inodes_free(&held);
	return r;
}

/* Whether all are read now. */
static bool mark_read(struct accept_sockets *s, const struct inodes *read)
{
	bool all = true;
	size_t i;

	for (i = 0; i < s->count; i++) {
		s->list[i].read = s->list[i].read || inodes_have(read, s->list[i].inode);
		all = all && s->list[i].read;
	}
	return all;
}

/* Looks first only near the number that the epoll set had in the worker before, which is quick and
 * mostly enough. If a socket is missing then, everything is read. */
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
		if (mark_read(s, &read))
			break;
	}
	inodes_free(&read);
}

const char *accept_socket_text(const struct accept_socket *s, char ret[ACCEPT_ADDRESS_SIZE])
{
	char text[SOCKET_PATH_SIZE + 8];

	(void)socket_address_text(s->at.family, s->at.ip, s->at.port, s->at.path, text,
				  sizeof(text));
	(void)snprintf(ret, ACCEPT_ADDRESS_SIZE, "%s%s", text,
		       s->at.kind == SOCKET_UDP ? "/udp" : "");
	return ret;
}

void accept_sockets_free(struct accept_sockets *s)
{
	free(s->list);
	memset(s, 0, sizeof(*s));
}
