/*
 * Sockets in the network namespace of another process. A socket stays in the namespace in which it
 * was made, whatever its owner does later (network_namespaces(7)).
 */
#ifndef OS_NETWORK_H
#define OS_NETWORK_H

#include <sys/types.h>

/* A descriptor of the namespace of that process, to be closed; -1: it is ours. -errno. */
int network_of(pid_t pid, int *ret);

/* As socket(2), in that namespace (-1: in ours), non-blocking and O_CLOEXEC: descriptor or -errno.
 */
int network_socket(int network, int domain, int type, int protocol);

#endif
