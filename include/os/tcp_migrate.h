/*
 * net.ipv4.tcp_migrate_req: what the kernel does with the queued connections of a reuseport socket
 * that is closed. 0, the default: it resets them. 1: it moves them to another socket of the same
 * address.
 */
#ifndef OS_TCP_MIGRATE_H
#define OS_TCP_MIGRATE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether the setting is 0 in the network namespace of pid, so that it could be turned on. False
 * also where the kernel has no such setting (Linux before 5.14), and where pid is in another
 * network namespace than we are: we can read our own only.
 */
bool tcp_migrate_is_off(pid_t pid);

#endif
