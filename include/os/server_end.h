/*
 * The other end of a connection that this process has made to a socket of its own machine and
 * network namespace. That connect(2) succeeds says only that somebody listens: the kernel completes
 * a connection and keeps it until it is accepted. From then on its other end has an inode, and the
 * process that accepted it has that open. Tells by sock_diag(7), for one connection at a time and
 * many times quicker than any list of sockets.
 *
 *	server_ends_open -> server_end ... -> close(2)
 */
#ifndef OS_SERVER_END_H
#define OS_SERVER_END_H

#include <stdint.h>
#include <sys/socket.h>

enum server_end {
	SERVER_END_WAITS, /* nobody has accepted it, or there was no more room for it to wait */
	SERVER_END_TAKEN, /* it was accepted */
	SERVER_END_HALF,  /* TCP: data must come first (TCP_DEFER_ACCEPT) */
	SERVER_END_NONE   /* no such connection is here: it was closed there, or goes elsewhere */
};

/* A descriptor for what follows, or -errno. network: where the connections are, see os/network.h.
 */
int server_ends_open(int network);

/*
 * fd: the connection; to: what connect(2) was given, of which unix sockets need nothing.
 * *ret_inode is set with SERVER_END_TAKEN. A unix socket that was closed there waits, too: recv(2)
 * tells. 0; -ENOTSUP where the kernel does not tell (unix sockets
 * before Linux 3.3); or -errno.
 */
int server_end(int netlink, int fd, const struct sockaddr *to, enum server_end *ret,
	       uint64_t *ret_inode);

#endif
