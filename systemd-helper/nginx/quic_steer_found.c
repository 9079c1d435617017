/* Which of the loaded programs belong to sockets of one or two masters. A program that is attached
 * nowhere, and of which nobody has a descriptor, is not loaded any more. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/quic_steer.h"
#include "nginx/quic_steer_found.h"
#include "nginx/quic_steer_private.h"
#include "nginx/quic_steer_program.h"
#include "nginx/udp_sockets.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "trust/subject.h"

/* The address that a program was made for; *ret has no inode. */
static void address_of(const struct quic_steer_state *value, struct udp_socket *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->family = (int)value->family;
	ret->port = value->port;
	memcpy(ret->ip, value->ip, sizeof(ret->ip));
}

bool steer_state_is_of(const struct quic_steer_state *value, const struct udp_socket *udp)
{
	struct udp_socket its;

	address_of(value, &its);
	return udp_compare(&its, udp) == 0;
}

int steer_network(pid_t pid, uint64_t *ret)
{
	struct file_id id;
	int r = procfs_file_id(pid, "ns/net", &id);

	if (!r)
		*ret = id.inode;
	return r;
}

void steer_found_free(struct steer_found *f)
{
	while (f->count)
		steer_program_close(&f->list[--f->count]);
	free(f->list);
	f->list = NULL;
}

static int keep_program(struct steer_program *p, void *arg)
{
	struct steer_found *f = arg;
	struct steer_program *longer = realloc(f->list, (f->count + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	f->list = longer;
	f->list[f->count++] = *p;
	steer_program_none(p);
	return 0;
}

/* Marks the programs for addresses of that master. A master that has gone has none. */
static int mark_its(const struct subject *master, const struct steer_found *f, bool *ret)
{
	struct udp_sockets udp = {NULL, 0};
	uint64_t network;
	size_t i, k;
	int r;

	if (master->process.pid <= 0)
		return 0;
	r = steer_network(master->process.pid, &network);
	if (!r)
		r = udp_sockets_of(master->process.pid, &udp);
	if (r)
		return r == -ESRCH ? 0 : r;
	for (i = 0; i < f->count; i++) {
		for (k = 0; k < udp.count && f->list[i].value.network == network; k++)
			ret[i] = ret[i] || steer_state_is_of(&f->list[i].value, &udp.list[k]);
	}
	udp_sockets_free(&udp);
	return 0;
}

static int drop_unmarked(const struct subject *old_master, const struct subject *new_master,
			 struct steer_found *f)
{
	bool *marks = calloc(f->count, sizeof(*marks));
	size_t i;
	size_t kept = 0;
	int r;

	if (!marks)
		return -ENOMEM;
	r = mark_its(old_master, f, marks);
	if (!r && new_master)
		r = mark_its(new_master, f, marks);
	for (i = 0; i < f->count && !r; i++) {
		if (marks[i])
			f->list[kept++] = f->list[i];
		else
			steer_program_close(&f->list[i]);
	}
	if (!r)
		f->count = kept;
	free(marks);
	return r;
}

/* Where the kernel does not let us list programs, we cannot have attached one either. */
int steer_find(const struct subject *old_master, const struct subject *new_master,
	       struct steer_found *ret)
{
	struct steer_found found = {NULL, 0};
	int r = steer_programs_each(keep_program, &found);

	if (r == -ENOSYS || r == -EPERM)
		r = 0;
	if (!r && found.count)
		r = drop_unmarked(old_master, new_master, &found);
	if (r)
		steer_found_free(&found);
	else
		*ret = found;
	return r;
}

/* Groups are switched one after the other. A run that was killed in between has switched some of
 * them; `to` is then what those were switched to. */
void steer_tell(const struct steer_found *f, struct quic_steer *ret)
{
	struct udp_socket udp;
	size_t i;

	ret->to = QUIC_STEER_NONE;
	ret->groups = (unsigned)f->count;
	ret->where[0] = '\0';
	for (i = 0; i < f->count; i++) {
		address_of(&f->list[i].value, &udp);
		udp_add_where(ret->where, &udp);
		if (f->list[i].value.to > (uint32_t)ret->to)
			ret->to = (enum quic_steer_to)f->list[i].value.to;
	}
}
