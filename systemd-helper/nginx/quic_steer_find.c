/* Goes through the kernel's list of programs that route sockets of one address: ours, nginx's own,
 * and those of others. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "nginx/quic_steer_found.h"
#include "nginx/quic_steer_program.h"
#include "nginx/quic_taken.h"
#include "os/bpf.h"

/* fd: a descriptor of the program, which is closed after the call. Other than 0 ends the list. */
typedef int program_fn(const struct bpf_program *program, int fd, void *arg);

static int each_program(program_fn *fn, void *arg)
{
	uint32_t id = 0;
	int r = 0;

	while (!r) {
		struct bpf_program program;
		int fd;

		r = bpf_program_next(id, &id);
		if (r)
			break;
		fd = bpf_program_open(id);
		if (fd < 0) {
			r = fd == -ENOENT ? 0 : fd; /* it has just gone */
			continue;
		}
		r = bpf_program_look(fd, &program);
		if (!r && program.type == BPF_PROGRAM_REUSEPORT)
			r = fn(&program, fd, arg);
		(void)close(fd);
	}
	if (r == -EINVAL && !id)
		return -ENOSYS; /* before Linux 4.13 */
	return r == -ENOENT ? 0 : r;
}

/* ---- ours ---- */

struct finding {
	steer_program_fn *fn;
	void *arg;
};

/* Takes over fd if the map is one of those that our program has. */
static bool place_map(int fd, const struct bpf_map *map, struct steer_program *p)
{
	int *place = NULL;

	if (map->type == BPF_MAP_ARRAY && strcmp(map->name, STEER_STATE_NAME) == 0 &&
	    map->value_size == sizeof(p->value))
		place = &p->state;
	else if (map->type == BPF_MAP_SOCKMAP && strcmp(map->name, STEER_OLD_NAME) == 0)
		place = &p->in_old;
	else if (map->type == BPF_MAP_SOCKMAP && strcmp(map->name, STEER_NEW_NAME) == 0)
		place = &p->in_new;
	else if (map->type == BPF_MAP_SOCKHASH)
		place = &p->by_id;
	if (!place || *place >= 0)
		return false;
	*place = fd;
	return true;
}

/* -ENOENT: it has the name of our program, but other maps, so it is not ours. */
static int open_maps(const struct bpf_program *program, struct steer_program *p)
{
	uint32_t i;

	for (i = 0; i < program->map_count && i < BPF_MAPS_MOST; i++) {
		struct bpf_map map;
		int fd = bpf_map_open(program->maps[i]);

		if (fd < 0)
			return fd;
		if (bpf_map_look(fd, &map) < 0 || !place_map(fd, &map, p))
			(void)close(fd);
	}
	return p->state < 0 || p->in_old < 0 || p->in_new < 0 || p->by_id < 0 ? -ENOENT : 0;
}

static int visit_ours(const struct bpf_program *program, int fd, void *arg)
{
	struct finding *f = arg;
	struct steer_program p;
	uint32_t first = 0;
	int r;

	if (strcmp(program->name, STEER_NAME) != 0)
		return 0;
	steer_program_none(&p);
	p.id = program->id;
	r = open_maps(program, &p);
	if (!r)
		r = bpf_map_lookup(p.state, &first, &p.value);
	if (!r) {
		p.program = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		r = p.program < 0 ? -errno : f->fn(&p, f->arg);
	} else if (r == -ENOENT) {
		r = 0;
	}
	steer_program_close(&p);
	return r;
}

int steer_programs_each(steer_program_fn *fn, void *arg)
{
	struct finding f = {fn, arg};

	return each_program(visit_ours, &f);
}

/* ---- others' ---- */

struct rival {
	const struct quic_socket *sockets;
	size_t count;
	uint32_t own_map;
	int own_program;
};

static bool is_one_of_these(const struct rival *v, uint64_t cookie)
{
	size_t i;

	for (i = 0; i < v->count && v->sockets[i].cookie != cookie; i++)
		continue;
	return i < v->count;
}

/* Whether the map has one of the sockets. A map of sockets tells their cookies only where its
 * values have the size of a cookie. With another size we cannot know, and assume that it has. */
static bool holds_one(int fd, const struct bpf_map *map, const struct rival *v)
{
	unsigned char key[64] = {0};
	unsigned char next[64];
	uint64_t cookie;
	bool any = false;

	if (map->type != BPF_MAP_SOCKMAP && map->type != BPF_MAP_SOCKHASH &&
	    map->type != BPF_MAP_REUSEPORT_ARRAY)
		return false;
	if (map->value_size != sizeof(cookie) || map->key_size > sizeof(key))
		return true;
	while (bpf_map_next_key(fd, any ? key : NULL, next) == 0) {
		memcpy(key, next, sizeof(key));
		any = true;
		if (bpf_map_lookup(fd, key, &cookie) == 0 && is_one_of_these(v, cookie))
			return true;
	}
	return false;
}

/* A map that cannot be opened is taken for one without these sockets. */
static bool routes_these(const struct bpf_program *program, const struct rival *v)
{
	uint32_t i;
	bool found = false;

	for (i = 0; i < program->map_count && i < BPF_MAPS_MOST && !found; i++) {
		struct bpf_map map;
		int fd = bpf_map_open(program->maps[i]);

		if (fd < 0)
			continue;
		found = bpf_map_look(fd, &map) == 0 && holds_one(fd, &map, v);
		(void)close(fd);
	}
	return found;
}

/* Whether it is a program of ours for another address, which cannot route these sockets. Its state
 * says so. To look through its maps instead would take milliseconds, as the map for new sockets has
 * many empty entries. */
static bool is_for_another_address(const struct bpf_program *program, const struct rival *v)
{
	struct steer_program p;
	uint32_t first = 0;
	bool another;

	if (strcmp(program->name, STEER_NAME) != 0)
		return false;
	steer_program_none(&p);
	another = open_maps(program, &p) == 0 && bpf_map_lookup(p.state, &first, &p.value) == 0 &&
		  !steer_state_is_of(&p.value, &v->sockets[0].udp);
	steer_program_close(&p);
	return another;
}

static int visit_rival(const struct bpf_program *program, int fd, void *arg)
{
	struct rival *v = arg;

	if (v->own_map && program->map_count == 1 && program->maps[0] == v->own_map) {
		if (v->own_program < 0)
			v->own_program = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		return v->own_program < 0 ? -errno : 0;
	}
	if (strcmp(program->name, STEER_LEFT_NAME) == 0)
		return 0; /* an earlier handover has left it there */
	if (is_for_another_address(program, v))
		return 0;
	return routes_these(program, v) ? -EBUSY : 0;
}

int steer_rival(const struct quic_socket *sockets, size_t count, uint32_t own_map, int *ret_program)
{
	struct rival v = {sockets, count, own_map, -1};
	int r = each_program(visit_rival, &v);

	if (!r)
		*ret_program = v.own_program;
	else if (v.own_program >= 0)
		(void)close(v.own_program);
	return r;
}
