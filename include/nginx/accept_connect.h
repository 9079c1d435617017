/*
 * Connects to addresses of HTTP until each worker of the new generation has accepted once, or
 * enough was tried, and closes again without having said a word: that leaves no line in an access
 * log, and one of level "info" in the error log. That a worker has accepted is proven by its having
 * the other end of the connection open.
 *
 *	accept_connect_begin -> accept_connect_step ... -> accept_connect_end
 *
 * Without `reuseport` all workers wait at one socket, and it is chance who accepts: one that hangs
 * is not noticed where another serves. With it, each has a socket of its own, and is.
 */
#ifndef NGINX_ACCEPT_CONNECT_H
#define NGINX_ACCEPT_CONNECT_H

#include "nginx/accept_sockets.h"
#include "nginx/http_place.h"
#include "nginx/probe.h"
#include "os/socket_holders.h"

enum { ACCEPT_CONNECTIONS = 64 };

struct accept_place {
	const struct accept_socket *socket; /* the first of that address */
	struct inodes by;                   /* the pids of those who have accepted */
	unsigned tried;
	unsigned most; /* are tried */
	unsigned going;
	uint64_t full_us; /* unix: since then there is no room to wait in the queue */
	bool untold;      /* what came of one cannot be told: no more are tried */
};

struct accept_connection {
	int fd;
	struct sockaddr_storage to;
	struct accept_place *place;
	uint64_t began_us;
	uint64_t inode; /* of its other end; 0: nobody has accepted it yet */
	unsigned looks; /* at who has that */
};

struct accept_connect {
	struct http_place where;
	int netlink;
	bool is_open;
	struct accept_place *places;
	size_t count;
	struct accept_connection list[ACCEPT_CONNECTIONS];
	size_t going;
	uint64_t limit_us;                 /* for each connection */
	const struct accept_place *failed; /* nobody has accepted there in that time */
};

/*
 * To those of `sockets` that are wanted; both must live as long. 0, also where nothing can be told,
 * or -ENOMEM.
 */
int accept_connect_begin(struct accept_connect *c, const struct subject *master,
			 const struct believed *believed, const struct accept_sockets *sockets,
			 uint64_t limit_us);

/* Never waits. The workers are those of the new generation that accept now. */
enum probe_state accept_connect_step(struct accept_connect *c, const pid_t *workers, size_t count);

/* Addresses where a worker was seen to accept. */
size_t accept_connect_proven(const struct accept_connect *c);

/* Accepts one that is zeroed, or was ended. */
void accept_connect_end(struct accept_connect *c);

#endif
