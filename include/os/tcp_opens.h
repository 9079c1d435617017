/* How many TCP connections were made to a network namespace. */
#ifndef OS_TCP_OPENS_H
#define OS_TCP_OPENS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The connections to all listening sockets in the network namespace of that process, over IPv4 and
 * IPv6, since the namespace was created: PassiveOpens in /proc/PID/net/snmp (RFC 4022:
 * tcpPassiveOpens). The kernel's counter has at least 32 bits. 0 or -errno.
 */
int tcp_opens_of(pid_t pid, uint64_t *ret);

/* The same number in the text of that file. 0 or -EBADMSG. Pure. */
int tcp_opens_parse(const char *text, uint64_t *ret);

#endif
