/* Loads the embedded program. In its instructions the maps are named by the numbers of
 * nginx/quic_steer_private.h, which are replaced here by descriptors. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nginx/quic_steer_private.h"
#include "nginx/quic_steer_program.h"
#include "nginx/quic_taken.h"
#include "os/bpf.h"

/* The Makefile includes the file that packaging/bpf/compile has written (-include). That file is
 * empty where there is no compiler for BPF. */
#ifndef STEER_IS_BUILT
static const unsigned char program_steer[1];
static const unsigned char program_by_id[1];
#define STEER_IS_BUILT 0
#endif

/* socket(7). Older headers lack them. */
#ifndef SO_ATTACH_REUSEPORT_EBPF
#define SO_ATTACH_REUSEPORT_EBPF 52
#endif
#ifndef SO_DETACH_REUSEPORT_BPF
#define SO_DETACH_REUSEPORT_BPF 68
#endif

/* How many flows are remembered. The kernel drops those that were not used for longest (LRU). */
enum { FLOWS = 16384 };

/* Linux: struct bpf_insn. Loading a number of 64 bits takes two of them; the second one has nothing
 * but the upper half of the number. */
struct instruction {
	uint8_t code;
	uint8_t registers;
	int16_t offset;
	uint32_t number;
};

enum { LOAD_64 = 0x18, MAP_BY_DESCRIPTOR = 1 };

struct named_map {
	uint64_t number;
	int fd;
};

bool steer_program_built(void)
{
	return STEER_IS_BUILT;
}

void steer_program_none(struct steer_program *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->program = ret->state = ret->in_old = ret->in_new = ret->by_id = -1;
}

static void close_if(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

void steer_program_close(struct steer_program *p)
{
	close_if(p->program);
	close_if(p->state);
	close_if(p->in_old);
	close_if(p->in_new);
	close_if(p->by_id);
	steer_program_none(p);
}

/* ---- loading ---- */

/* Before Linux 5.11 maps and programs count as locked memory, and the usual limit of 64 kB is too
 * low for them. */
static bool lift_limit(struct rlimit *ret_before)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	return getrlimit(RLIMIT_MEMLOCK, ret_before) == 0 && setrlimit(RLIMIT_MEMLOCK, &all) == 0;
}

/* One half of `registers` says which register to load, the other what kind of number it is. Which
 * half is which depends on the byte order. */
static void name_descriptor(struct instruction *at, int fd)
{
	static const uint16_t one = 1;
	unsigned char little;

	memcpy(&little, &one, 1);
	at->registers |= little ? MAP_BY_DESCRIPTOR << 4 : MAP_BY_DESCRIPTOR;
	at[0].number = (uint32_t)fd;
	at[1].number = 0;
}

static void name_maps(struct instruction *list, size_t count, const struct named_map *maps,
		      size_t map_count)
{
	size_t i, k;

	for (i = 0; i + 1 < count; i++) {
		uint64_t number;

		if (list[i].code != LOAD_64)
			continue;
		number = list[i].number | (uint64_t)list[i + 1].number << 32;
		for (k = 0; k < map_count; k++) {
			if (maps[k].number == number)
				name_descriptor(&list[i], maps[k].fd);
		}
		i++;
	}
}

static int load_program(const char *name, const unsigned char *code, size_t size,
			const struct named_map *maps, size_t map_count)
{
	size_t count = size / sizeof(struct instruction);
	struct instruction *list = malloc(size);
	struct rlimit before;
	bool lifted;
	int r;

	if (!list)
		return -ENOMEM;
	memcpy(list, code, size);
	name_maps(list, count, maps, map_count);
	lifted = lift_limit(&before);
	r = bpf_program_load(BPF_PROGRAM_REUSEPORT, name, "MIT", list, count, NULL, 0);
	if (lifted)
		(void)setrlimit(RLIMIT_MEMLOCK, &before);
	free(list);
	return r;
}

static int load_steer(const struct steer_program *p, int flows)
{
	struct named_map maps[] = {{QUIC_STEER_STATE, p->state},
				   {QUIC_STEER_IN_OLD, p->in_old},
				   {QUIC_STEER_IN_NEW, p->in_new},
				   {QUIC_STEER_BY_ID, p->by_id},
				   {QUIC_STEER_FLOWS, flows}};

	return load_program(STEER_NAME, program_steer, sizeof(program_steer), maps,
			    sizeof(maps) / sizeof(maps[0]));
}

