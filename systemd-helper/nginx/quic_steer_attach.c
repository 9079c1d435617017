/* The beginning of steering. Everything is made first, and then attached to group after group, so
 * that most failures come before anything has changed. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nginx/quic_fresh.h"
#include "nginx/quic_steer.h"
#include "nginx/quic_steer_found.h"
#include "nginx/quic_steer_own.h"
#include "nginx/quic_steer_private.h"
#include "nginx/quic_steer_program.h"
#include "nginx/quic_taken.h"
#include "nginx/udp_sockets.h"
#include "os/bpf.h"
#include "trust/subject.h"

struct group {
	const struct quic_socket *sockets; /* in attaching.taken: of one address, all read */
	size_t count;
	int own_map;     /* nginx's, in attaching.maps; -1: none */
	int own_program; /* nginx's; -1: none */
	struct steer_program made;
	bool attached;
};

struct attaching {
	struct quic_taken taken;
	struct quic_maps maps;
	struct group *groups;
	size_t group_count;
	bool fresh;     /* see quic_fresh_needed() */
	int flows;      /* made_flows, or the caller's */
	int made_flows; /* -1: none */
	const char *step;
};

static void release_all(struct attaching *a)
{
	size_t i;

	for (i = 0; i < a->group_count; i++) {
		steer_program_close(&a->groups[i].made);
		if (a->groups[i].own_program >= 0)
			(void)close(a->groups[i].own_program);
	}
	free(a->groups);
	quic_maps_free(&a->maps);
	if (a->made_flows >= 0)
		(void)close(a->made_flows);
	quic_taken_free(&a->taken);
}

/* ---- what the old master has ---- */

/* A socket that nobody reads must not be chosen, so the program is not told of it. */
static void drop_unread(struct quic_taken *t)
{
	size_t i;
	size_t kept = 0;

	for (i = 0; i < t->count; i++) {
		if (t->list[i].read)
			t->list[kept++] = t->list[i];
		else
			(void)close(t->list[i].fd);
	}
	t->count = kept;
}

static int take_sockets(const struct subject *master, const pid_t *workers, size_t count,
			struct attaching *a)
{
	size_t i;
	int r;

	a->step = "take the sockets of the old master";
	r = quic_take(master, workers, count, &a->taken);
	if (r)
		return r;
	a->step = "take the maps of the old master";
	r = quic_maps_take(master, &a->maps);
	if (r)
		return r;
	a->step = "look for a group of sockets: listen has no reuseport";
	r = quic_fresh_needed(&a->taken, &a->maps, &a->fresh);
	if (r)
		return r;
	drop_unread(&a->taken);
	if (!a->taken.count)
		return -ENOENT;
	for (i = 0; i < a->taken.count; i++) {
		if (!a->taken.list[i].shared)
			return -ENOTSUP;
	}
	return 0;
}

static int split_into_groups(struct attaching *a)
{
	size_t from, n;

	a->step = "note the addresses";
	a->groups = calloc(a->taken.count, sizeof(a->groups[0]));
	if (!a->groups)
		return -ENOMEM;
	for (from = 0; from < a->taken.count; from += n) {
		struct group *g = &a->groups[a->group_count++];

		n = quic_taken_of_address(&a->taken, from);
		g->sockets = &a->taken.list[from];
		g->count = n;
		g->own_map = g->own_program = -1;
		steer_program_none(&g->made);
	}
	return 0;
}

/* Finds nginx's map and program for that group. The map is known by the sockets in it, and by
 * nothing else. */
static int find_own(struct attaching *a, struct group *g, uint32_t *ret_map)
{
	struct bpf_map map;
	uint64_t cookie;
	size_t i;
	int r;

	a->step = "find out who routes these sockets";
	*ret_map = 0;
	for (i = 0; i < a->maps.count; i++) {
		if (bpf_map_lookup(a->maps.list[i], &g->sockets[0].cookie, &cookie) == 0)
			break;
	}
	if (i < a->maps.count) {
		r = bpf_map_look(a->maps.list[i], &map);
		if (r)
			return r;
		*ret_map = map.id;
		g->own_map = a->maps.list[i];
	}
	return steer_rival(g->sockets, g->count, *ret_map, &g->own_program);
}

