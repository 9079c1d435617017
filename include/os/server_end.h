/*
 * The server's end of a connection that this process has made to a server on this machine, in one
 * network namespace. That connect(2) succeeds means only that somebody listens: the kernel
 * completes the connection and queues it until the server accepts it. Once accepted, the server's
 * end has an inode, which the process that accepted it has open. sock_diag(7) tells for one
 * connection, much faster than a list of all sockets.
 *
 *	server_ends_open -> server_end ... -> close(2)
 */
#ifndef OS_SERVER_END_H
#define OS_SERVER_END_H

#include <stdint.h>
#include <sys/socket.h>

enum server_end {
	SERVER_END_WAITS, /* not accepted yet: in the queue, or the queue is full */
	SERVER_END_TAKEN, /* accepted */
	SERVER_END_HALF,  /* TCP: the server wants data first (TCP_DEFER_ACCEPT) */
	SERVER_END_NONE   /* the server has closed it, or is not on this machine or namespace */
};

/* Returns a descriptor for server_end(), or -errno. network: as in network_socket(). */
int server_ends_open(int network);

/*
 * fd: our end of the connection; to: the address that connect(2) was given (for a unix socket only
 * its family is used). *ret_inode: the inode of the server's end, only with SERVER_END_TAKEN. A
 * unix connection that the server has closed is SERVER_END_WAITS, too; only recv(2) tells the
 * difference. 0; -ENOTSUP: the kernel does not tell (unix sockets before Linux 3.3); or -errno.
 */
int server_end(int netlink, int fd, const struct sockaddr *to, enum server_end *ret,
	       uint64_t *ret_inode);

#endif
