/*
 * What the program in the kernel (systemd-helper/bpf/steer.c) and its loader (quic_steer_*.c)
 * share. It is compiled for both, so it includes no header of the system but stdint.h.
 *
 * A group is all sockets of one address. Each group has a program of its own with maps of its own;
 * only the map of flows is common to all groups.
 */
#ifndef NGINX_QUIC_STEER_PRIVATE_H
#define NGINX_QUIC_STEER_PRIVATE_H

#include <stdint.h>

/*
 * In the compiled program these numbers stand for its maps. The loader replaces each by the
 * descriptor of a map, so no relocations of an object file are needed.
 */
#define QUIC_STEER_STATE  0x8c53d6e1f04b97a2ULL /* array of one quic_steer_state */
#define QUIC_STEER_BY_ID  0x3b9fa7582dc6e410ULL /* hash of sockets by cookie: the whole group */
#define QUIC_STEER_IN_OLD 0xe17064cb9a3d5f28ULL /* array of sockets: the old generation's */
#define QUIC_STEER_IN_NEW 0x529ec8307fb1d46bULL /* likewise, the new one's */
#define QUIC_STEER_FLOWS  0xc6a81df4530e7b99ULL /* quic_steer_flow -> quic_steer_known */

/* The value in the array of state. All zero: the kernel chooses a socket by itself. */
struct quic_steer_state {
	uint32_t to; /* enum quic_steer_to */
	uint32_t old_count;
	uint32_t new_count;
	uint32_t group;   /* tells the flows of one address from another's */
	uint32_t own_map; /* the kernel's number of nginx's map; 0: BY_ID is a map of ours */
	uint32_t family;
	uint32_t port;
	uint32_t unused;
	uint8_t ip[16];   /* as the address lies in memory; IPv4: the first four */
	uint64_t network; /* the inode of the network namespace */
};

/* A flow, by the client's address and port. */
struct quic_steer_flow {
	uint8_t address[16];
	uint32_t port_and_group;
};

/* What is known of a flow since its first packet. */
struct quic_steer_known {
	uint64_t id;     /* the connection id that the client made up for that packet */
	uint32_t is_new; /* 1: it went to the new generation */
	uint32_t unused;
};

#endif
