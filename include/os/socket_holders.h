/*
 * Which sockets a process has open, and on which of them it waits for events (epoll). Sockets are
 * identified by inode: no two existing sockets have the same.
 *
 *	inodes_init -> sockets_held / sockets_read ... -> inodes_have ... -> inodes_free
 */
#ifndef OS_SOCKET_HOLDERS_H
#define OS_SOCKET_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A set of inodes. Sorted after each call below that adds to it, but for inodes_add(). */
struct inodes {
	uint64_t *list;
	size_t count;
	size_t room;
};

void inodes_init(struct inodes *s);
void inodes_free(struct inodes *s);
bool inodes_have(const struct inodes *s, uint64_t inode);

/*
 * To build a set by hand: add, then sort before any other call. inodes_add() returns 0 or -ENOMEM,
 * and does not look whether the inode is there already.
 */
int inodes_add(struct inodes *s, uint64_t inode);
void inodes_sort(struct inodes *s);

/* Adds all sockets that a process has open (/proc/PID/fd). 0 or -errno. */
int sockets_held(pid_t pid, struct inodes *ret);

/* The same for several processes, faster than one by one. Those that are gone are skipped. */
int sockets_held_by_all(const pid_t *pids, size_t count, struct inodes *ret);

/*
 * Calls fn for each descriptor of a process that is a socket, with the socket's inode. Ends when fn
 * returns other than 0, and returns that; else 0 or -errno. One socket may have several
 * descriptors.
 */
typedef int socket_fd_fn(int fd, uint64_t inode, void *arg);
int sockets_each_fd(pid_t pid, socket_fd_fn *fn, void *arg);

/*
 * Adds the sockets in a process's epoll sets (/proc/PID/fdinfo: tfd, and from Linux 4.13 on ino). A
 * process need not read every socket that it has open: workers inherit all. 0; -ENOTSUP: the
 * process has no epoll set (it uses select or poll), or the kernel does not show what is in it; or
 * -errno.
 */
int sockets_read(pid_t pid, struct inodes *ret);

/*
 * The same for workers that were forked one after the other, and much faster: looks for an epoll
 * set at descriptors near that of the worker before, and adds the sockets of that set only. A
 * socket that is missing then may be in another epoll set of the worker. *number: the descriptor of
 * the last epoll set, 0 before the first call.
 */
int sockets_read_near(pid_t pid, int *number, struct inodes *ret);

/* What all of these read; a process that has gone reads nothing. `quick`: by sockets_read_near(). 0
 * or -errno as of sockets_read(). */
int sockets_read_by_all(const pid_t *pids, size_t count, bool quick, struct inodes *ret);

#endif
