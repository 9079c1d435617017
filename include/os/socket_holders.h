/*
 * Who has a socket open, and who waits for what comes in on it. Sockets are known by their inodes,
 * which no two living ones share.
 *
 *	inodes_init -> sockets_held / sockets_read ... -> inodes_have ... -> inodes_free
 */
#ifndef OS_SOCKET_HOLDERS_H
#define OS_SOCKET_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A set; sorted when one of the calls below has returned. There is no bound on its size. */
struct inodes {
	uint64_t *list;
	size_t count;
	size_t room;
};

void inodes_init(struct inodes *s);
void inodes_free(struct inodes *s);
bool inodes_have(const struct inodes *s, uint64_t inode);

/* For who makes a set himself: it is in no order until inodes_sort(). 0 or -ENOMEM. */
int inodes_add(struct inodes *s, uint64_t inode);
void inodes_sort(struct inodes *s);

/* Adds all sockets that a process has open (/proc/PID/fd). 0 or -errno. */
int sockets_held(pid_t pid, struct inodes *ret);

/* The same for several at once, which is quicker. Who has gone has none. */
int sockets_held_by_all(const pid_t *pids, size_t count, struct inodes *ret);

/*
 * Adds the sockets in a process's epoll sets (/proc/PID/fdinfo: tfd, and from Linux 4.13 on ino).
 * That a process has one open does not mean that it reads it: workers inherit all. 0; -ENOTSUP: it
 * has no epoll set (select, poll), or the kernel does not show what is in it; or -errno.
 */
int sockets_read(pid_t pid, struct inodes *ret);

/*
 * The same of workers that were forked one after the other, and many times quicker: an epoll set is
 * looked for near the number that the last one had, and what it holds is all that is added. *number
 * is 0 at first. What is missing then may be in another epoll set.
 */
int sockets_read_near(pid_t pid, int *number, struct inodes *ret);

#endif
