/*
 * net.ipv4.tcp_migrate_req: what becomes of the connections that wait on a reuseport socket when it
 * closes. 0, as it is from the start: they are reset. 1: the kernel moves them to another socket of
 * the address.
 */
#ifndef OS_TCP_MIGRATE_H
#define OS_TCP_MIGRATE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * It could be turned on in the network namespace of pid. False also before Linux 5.14, which has no
 * such setting, and where the namespace is not ours: we are shown our own.
 */
bool tcp_migrate_is_off(pid_t pid);

#endif