static int make_program(struct attaching *a, struct group *g, const struct quic_steer_state *common)
{
	struct quic_steer_state value = *common;
	int r = find_own(a, g, &value.own_map);

	if (r)
		return r;
	a->step = "load the program";
	value.to = QUIC_STEER_OLD;
	value.group = (uint32_t)(g - a->groups);
	value.family = (uint32_t)g->sockets[0].udp.family;
	value.port = g->sockets[0].udp.port;
	memcpy(value.ip, g->sockets[0].udp.ip, sizeof(value.ip));
	return steer_program_make(g->sockets, g->count, &value, g->own_map, a->flows, &g->made);
}

static int make_all_programs(const struct subject *master, struct attaching *a)
{
	struct quic_steer_state common;
	size_t i;
	int r = split_into_groups(a);

	if (r)
		return r;
	a->step = "make the map of flows";
	if (a->flows < 0)
		a->flows = a->made_flows = steer_flows_make();
	if (a->flows < 0)
		return a->flows;
	memset(&common, 0, sizeof(common));
	r = steer_network(master->process.pid, &common.network);
	for (i = 0; i < a->group_count && !r; i++)
		r = make_program(a, &a->groups[i], &common);
	return r;
}

/* ---- attaching ---- */

/* Puts back what was there before, after a failure. */
static void give_back(struct attaching *a)
{
	size_t i;

	for (i = 0; i < a->group_count; i++) {
		struct group *g = &a->groups[i];

		if (!g->attached)
			continue;
		if (g->own_program >= 0)
			(void)steer_socket_attach(g->sockets[0].fd, g->own_program);
		else
			(void)steer_socket_detach(g->sockets[0].fd);
	}
}

static int attach_all(const struct subject *master, struct attaching *a)
{
	size_t i;
	int r = 0;

	a->step = "attach the program";
	for (i = 0; i < a->group_count && !r; i++) {
		r = subject_same(master);
		if (!r)
			r = steer_socket_attach(a->groups[i].sockets[0].fd,
						a->groups[i].made.program);
		a->groups[i].attached = !r;
	}
	if (r) {
		give_back(a);
		return r;
	}
	for (i = 0; i < a->group_count; i++) {
		struct group *g = &a->groups[i];

		if (g->own_program >= 0)
			steer_own_keep(g->made.value.own_map, g->own_program);
		g->own_program = -1;
	}
	return 0;
}

static void tell_attached(const struct attaching *a, struct quic_steer *ret)
{
	size_t i;

	ret->to = QUIC_STEER_OLD;
	ret->fresh = a->fresh;
	ret->groups = (unsigned)a->group_count;
	for (i = 0; i < a->group_count; i++)
		udp_add_where(ret->where, &a->groups[i].sockets[0].udp);
}

int quic_steer_prepare(void)
{
	return steer_flows_make();
}

int quic_steer_attach(const struct subject *old_master, const pid_t *workers, size_t count,
		      int flows, struct quic_steer *ret)
{
	struct attaching a;
	struct quic_steer there;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->step = "";
	if (!steer_program_built())
		return -ENOSYS;
	memset(&a, 0, sizeof(a));
	a.flows = flows;
	a.made_flows = -1;
	a.step = "look for a program of ours that is attached already";
	r = quic_steer_look(old_master, NULL, &there);
	if (!r && there.to != QUIC_STEER_NONE)
		r = -EALREADY;
	if (!r)
		r = take_sockets(old_master, workers, count, &a);
	if (!r)
		r = make_all_programs(old_master, &a);
	if (!r)
		r = attach_all(old_master, &a);
	if (!r)
		tell_attached(&a, ret);
	else
		ret->step = a.step;
	release_all(&a);
	return r;
}
