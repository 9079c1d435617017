/*
 * Counts clients by what the kernel's tables say of the sockets that a process has open. The local
 * port of a connection tells whether it is a client's, or nginx's own to an upstream server: a
 * client's is a port that is listened on.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nginx/clients.h"
#include "os/socket_address.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

enum { PORTS = 65536, DNS_PORT = 53 };

struct counting {
	const struct inodes *known;
	struct inodes held;       /* open in the processes */
	struct inodes of_masters; /* open in their masters */
	bool has_master;
	unsigned char listened[PORTS / 8]; /* TCP ports that somebody listens on, a bit each */
	unsigned first_own;                /* the range of ports from which the kernel takes one */
	unsigned last_own;                 /* for a connection that is made on this machine */
	unsigned to_dns;                   /* UDP sockets that are connected to port 53 */
	bool serves_dns;
	struct clients *ret;
};

void clients_init(struct clients *c)
{
	memset(c, 0, sizeof(*c));
	inodes_init(&c->sockets);
}

void clients_free(struct clients *c)
{
	inodes_free(&c->sockets);
	clients_init(c);
}

unsigned clients_sum(const struct clients *c)
{
	return c->tcp + c->local + c->udp + c->waiting;
}

bool clients_any(const struct clients *c)
{
	return clients_sum(c) || c->uncounted || c->error;
}

static void note_error(struct clients *c, int r)
{
	if (r < 0 && !c->error)
		c->error = r;
}

/* If memory is short, a socket may be counted twice later, so that is an error. */
static void remember(struct clients *c, uint64_t inode)
{
	note_error(c, inodes_add(&c->sockets, inode));
}

static bool is_listened(const struct counting *c, unsigned port)
{
	return port < PORTS && (c->listened[port / 8] & (1u << (port % 8)));
}

static bool note_listened(const struct socket_row *row, void *arg)
{
	struct counting *c = arg;

	if (row->kind == SOCKET_TCP && row->listens && row->port < PORTS)
		c->listened[row->port / 8] |= (unsigned char)(1u << (row->port % 8));
	return true;
}

/* A client may have come by a port that nobody listens on any more, since a reload has dropped it.
 * So a port outside of the range for own connections counts as a client's, too. */
static bool is_of_client(const struct counting *c, unsigned port)
{
	return is_listened(c, port) || port < c->first_own || port > c->last_own;
}

static void note_oldest(struct clients *c, const struct socket_row *row)
{
	struct client *oldest = &c->oldest;

	/* The age of a unix socket is not known, so TCP is preferred. */
	if (oldest->known && row->age_us <= oldest->row.age_us && oldest->row.kind <= row->kind)
		return;
	oldest->known = true;
	oldest->row = *row;
}

static void count_tcp(struct counting *c, const struct socket_row *row)
{
	if (!is_of_client(c, row->port)) {
		c->ret->behind++;
		return;
	}
	c->ret->tcp++;
	note_oldest(c->ret, row);
	remember(c->ret, row->inode);
}

/* A unix socket that was accepted has the name of the one that listened. One that nginx has
 * connected has no name. */
static void count_unix(struct counting *c, const struct socket_row *row)
{
	if (row->path[0]) {
		c->ret->local++;
		note_oldest(c->ret, row);
		remember(c->ret, row->inode);
	} else if (c->has_master) {
		c->ret->behind++; /* no channel of nginx: the master has those open, too */
	}
}

/*
 * A session of the stream module has a socket that is connected to an upstream server. nginx's
 * resolver has such a socket, too, to port 53, and is no client. So sockets to port 53 are counted
 * only if nginx serves port 53.
 */
static void count_udp(struct counting *c, const struct socket_row *row)
{
	if (!row->connected) {
		c->serves_dns = c->serves_dns || row->port == DNS_PORT;
		if (row->port != DNS_PORT && row->port && is_listened(c, row->port))
			c->ret->uncounted = true;
		return;
	}
	if (inodes_have(&c->of_masters, row->inode))
		return;
	if (row->peer_port == DNS_PORT)
		c->to_dns++;
	else
		c->ret->udp++;
	remember(c->ret, row->inode);
}

