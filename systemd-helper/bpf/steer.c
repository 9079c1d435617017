/*
 * Runs in the kernel for each datagram that arrives at a group of QUIC sockets, and chooses one of
 * them. It is compiled for the target BPF and embedded; see packaging/bpf. The kernel refuses to
 * load a program with loops, with calls of functions that are not inlined, or with pointers that
 * may be out of bounds.
 *
 * A connection id made by nginx begins with the cookie of the connection's socket, whether quic_bpf
 * is on or off (nginx: ngx_quic_create_server_id). A packet with such an id goes to that socket.
 * All other packets go by their flow: a flow that begins after the switch goes to the new
 * generation.
 */
#include <stdint.h>

#include "nginx/quic_steer_private.h"

/* Linux: SK_PASS. If no socket was chosen, the kernel chooses one by its hash. */
enum { PASS = 1 };

enum { TO_NEW = 2 }; /* QUIC_STEER_NEW */

enum { UDP_HEADER = 8, FROM_NETWORK_HEADER = 1 };

/* RFC 9000, 17.2: "form, fixed, type, ..., version, length of the id, id"; 17.3: "form, ...,
 * id". */
enum { LONG_FORM = 0x80, ID_LENGTH_AT = 5, LONG_ID_AT = 6, SHORT_ID_AT = 1, HEAD_SIZE = 14 };
enum { TYPE_SHIFT = 4, TYPE_MASK = 3, TYPE_INITIAL = 0, TYPE_0RTT = 1 };

/* The length of ids that nginx makes (nginx: NGX_QUIC_SERVER_CID_LEN). Clients may make ids of the
 * same length. */
enum { SERVER_ID_LENGTH = 20 };

/* Linux: struct sk_reuseport_md */
struct datagram {
	uint64_t data;
	uint64_t data_end;
	uint32_t length;
	uint32_t ethernet_protocol;
	uint32_t ip_protocol;
	uint32_t bound_to_any;
	uint32_t hash;
};

/* Linux: enum bpf_func_id */
typedef void *lookup_fn(void *map, const void *key);
typedef long update_fn(void *map, const void *key, const void *value, uint64_t flags);
typedef long load_fn(const void *d, uint32_t offset, void *to, uint32_t size);
typedef long load_from_fn(const void *d, uint32_t offset, void *to, uint32_t size, uint32_t from);
typedef long choose_fn(void *d, void *map, void *key, uint64_t flags);

/* The kernel's functions are called by their numbers. An older gcc for BPF needs an attribute for
 * that. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__has_attribute)
#if __has_attribute(kernel_helper)
#define HELPER(type, name, number) extern type name __attribute__((kernel_helper(number)))
#endif
#endif
#ifndef HELPER
#define HELPER(type, name, number) static type *const name = (type *)(number)
#endif
HELPER(lookup_fn, lookup, 1);
HELPER(update_fn, update, 2);
HELPER(load_fn, load, 26);
HELPER(load_from_fn, load_from, 68);
HELPER(choose_fn, choose, 82);

#define MAP(number) ((void *)(uintptr_t)(number))

struct packet {
	uint64_t id;      /* the first 8 bytes of the destination's connection id, big endian */
	uint32_t begins;  /* it may be the first of a connection */
	uint32_t servers; /* the id may have been made by nginx */
};

int steer_datagram(struct datagram *d);
int datagram_by_id(struct datagram *d);

