/*
 * The network namespace of another process, and sockets in it. A socket stays in the namespace in
 * which it was created, whatever its owner does later (network_namespaces(7)).
 */
#ifndef OS_NETWORK_H
#define OS_NETWORK_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a process is in our own network namespace. False also where that cannot be told: before
 * Linux 3.8 no two of these files are the same, and before 3.0 there are none.
 */
bool network_is_ours(pid_t pid);

/*
 * *ret: a descriptor of the process's network namespace, which the caller closes; -1: it is our
 * own, or the kernel has no such descriptors (Linux before 3.0). 0 or -errno.
 */
int network_of(pid_t pid, int *ret);

/*
 * As socket(2), in that namespace (-1: in our own); non-blocking and close-on-exec. Returns a
 * descriptor or -errno.
 */
int network_socket(int network, int domain, int type, int protocol);

#endif
