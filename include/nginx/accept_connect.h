/*
 * Proves that workers of the new generation accept connections. It connects to the addresses of
 * HTTP until each worker has accepted once, or enough was tried. Each connection is closed without
 * sending anything: nginx logs nothing of it in an access log, and one line of level "info" in the
 * error log. A worker has accepted a connection when it has the other end of it open.
 *
 *	accept_connect_begin -> accept_connect_step ... -> accept_connect_end
 *
 * Without `reuseport` all workers wait at one socket, and chance decides which of them accepts. So
 * a worker that hangs is not noticed while another one serves. With `reuseport` each worker has a
 * socket of its own, and one that hangs is noticed.
 */
#ifndef NGINX_ACCEPT_CONNECT_H
#define NGINX_ACCEPT_CONNECT_H

#include <stddef.h>
#include <stdint.h>

#include "nginx/accept_sockets.h"
#include "nginx/http_place.h"
#include "nginx/probe.h"
#include "os/socket_holders.h"
#include "trust/path.h"
#include "trust/subject.h"

enum { ACCEPT_CONNECTIONS = 64 };

/* The workers that accept now. What one of the old generation accepts proves nothing. */
struct acceptors {
	const pid_t *workers; /* of the new generation */
	size_t count;
	const pid_t *old;
	size_t old_count;
};

struct accept_place {
	const struct accept_socket *socket; /* the first of that address */
	struct inodes by;                   /* the pids of workers that have accepted */
	unsigned tried;                     /* connections that were made */
	unsigned most;                      /* so many are made at most */
	unsigned going;                     /* connections that are open now */
	uint64_t full_us; /* unix: the queue has been full since then; 0: it is not */
	bool untold;      /* a connection's fate cannot be seen, so no more are made */
};

struct accept_connection {
	int fd;
	struct sockaddr_storage to;
	struct accept_place *place;
	uint64_t began_us;
	uint64_t inode; /* of its other end; 0: nobody has accepted it yet */
	unsigned looks; /* how often its acceptor was looked for */
};

struct accept_connect {
	struct http_place where;
	int netlink;
	bool is_open;
	struct accept_place *places;
	size_t count;
	struct accept_connection list[ACCEPT_CONNECTIONS];
	size_t going;
	uint64_t limit_us;                 /* a connection must be accepted within this time */
	const struct accept_place *failed; /* where none was; NULL: nowhere */
};

/*
 * Prepares connections to those of `sockets` that are `wanted`. `sockets` and `master` must stay
 * valid until the end. 0, also where the kernel does not show who accepts (nothing is tried then),
 * or -ENOMEM.
 */
int accept_connect_begin(struct accept_connect *c, const struct subject *master,
			 const struct believed *believed, const struct accept_sockets *sockets,
			 uint64_t limit_us);

/* One step: looks at the connections that are open, and makes new ones. Never waits. PROBE_GOING:
 * call it again later. */
enum probe_state accept_connect_step(struct accept_connect *c, const struct acceptors *by);

/* The number of addresses where a worker was seen to accept. */
size_t accept_connect_proven(const struct accept_connect *c);

/* Closes and frees everything. May be called again, and on a zeroed one. */
void accept_connect_end(struct accept_connect *c);

#endif
