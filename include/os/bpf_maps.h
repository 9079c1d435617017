/* The BPF maps of sockets that a process has open, by /proc/PID/fdinfo: how many each can hold. */
#ifndef OS_BPF_MAPS_H
#define OS_BPF_MAPS_H

#include <sys/types.h>

/* Of its hashes of sockets (BPF_MAP_TYPE_SOCKHASH) the largest. 0: it has none. 0 or -errno. */
int bpf_maps_room(pid_t pid, unsigned *ret);

#endif
