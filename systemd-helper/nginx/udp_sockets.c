/* The UDP sockets of a master: which it has, which serve the same address, and which are read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nginx/quic_sockets.h"
#include "nginx/udp_sockets.h"
#include "os/socket_address.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

struct finding {
	struct inodes held;
	struct udp_sockets *found;
	int error;
};

static bool keep_held(const struct socket_row *row, void *arg)
{
	struct finding *f = arg;
	struct udp_socket *more;

	if (row->connected || !row->port || !inodes_have(&f->held, row->inode))
		return true;
	more = realloc(f->found->list, (f->found->count + 1) * sizeof(*more));
	if (!more) {
		f->error = -ENOMEM;
		return false;
	}
	f->found->list = more;
	more += f->found->count++;
	more->family = row->family;
	memcpy(more->ip, row->ip, sizeof(more->ip));
	more->port = row->port;
	more->inode = row->inode;
	return true;
}

int udp_compare(const void *a, const void *b)
{
	const struct udp_socket *x = a;
	const struct udp_socket *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	return memcmp(x->ip, y->ip, sizeof(x->ip));
}

void udp_sockets_free(struct udp_sockets *s)
{
	free(s->list);
	s->list = NULL;
	s->count = 0;
}

int udp_sockets_of(pid_t master, struct udp_sockets *ret)
{
	struct finding f;
	int r;

	memset(ret, 0, sizeof(*ret));
	memset(&f, 0, sizeof(f));
	f.found = ret;
	inodes_init(&f.held);
	r = sockets_held(master, &f.held);
	if (!r)
		r = sockets_each(master, SOCKETS_UDP, keep_held, &f);
	if (!r)
		r = f.error;
	inodes_free(&f.held);
	if (r)
		udp_sockets_free(ret);
	else if (ret->count)
		qsort(ret->list, ret->count, sizeof(ret->list[0]), udp_compare);
	return r;
}

void udp_address_text(const struct udp_socket *u, char *ret, size_t size)
{
	if (u->family == AF_INET && socket_address_is_wildcard(u->ip))
		(void)snprintf(ret, size, "*:%u", u->port);
	else
		(void)socket_address_text(u->family, u->ip, u->port, NULL, ret, size);
}

void udp_add_where(char *where, const struct udp_socket *u)
{
	size_t n = strlen(where);
	char text[64];

	udp_address_text(u, text, sizeof(text));
	if (n + strlen(text) + 8 < QUIC_WHERE_SIZE)
		(void)snprintf(where + n, QUIC_WHERE_SIZE - n, "%s%s", n ? ", " : "", text);
	else if (n && where[n - 1] != '.')
		(void)snprintf(where + n, QUIC_WHERE_SIZE - n, ", ...");
}

/* Whether a reader of `one` serves the address of `other`. A socket of [::] may serve IPv4 too. */
static bool serves_address(const struct udp_socket *one, const struct udp_socket *other)
{
	if (one->port != other->port)
		return false;
	if (socket_address_is_wildcard(one->ip) &&
	    (one->family == other->family || one->family == AF_INET6))
		return true;
	return udp_compare(one, other) == 0;
}

bool udp_is_unread(const struct udp_sockets *s, size_t i, const struct inodes *readers)
{
	size_t k;

	if (inodes_have(readers, s->list[i].inode))
		return false;
	for (k = 0; k < s->count; k++) {
		if (inodes_have(readers, s->list[k].inode) &&
		    serves_address(&s->list[k], &s->list[i]))
			return true;
	}
	return false;
}

size_t udp_end_of_port(const struct udp_sockets *s, size_t from)
{
	size_t to = from;

	while (to < s->count && s->list[to].port == s->list[from].port)
		to++;
	return to;
}

bool udp_share_a_port(const struct udp_sockets *s)
{
	size_t i;

	for (i = 1; i < s->count; i++) {
		if (s->list[i].port == s->list[i - 1].port)
			return true;
	}
	return false;
}