static inline uint64_t big_endian_64(const uint8_t *p)
{
	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
	       (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
	       (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

static inline int read_packet(struct datagram *d, struct packet *ret)
{
	uint8_t head[HEAD_SIZE];
	uint32_t type;

	if (load(d, UDP_HEADER, head, sizeof(head)) < 0)
		return 0;
	type = head[0] >> TYPE_SHIFT & TYPE_MASK;
	if (head[0] & LONG_FORM) {
		ret->id = big_endian_64(head + LONG_ID_AT);
		ret->begins = type == TYPE_INITIAL || type == TYPE_0RTT;
		ret->servers = head[ID_LENGTH_AT] == SERVER_ID_LENGTH;
	} else {
		ret->id = big_endian_64(head + SHORT_ID_AT);
		ret->begins = 0;
		ret->servers = 1;
	}
	return 1;
}

static inline int read_flow(struct datagram *d, uint32_t group, struct quic_steer_flow *ret)
{
	uint8_t version = 0;
	uint16_t port = 0;

	if (load(d, 0, &port, sizeof(port)) < 0 ||
	    load_from(d, 0, &version, sizeof(version), FROM_NETWORK_HEADER) < 0)
		return 0;
	ret->port_and_group = group << 16 | port;
	if (version >> 4 == 6)
		return load_from(d, 8, ret->address, 16, FROM_NETWORK_HEADER) == 0;
	return load_from(d, 12, ret->address, 4, FROM_NETWORK_HEADER) == 0;
}

/*
 * Chooses as the kernel does: a flow goes to the same socket as long as the number of sockets stays
 * the same. A socket that was closed meanwhile, by a reload to fewer workers, is not in the map any
 * more; then another one is tried. 1: a socket was chosen.
 */
static inline int choose_by_hash(struct datagram *d, void *map, uint32_t count)
{
	uint32_t index = (uint32_t)((uint64_t)d->hash * count >> 32);

	if (!count)
		return 0;
	if (choose(d, map, &index, 0) == 0)
		return 1;
	index = index ? index - 1 : count - 1;
	if (choose(d, map, &index, 0) == 0)
		return 1;
	index = 0;
	return choose(d, map, &index, 0) == 0;
}

/*
 * 1: the packet is for the new generation. A client that sends its first packet again stays where
 * the first one went. So does one that answers a Retry, whose id the server made up. A first packet
 * with another id is a new connection from the same port.
 */
static inline uint32_t generation(const struct quic_steer_state *state, const struct packet *p,
				  const struct quic_steer_flow *flow)
{
	struct quic_steer_known *known = lookup(MAP(QUIC_STEER_FLOWS), flow);
	struct quic_steer_known begun = {.id = p->id};

	if (known && (!p->begins || p->servers || known->id == p->id))
		return known->is_new;
	if (!p->begins)
		return 0;
	begun.is_new = state->to == TO_NEW;
	(void)update(MAP(QUIC_STEER_FLOWS), flow, &begun, 0);
	return begun.is_new;
}

__attribute__((section("steer"), used)) int steer_datagram(struct datagram *d)
{
	struct quic_steer_flow flow = {.port_and_group = 0};
	struct quic_steer_state *state;
	struct packet p;
	uint32_t first = 0;
	uint32_t is_new = 0;

	state = lookup(MAP(QUIC_STEER_STATE), &first);
	if (!state)
		return PASS;
	if (read_packet(d, &p)) {
		if (p.servers && choose(d, MAP(QUIC_STEER_BY_ID), &p.id, 0) == 0)
			return PASS;
		if (read_flow(d, state->group, &flow))
			is_new = generation(state, &p, &flow);
	}
	/* A generation that has gone has no sockets in its map: then the other generation's. */
	if (is_new) {
		if (!choose_by_hash(d, MAP(QUIC_STEER_IN_NEW), state->new_count))
			(void)choose_by_hash(d, MAP(QUIC_STEER_IN_OLD), state->old_count);
	} else if (!choose_by_hash(d, MAP(QUIC_STEER_IN_OLD), state->old_count)) {
		(void)choose_by_hash(d, MAP(QUIC_STEER_IN_NEW), state->new_count);
	}
	return PASS;
}

/* Does what nginx's own program does, for when that is lost: the kernel unloads it when ours is
 * attached in its place and the run that kept a descriptor of it has died. */
__attribute__((section("by_id"), used)) int datagram_by_id(struct datagram *d)
{
	struct packet p;

	if (read_packet(d, &p))
		(void)choose(d, MAP(QUIC_STEER_BY_ID), &p.id, 0);
	return PASS;
}