int steer_by_id_make(int map)
{
	struct named_map maps[] = {{QUIC_STEER_BY_ID, map}};

	if (!STEER_IS_BUILT)
		return -ENOSYS;
	return load_program(STEER_LEFT_NAME, program_by_id, sizeof(program_by_id), maps, 1);
}

/* ---- maps ---- */

static int make_map(const struct bpf_map *wanted)
{
	struct rlimit before;
	bool lifted = lift_limit(&before);
	int r = bpf_map_create(wanted);

	if (lifted)
		(void)setrlimit(RLIMIT_MEMLOCK, &before);
	return r;
}

int steer_flows_make(void)
{
	struct bpf_map map = {.type = BPF_MAP_LRU_HASH,
			      .key_size = sizeof(struct quic_steer_flow),
			      .value_size = sizeof(struct quic_steer_known),
			      .entries = FLOWS,
			      .name = STEER_FLOWS_NAME};

	return STEER_IS_BUILT ? make_map(&map) : -ENOSYS;
}

static int make_state(void)
{
	struct bpf_map map = {.type = BPF_MAP_ARRAY,
			      .key_size = sizeof(uint32_t),
			      .value_size = sizeof(struct quic_steer_state),
			      .entries = 1,
			      .name = STEER_STATE_NAME};

	return make_map(&map);
}

static int make_sockets(const char *name, uint32_t entries)
{
	struct bpf_map map = {.type = BPF_MAP_SOCKMAP,
			      .key_size = sizeof(uint32_t),
			      .value_size = sizeof(uint64_t),
			      .entries = entries};

	memcpy(map.name, name, strlen(name));
	return make_map(&map);
}

static int make_by_id(uint32_t entries)
{
	struct bpf_map map = {.type = BPF_MAP_SOCKHASH,
			      .key_size = sizeof(uint64_t),
			      .value_size = sizeof(uint64_t),
			      .entries = entries,
			      .name = STEER_BY_ID_NAME};

	return make_map(&map);
}

int steer_program_set(struct steer_program *p)
{
	uint32_t first = 0;

	return bpf_map_update(p->state, &first, &p->value);
}

static int add_socket(int map, int by_id, const struct quic_socket *s, uint32_t index)
{
	uint64_t fd = (uint64_t)s->fd;
	int r = bpf_map_update(map, &index, &fd);

	if (!r && by_id >= 0)
		r = bpf_map_update(by_id, &s->cookie, &fd);
	return r;
}

int steer_program_add(struct steer_program *p, const struct quic_socket *s, uint32_t index)
{
	return add_socket(p->in_new, p->value.own_map ? -1 : p->by_id, s, index);
}

static int make_maps(const struct quic_socket *sockets, size_t count, int own_map,
		     struct steer_program *p)
{
	size_t i;
	int r = 0;

	p->state = make_state();
	p->in_old = make_sockets(STEER_OLD_NAME, (uint32_t)count);
	p->in_new = make_sockets(STEER_NEW_NAME, STEER_SOCKETS_MOST);
	p->by_id = own_map >= 0 ? dup(own_map) : make_by_id((uint32_t)count + STEER_SOCKETS_MOST);
	if (p->state < 0)
		return p->state;
	if (p->in_old < 0)
		return p->in_old;
	if (p->in_new < 0)
		return p->in_new;
	if (p->by_id < 0)
		return own_map >= 0 ? -errno : p->by_id;
	for (i = 0; i < count && !r; i++)
		r = add_socket(p->in_old, own_map >= 0 ? -1 : p->by_id, &sockets[i], (uint32_t)i);
	return r ? r : steer_program_set(p);
}

int steer_program_make(const struct quic_socket *sockets, size_t count,
		       const struct quic_steer_state *value, int own_map, int flows,
		       struct steer_program *ret)
{
	struct steer_program p;
	int r;

	if (!STEER_IS_BUILT)
		return -ENOSYS;
	if (count > STEER_SOCKETS_MOST)
		return -E2BIG;
	steer_program_none(&p);
	p.value = *value;
	p.value.old_count = (uint32_t)count;
	r = make_maps(sockets, count, own_map, &p);
	if (!r) {
		p.program = load_steer(&p, flows);
		r = p.program < 0 ? p.program : 0;
	}
	if (r)
		steer_program_close(&p);
	else
		*ret = p;
	return r;
}

/* ---- sockets ---- */

int steer_socket_attach(int fd, int program)
{
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &program, sizeof(program)) < 0
		       ? -errno
		       : 0;
}

int steer_socket_detach(int fd)
{
	int unused = 0;

	return setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof(unused)) < 0
		       ? -errno
		       : 0;
}
