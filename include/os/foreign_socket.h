/*
 * Sockets of another process, used through a duplicate of its descriptor (pidfd_getfd(2), Linux
 * 5.6). What is done to the duplicate is done to the socket itself. The kernel permits this to
 * whoever may trace that process.
 *
 *	foreign_socket_open -> socket_cookie, socket_leave_lookup -> close
 */
#ifndef OS_FOREIGN_SOCKET_H
#define OS_FOREIGN_SOCKET_H

#include <stdint.h>

#include "os/process.h"

/*
 * Whether descriptors of that process can be duplicated; duplicates none. 0; -ENOSYS: not on this
 * kernel; -EPERM: refused (Yama, or a missing capability); -ESRCH: the process is gone; or -errno.
 */
int foreign_socket_permitted(const struct process *p);

/*
 * Duplicates a descriptor of that process: returns ours (close-on-exec), which the caller closes.
 * Tries as the user that this run acts as, and if refused as root. -EBADF: the process has no
 * descriptor fd; other errors as of foreign_socket_permitted().
 */
int foreign_socket_open(const struct process *p, int fd);

/* The kernel's number for a socket; never reused (SO_COOKIE, Linux 4.12). 0 or -errno. */
int socket_cookie(int fd, uint64_t *ret);

/*
 * 1: a UDP socket that is bound, shares its address with others (SO_REUSEPORT) and has no peer. 0:
 * anything else. Or -errno.
 */
int socket_shares_address(int fd);

/*
 * Takes such a socket out of the kernel's choice among those that share the address: connects it to
 * a peer that never sends, port 9 (discard) of its own address or of the loopback. From then on
 * nothing is delivered to it. 0 or -errno.
 */
int socket_leave_lookup(int fd);

#endif
