/* Steering: looking at it, the switch, and the end. The beginning is in quic_steer_attach.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nginx/quic_steer.h"
#include "nginx/quic_steer_found.h"
#include "nginx/quic_steer_own.h"
#include "nginx/quic_steer_program.h"
#include "nginx/quic_taken.h"
#include "nginx/udp_sockets.h"
#include "os/bpf.h"
#include "os/clock.h"
#include "os/socket_holders.h"
#include "trust/subject.h"

/* How long to wait for somebody else to close a descriptor of our program. */
#define LOOKED_AT_US 200000u

/* The sockets that the master has open. A master that has gone has none. */
static int held_by(const struct subject *master, struct inodes *ret)
{
	int r = master->process.pid > 0 ? sockets_held(master->process.pid, ret) : 0;

	return r == -ESRCH ? 0 : r;
}

bool quic_steer_built(void)
{
	return steer_program_built();
}

static void clear(struct quic_steer *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->step = "";
}

/* ---- the look ---- */

int quic_steer_look(const struct subject *old_master, const struct subject *new_master,
		    struct quic_steer *ret)
{
	struct steer_found found;
	int r;

	clear(ret);
	r = steer_find(old_master, new_master, &found);
	if (r)
		return r;
	steer_tell(&found, ret);
	steer_found_free(&found);
	return 0;
}

/* ---- the switch ---- */

static bool is_new(const struct steer_program *p, const struct quic_socket *s,
		   const struct inodes *old)
{
	return s->shared && steer_state_is_of(&p->value, &s->udp) &&
	       !inodes_have(old, s->udp.inode);
}

/* How many sockets of its own the new generation has at the program's address; -EAGAIN: workers do
 * not read all of them yet. */
static int count_ready(const struct steer_program *p, const struct quic_taken *t,
		       const struct inodes *old)
{
	size_t i;
	int count = 0;

	for (i = 0; i < t->count; i++) {
		if (!is_new(p, &t->list[i], old))
			continue;
		if (!t->list[i].read)
			return -EAGAIN;
		count++;
	}
	return count > STEER_SOCKETS_MOST ? -E2BIG : count;
}

/*
 * Puts the new sockets of one address into the program's map, in the order that they will have in
 * the kernel's group at the end. Old sockets leave the group from the last to the first, and the
 * kernel puts the last socket of the group in the place of each (see quic_heal.c). With the same
 * order here, a client that is dealt by the kernel's hash keeps its socket when the program goes.
 */
static int fill_new(struct steer_program *p, const struct quic_taken *t, const struct inodes *old)
{
	uint32_t count = 0;
	uint32_t next = p->value.old_count;
	size_t i;
	int r = 0;

	for (i = 0; i < t->count; i++)
		count += is_new(p, &t->list[i], old);
	for (i = 0; i < t->count && !r; i++) {
		if (is_new(p, &t->list[i], old))
			r = steer_program_add(p, &t->list[i], next++ % count);
	}
	if (r)
		return r;
	p->value.new_count = count;
	return steer_program_set(p);
}

/* -EAGAIN: the new generation is not ready. At an address that the new configuration has dropped it
 * has no socket, and that is no reason to wait. */
static int fill_all_new(const struct steer_found *f, const struct quic_taken *t,
			const struct inodes *old)
{
	unsigned count = 0;
	size_t i;
	int r = 0;

	for (i = 0; i < f->count; i++) {
		r = count_ready(&f->list[i], t, old);
		if (r < 0)
			return r;
		count += (unsigned)r;
	}
	if (!count)
		return -EAGAIN;
	for (i = 0, r = 0; i < f->count && !r; i++)
		r = fill_new(&f->list[i], t, old);
	return r;
}

static int set_all(struct steer_found *f, enum quic_steer_to to)
{
	size_t i;
	int r = 0;

	for (i = 0; i < f->count && !r; i++) {
		if (to == QUIC_STEER_NEW && !f->list[i].value.new_count)
			continue;
		f->list[i].value.to = (uint32_t)to;
		r = steer_program_set(&f->list[i]);
	}
	return r;
}

