/* UDP sockets of a master by their addresses, beside what its workers read and what quic_bpf holds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/quic_sockets.h"
#include "os/bpf_maps.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

struct udp_socket {
	int family;
	unsigned char ip[16];
	unsigned port;
	uint64_t inode;
};

/* Those that are bound and have no peer: a syslog server's, say, has one. */
struct udp_sockets {
	struct inodes held;
	struct udp_socket *list;
	size_t count;
	int error;
};

static bool keep(const struct socket_row *row, void *arg)
{
	struct udp_sockets *s = arg;
	struct udp_socket *more;

	if (row->connected || !row->port || !inodes_have(&s->held, row->inode))
		return true;
	more = realloc(s->list, (s->count + 1) * sizeof(*more));
	if (!more) {
		s->error = -ENOMEM;
		return false;
	}
	s->list = more;
	more += s->count++;
	more->family = row->family;
	memcpy(more->ip, row->ip, sizeof(more->ip));
	more->port = row->port;
	more->inode = row->inode;
	return true;
}

/* By port, then by address: those of one address stand together. */
static int compare(const void *a, const void *b)
{
	const struct udp_socket *x = a;
	const struct udp_socket *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	return memcmp(x->ip, y->ip, sizeof(x->ip));
}

static void udp_free(struct udp_sockets *s)
{
	inodes_free(&s->held);
	free(s->list);
	s->list = NULL;
	s->count = 0;
}

static int udp_of(pid_t master, struct udp_sockets *ret)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	inodes_init(&ret->held);
	r = sockets_held(master, &ret->held);
	if (!r)
		r = sockets_each(master, SOCKETS_UDP, keep, ret);
	if (!r)
		r = ret->error;
	if (r)
		udp_free(ret);
	else if (ret->count)
		qsort(ret->list, ret->count, sizeof(ret->list[0]), compare);
	return r;
}

/* As config_scan writes it. */
static void address_text(const struct udp_socket *u, char *ret, size_t size)
{
	static const unsigned char nothing[4];
	char ip[INET6_ADDRSTRLEN] = "*";

	if (u->family == AF_INET6 || memcmp(u->ip, nothing, sizeof(nothing)) != 0)
		(void)inet_ntop(u->family, u->ip, ip, sizeof(ip));
	(void)snprintf(ret, size, u->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip, u->port);
}

static void add_where(char *where, const struct udp_socket *u)
{
	size_t n = strlen(where);
	char text[64];

	address_text(u, text, sizeof(text));
	if (n + strlen(text) + 8 < QUIC_WHERE_SIZE)
		(void)snprintf(where + n, QUIC_WHERE_SIZE - n, "%s%s", n ? ", " : "", text);
	else if (n && where[n - 1] != '.')
		(void)snprintf(where + n, QUIC_WHERE_SIZE - n, ", ...");
}

/* ---- who reads ---- */

static bool is_wildcard(const struct udp_socket *u)
{
	static const unsigned char nothing[sizeof(u->ip)];

	return memcmp(u->ip, nothing, sizeof(nothing)) == 0;
}

/* Whether who reads `one` serves the address of `other`. [::] may be for IPv4, too. */
static bool serves(const struct udp_socket *one, const struct udp_socket *other)
{
	if (one->port != other->port)
		return false;
	if (is_wildcard(one) && (one->family == other->family || one->family == AF_INET6))
		return true;
	return compare(one, other) == 0;
}

/* list[from] to list[to - 1] have one port. */
static void count_port(const struct udp_sockets *s, size_t from, size_t to,
		       const struct inodes *readers, struct quic_unread *ret)
{
	const struct udp_socket *last = NULL;
	unsigned unread = 0;
	unsigned read = 0;
	size_t i, k;

	for (i = from; i < to; i++) {
		const struct udp_socket *u = &s->list[i];

		if (inodes_have(readers, u->inode)) {
			read++;
			continue;
		}
		for (k = from; k < to; k++) {
			if (inodes_have(readers, s->list[k].inode) && serves(&s->list[k], u))
				break;
		}
		if (k == to)
			continue;
		unread++;
		if (!last || compare(last, u) != 0)
			add_where(ret->where, u);
		last = u;
	}
	ret->unread += unread;
	if (unread)
		ret->read += read;
}

static size_t end_of_port(const struct udp_sockets *s, size_t from)
{
	size_t to = from;

	while (to < s->count && s->list[to].port == s->list[from].port)
		to++;
	return to;
}

static bool share_a_port(const struct udp_sockets *s)
{
	size_t i;

	for (i = 1; i < s->count; i++) {
		if (s->list[i].port == s->list[i - 1].port)
			return true;
	}
	return false;
}