static bool count_row(const struct socket_row *row, void *arg)
{
	struct counting *c = arg;

	if (!row->inode || row->listens || !inodes_have(&c->held, row->inode))
		return true;
	if (c->known && inodes_have(c->known, row->inode))
		return true;
	if (row->kind == SOCKET_UDP)
		count_udp(c, row);
	else if (row->connected && !inodes_have(&c->of_masters, row->inode))
		(row->kind == SOCKET_TCP ? count_tcp : count_unix)(c, row);
	return true;
}

/* pid: a process in whose network namespace the sockets are. */
static void count_in_namespace(struct counting *c, pid_t pid)
{
	unsigned wanted = SOCKETS_TCP_CONNECTED | SOCKETS_UDP | SOCKETS_UNIX_CONNECTED;
	int r = sockets_each(pid, SOCKETS_TCP_LISTENING, note_listened, c);

	if (c->ret->ask_oldest)
		wanted |= SOCKETS_TIMES;
	if (!r)
		r = sockets_each(pid, wanted, count_row, c);
	note_error(c->ret, r == -ESRCH || r == -ENOENT ? 0 : r);
	if (c->serves_dns)
		c->ret->udp += c->to_dns;
	inodes_sort(&c->ret->sockets);
}

void clients_count(const pid_t *pids, size_t count, const pid_t masters[2],
		   const struct inodes *known, struct clients *ret)
{
	struct counting *c = calloc(1, sizeof(*c));
	pid_t witness = 0;
	size_t i;

	if (!c) {
		note_error(ret, -ENOMEM);
		return;
	}
	c->known = known;
	c->ret = ret;
	inodes_init(&c->held);
	inodes_init(&c->of_masters);
	for (i = 0; i < count; i++) {
		int r = sockets_held(pids[i], &c->held);

		if (!r)
			witness = pids[i];
		else if (r != -ENOENT && r != -ESRCH)
			note_error(ret, r);
	}
	for (i = 0; i < 2; i++)
		c->has_master =
			(masters[i] && !sockets_held(masters[i], &c->of_masters)) || c->has_master;
	sockets_own_ports(&c->first_own, &c->last_own);
	if (witness)
		count_in_namespace(c, witness);
	inodes_free(&c->held);
	inodes_free(&c->of_masters);
	free(c);
}

struct waiting {
	struct inodes held;
	struct inodes of_heir;
	struct clients *ret;
};

static bool count_waiting(const struct socket_row *row, void *arg)
{
	struct waiting *w = arg;

	if (row->listens && row->queued && inodes_have(&w->held, row->inode) &&
	    !inodes_have(&w->of_heir, row->inode))
		w->ret->waiting += row->queued;
	return true;
}

void clients_waiting(pid_t master, pid_t heir, struct clients *ret)
{
	struct waiting w = {.ret = ret};
	int r;

	inodes_init(&w.held);
	inodes_init(&w.of_heir);
	r = sockets_held(master, &w.held);
	if (!r && heir)
		r = sockets_held(heir, &w.of_heir);
	if (!r)
		r = sockets_each(master, SOCKETS_TCP_LISTENING | SOCKETS_UNIX_LISTENING,
				 count_waiting, &w);
	note_error(ret, r == -ENOENT || r == -ESRCH ? 0 : r);
	inodes_free(&w.held);
	inodes_free(&w.of_heir);
}

void clients_add(struct clients *sum, const struct clients *c)
{
	size_t i;

	sum->tcp += c->tcp;
	sum->local += c->local;
	sum->udp += c->udp;
	sum->behind += c->behind;
	sum->waiting += c->waiting;
	sum->uncounted = sum->uncounted || c->uncounted;
	note_error(sum, c->error);
	for (i = 0; i < c->sockets.count; i++)
		remember(sum, c->sockets.list[i]);
	inodes_sort(&sum->sockets);
}

const char *client_peer(const struct client *c, char *ret, size_t size)
{
	static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const struct socket_row *row = &c->row;
	bool is_mapped =
		row->family == AF_INET6 && memcmp(row->peer_ip, mapped, sizeof(mapped)) == 0;

	ret[0] = '\0';
	if (!c->known)
		return ret;
	return socket_address_text(is_mapped ? AF_INET : row->family,
				   is_mapped ? row->peer_ip + sizeof(mapped) : row->peer_ip,
				   row->peer_port, row->path, ret, size);
}