/* First all maps get the new generation's sockets, and only then all programs are switched, so that
 * the switch itself is short. */
static int switch_to_new(const struct subject *old_master, const struct subject *new_master,
			 const pid_t *workers, size_t count, struct steer_found *f,
			 struct quic_steer *ret)
{
	struct quic_taken taken = {NULL, 0};
	struct inodes old;
	int r;

	inodes_init(&old);
	ret->step = "take the sockets of the new master";
	r = held_by(old_master, &old);
	if (!r)
		r = quic_take(new_master, workers, count, &taken);
	if (!r) {
		ret->step = "note the sockets of the new master";
		r = fill_all_new(f, &taken, &old);
	}
	if (!r) {
		ret->step = "switch";
		r = set_all(f, QUIC_STEER_NEW);
	}
	quic_taken_free(&taken);
	inodes_free(&old);
	return r;
}

int quic_steer_switch(const struct subject *old_master, const struct subject *new_master,
		      const pid_t *new_workers, size_t count, enum quic_steer_to to,
		      struct quic_steer *ret)
{
	struct steer_found found;
	int r;

	clear(ret);
	ret->step = "find the program";
	r = steer_find(old_master, new_master, &found);
	if (r)
		return r;
	if (!found.count)
		r = -ENOENT;
	else if (to == QUIC_STEER_NEW)
		r = new_master
			    ? switch_to_new(old_master, new_master, new_workers, count, &found, ret)
			    : -EINVAL;
	else {
		ret->step = "switch back";
		r = set_all(&found, to);
	}
	steer_tell(&found, ret);
	if (!r)
		ret->step = "";
	steer_found_free(&found);
	return r;
}

/* ---- the end ---- */

/* A program stays loaded while it is attached, or while any process has a descriptor of it. */
static bool is_loaded(uint32_t id)
{
	int fd = bpf_program_open(id);

	if (fd >= 0)
		(void)close(fd);
	return fd != -ENOENT;
}

/* Waits a little for it: another run or bpftool, which lists the kernel's programs, has a
 * descriptor of each for a moment. */
static bool wait_unloaded(uint32_t id)
{
	uint64_t until_us = clock_us() + LOOKED_AT_US;
	const struct timespec again = {0, 1000000};

	while (is_loaded(id)) {
		if (clock_us() >= until_us)
			return false;
		(void)ppoll(NULL, 0, &again, NULL);
	}
	return true;
}

/*
 * Setting the program of one socket sets that of its whole group. A socket that has left the group
 * refuses it, or takes it for itself alone. So socket after socket is tried, until the program is
 * not loaded any more.
 */
static int detach_group(struct steer_program *p, const struct quic_taken *t)
{
	const uint32_t id = p->id;
	int after = steer_own_give(p->value.own_map, p->by_id);
	size_t i;
	int r = -ENOENT;

	(void)close(p->program);
	p->program = -1;
	for (i = 0; i < t->count && is_loaded(id); i++) {
		if (!t->list[i].shared || !steer_state_is_of(&p->value, &t->list[i].udp))
			continue;
		r = after >= 0 ? steer_socket_attach(t->list[i].fd, after)
			       : steer_socket_detach(t->list[i].fd);
	}
	if (after >= 0)
		(void)close(after);
	if (wait_unloaded(id))
		return 0;
	return r ? r : -EBUSY;
}

int quic_steer_detach(const struct subject *master, struct quic_steer *ret)
{
	struct steer_found found = {NULL, 0};
	struct quic_taken taken = {NULL, 0};
	size_t i;
	int r;

	clear(ret);
	ret->step = "find the program";
	r = steer_find(master, NULL, &found);
	if (!r && found.count) {
		ret->step = "take the sockets of the master";
		r = quic_take(master, NULL, 0, &taken);
		steer_tell(&found, ret);
	}
	if (!r)
		ret->step = "take the program from the sockets";
	for (i = 0; i < found.count && !r; i++)
		r = detach_group(&found.list[i], &taken);
	if (!r) {
		ret->step = "";
		ret->to = QUIC_STEER_NONE;
	}
	quic_taken_free(&taken);
	steer_found_free(&found);
	return r;
}
