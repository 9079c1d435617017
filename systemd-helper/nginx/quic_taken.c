/* Copies sockets and maps of a master by pidfd_getfd(2). Between the look at a descriptor and the
 * copy the master may close it and open another file by that number, so each copy is checked to be
 * what the look has shown. */
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/quic_taken.h"
#include "nginx/udp_sockets.h"
#include "os/bpf.h"
#include "os/bpf_maps.h"
#include "os/foreign_socket.h"
#include "os/process.h"
#include "os/socket_holders.h"
#include "trust/subject.h"

#ifndef SO_REUSEPORT
#define SO_REUSEPORT 15
#endif

struct taking {
	const struct process *master;
	struct quic_taken *to;
};

void quic_taken_free(struct quic_taken *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (t->list[i].fd >= 0)
			(void)close(t->list[i].fd);
	}
	free(t->list);
	t->list = NULL;
	t->count = 0;
}

size_t quic_taken_of_address(const struct quic_taken *t, size_t from)
{
	size_t to = from;

	while (to < t->count && udp_compare(&t->list[to].udp, &t->list[from].udp) == 0)
		to++;
	return to - from;
}

/* Called for each descriptor that is a socket. Of one socket that has several only the first is
 * taken. */
static int take_socket(int number, uint64_t inode, void *arg)
{
	struct taking *t = arg;
	struct quic_socket *s = t->to->list;
	struct quic_socket *end = s + t->to->count;
	struct stat st;
	int fd;

	while (s < end && (s->udp.inode != inode || s->fd >= 0))
		s++;
	if (s == end)
		return 0;
	fd = foreign_socket_open(t->master, number);
	if (fd < 0)
		return fd == -EBADF ? 0 : fd;
	if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode) || st.st_ino != inode) {
		(void)close(fd);
		return 0;
	}
	s->fd = fd;
	s->number = number;
	return 0;
}

/* -1: it has no such option. */
static int option(int fd, int level, int name)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(fd, level, name, &value, &size) < 0 ? -1 : value;
}

/* Whether it is a QUIC socket. Fills in `shared` and `cookie`. */
static bool is_quic(struct quic_socket *s)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	int discover;

	if (s->fd < 0)
		return false;
	discover = s->udp.family == AF_INET6 ? option(s->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER)
					     : option(s->fd, IPPROTO_IP, IP_MTU_DISCOVER);
	if (discover != IP_PMTUDISC_DO || option(s->fd, SOL_SOCKET, SO_TYPE) != SOCK_DGRAM ||
	    getpeername(s->fd, (struct sockaddr *)&peer, &size) == 0)
		return false;
	s->shared = option(s->fd, SOL_SOCKET, SO_REUSEPORT) > 0;
	return socket_cookie(s->fd, &s->cookie) == 0;
}

static void drop_all_but_quic(struct quic_taken *t, const struct inodes *readers)
{
	size_t i;
	size_t kept = 0;

	for (i = 0; i < t->count; i++) {
		struct quic_socket *s = &t->list[i];

		if (is_quic(s)) {
			s->read = inodes_have(readers, s->udp.inode);
			t->list[kept++] = *s;
		} else if (s->fd >= 0) {
			(void)close(s->fd);
		}
	}
	t->count = kept;
}

static int compare_sockets(const void *a, const void *b)
{
	const struct quic_socket *x = a;
	const struct quic_socket *y = b;
	int r = udp_compare(&x->udp, &y->udp);

	return r ? r : x->number - y->number;
}

/* All UDP sockets of the master, none of them copied yet. */
static int list_udp(const struct subject *master, struct quic_taken *ret)
{
	struct udp_sockets udp;
	size_t i;
	int r = udp_sockets_of(master->process.pid, &udp);

	if (r || !udp.count)
		return r;
	ret->list = calloc(udp.count, sizeof(ret->list[0]));
	if (!ret->list)
		r = -ENOMEM;
	for (i = 0; i < udp.count && !r; i++) {
		ret->list[i].udp = udp.list[i];
		ret->list[i].fd = -1;
		ret->count++;
	}
	udp_sockets_free(&udp);
	return r;
}

/* Nothing is done with the copies before the last check, so one before and one after all of them
 * are enough. */
static int take_all(const struct subject *master, struct quic_taken *to)
{
	struct taking taking = {&master->process, to};
	int r = subject_same(master);

	if (!r)
		r = sockets_each_fd(master->process.pid, take_socket, &taking);
	return r ? r : subject_same(master);
}

int quic_take(const struct subject *master, const pid_t *workers, size_t count,
	      struct quic_taken *ret)
{
	struct quic_taken found = {NULL, 0};
	struct inodes readers;
	int r;

	inodes_init(&readers);
	r = list_udp(master, &found);
	if (!r && found.count)
		r = sockets_read_by_all(workers, count, false, &readers);
	if (!r && found.count)
		r = take_all(master, &found);
	if (!r) {
		drop_all_but_quic(&found, &readers);
		if (found.count)
			qsort(found.list, found.count, sizeof(found.list[0]), compare_sockets);
		*ret = found;
	} else {
		quic_taken_free(&found);
	}
	inodes_free(&readers);
	return r;
}

/* ---- maps ---- */

struct taking_maps {
	const struct process *master;
	struct quic_maps *to;
};

void quic_maps_free(struct quic_maps *m)
{
	while (m->count)
		(void)close(m->list[--m->count]);
	free(m->list);
	m->list = NULL;
}

static int failed_at_map(struct quic_maps *m, int error, const char *step, int number)
{
	m->failed = number;
	m->step = step;
	return error;
}

/* Takes over fd. */
static int add_map(struct quic_maps *m, int fd)
{
	int *longer = realloc(m->list, (m->count + 1) * sizeof(*longer));

	if (!longer) {
		(void)close(fd);
		return -ENOMEM;
	}
	m->list = longer;
	m->list[m->count++] = fd;
	return 0;
}

/* As nginx makes them in src/event/quic/ngx_event_quic_bpf.c. */
static bool is_by_cookie(const struct bpf_map *map)
{
	return map->type == BPF_MAP_SOCKHASH && map->key_size == sizeof(uint64_t) &&
	       map->value_size == sizeof(uint64_t);
}

/* A descriptor that the master has closed meanwhile (-EBADF), or that is no map any more (-EINVAL),
 * is not one of its maps. */
static int take_map(int number, unsigned room, void *arg)
{
	struct taking_maps *t = arg;
	struct bpf_map map;
	int fd = foreign_socket_open(t->master, number);
	int r;

	(void)room;
	if (fd < 0)
		return fd == -EBADF ? 0 : failed_at_map(t->to, fd, "take BPF map", number);
	r = bpf_map_look(fd, &map);
	if (!r && is_by_cookie(&map)) {
		r = add_map(t->to, fd);
		return r ? failed_at_map(t->to, r, "note BPF map", number) : 0;
	}
	(void)close(fd);
	return r && r != -EINVAL ? failed_at_map(t->to, r, "look at BPF map", number) : 0;
}

int quic_maps_take(const struct subject *master, struct quic_maps *ret)
{
	struct taking_maps t = {&master->process, ret};
	int r = subject_same(master);

	ret->list = NULL;
	ret->count = 0;
	ret->failed = -1;
	ret->step = "";
	if (!r)
		r = bpf_maps_each(master->process.pid, take_map, &t);
	return r ? r : subject_same(master); /* as in take_all() */
}
