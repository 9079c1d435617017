/*
 * The BPF maps of sockets (BPF_MAP_TYPE_SOCKHASH) that a process has open, and how many sockets
 * each can hold. Read from /proc/PID/fd and /proc/PID/fdinfo.
 */
#ifndef OS_BPF_MAPS_H
#define OS_BPF_MAPS_H

#include <sys/types.h>

/* *ret: how many sockets the largest of its maps can hold; 0: it has no map. 0 or -errno. */
int bpf_maps_room(pid_t pid, unsigned *ret);

/*
 * Calls fn for each descriptor of the process that leads to such a map; room: how many sockets the
 * map can hold. Ends when fn returns other than 0, and returns that; else 0 or -errno. Two
 * descriptors may lead to the same map.
 */
typedef int bpf_maps_fn(int fd, unsigned room, void *arg);
int bpf_maps_each(pid_t pid, bpf_maps_fn *fn, void *arg);

#endif