/* A worker that is gone reads nothing. */
static int readers_of(const pid_t *workers, size_t count, struct inodes *ret)
{
	size_t i;
	int r = 0;

	for (i = 0; i < count && !r; i++) {
		r = sockets_read(workers[i], ret);
		if (r == -ESRCH || r == -ENOENT)
			r = 0;
	}
	return r;
}

static int look_for_unread(pid_t master, const pid_t *workers, size_t count,
			   struct quic_unread *ret)
{
	struct quic_unread found = {0, 0, ""};
	struct udp_sockets s;
	struct inodes readers;
	size_t from, to;
	int r = udp_of(master, &s);

	if (r)
		return r;
	inodes_init(&readers);
	if (share_a_port(&s)) {
		r = readers_of(workers, count, &readers);
		for (from = 0; from < s.count && !r; from = to) {
			to = end_of_port(&s, from);
			count_port(&s, from, to, &readers, &found);
		}
	}
	inodes_free(&readers);
	udp_free(&s);
	if (!r)
		*ret = found;
	return r;
}

int quic_unread_look(pid_t master, const pid_t *workers, size_t count, struct quic_unread *ret)
{
	struct quic_unread found = {0, 0, ""};
	struct quic_unread again = {0, 0, ""};
	int r = look_for_unread(master, workers, count, &found);

	/* With accept_mutex workers take turns, and a look may fall between two of them. */
	if (!r && found.unread) {
		r = look_for_unread(master, workers, count, &again);
		if (!r && again.unread < found.unread)
			found = again;
	}
	if (!r)
		*ret = found;
	return r;
}

int quic_contested_look(pid_t master, const pid_t *leaving, size_t count,
			struct quic_contested *ret)
{
	struct quic_contested found = {0, ""};
	const struct udp_socket *last = NULL;
	struct udp_sockets s;
	struct inodes readers;
	size_t i;
	int r = udp_of(master, &s);

	if (r)
		return r;
	inodes_init(&readers);
	if (s.count)
		r = readers_of(leaving, count, &readers);
	for (i = 0; i < s.count && !r; i++) {
		if (!inodes_have(&readers, s.list[i].inode))
			continue;
		found.count++;
		if (!last || compare(last, &s.list[i]) != 0)
			add_where(found.where, &s.list[i]);
		last = &s.list[i];
	}
	inodes_free(&readers);
	udp_free(&s);
	if (!r)
		*ret = found;
	return r;
}

/* ---- room in the map ---- */

/* "*:443", "[::]:443", "127.0.0.1:8000-8010" */
static bool is_of(const char *address, const struct udp_socket *u)
{
	char text[256];
	const char *colon = strrchr(address, ':');
	unsigned first = 0, last = 0;
	unsigned char ip[16];
	size_t length = colon ? (size_t)(colon - address) : 0;
	int n = colon ? sscanf(colon + 1, "%u-%u", &first, &last) : 0;

	if (n < 1 || length >= sizeof(text) || u->port < first || u->port > (n == 2 ? last : first))
		return false;
	memset(ip, 0, sizeof(ip));
	memcpy(text, address, length);
	text[length] = '\0';
	if (*text == '[') {
		text[length - 1] = '\0';
		return u->family == AF_INET6 && inet_pton(AF_INET6, text + 1, ip) == 1 &&
		       memcmp(ip, u->ip, sizeof(ip)) == 0;
	}
	return u->family == AF_INET && (*text == '*' || inet_pton(AF_INET, text, ip) == 1) &&
	       memcmp(ip, u->ip, 4) == 0;
}

static bool is_in_map(const struct config_scan *scan, const struct udp_socket *u)
{
	size_t i;

	for (i = 0; i < scan->quic_count; i++) {
		if (scan->quic[i].reuseport && is_of(scan->quic[i].address, u))
			return true;
	}
	return false;
}

static void find_fullest(const struct udp_sockets *s, const struct config_scan *scan,
			 struct quic_room *ret)
{
	size_t i;
	unsigned run = 0;

	for (i = 0; i < s->count; i++) {
		run = i && compare(&s->list[i], &s->list[i - 1]) == 0 ? run + 1 : 1;
		if (run <= ret->holds || !is_in_map(scan, &s->list[i]))
			continue;
		ret->holds = run;
		address_text(&s->list[i], ret->where, sizeof(ret->where));
	}
}

int quic_room_look(pid_t master, const struct config_scan *scan, struct quic_room *ret)
{
	struct quic_room found = {0, 0, ""};
	struct udp_sockets s;
	int r = scan->quic_count ? bpf_maps_room(master, &found.room) : 0;

	if (!r && found.room) {
		r = udp_of(master, &s);
		if (!r) {
			find_fullest(&s, scan, &found);
			udp_free(&s);
		}
	}
	if (!r)
		*ret = found;
	return r;
}
