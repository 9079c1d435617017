/*
 * Heals HTTP/3: sockets that no worker reads are taken out of use.
 *
 * A socket that nobody reads at this moment may still be meant for a worker. When a worker dies, it
 * leaves its socket to the worker that is started in its place. And a master that rereads its
 * configuration opens sockets for the workers that it is about to start. So a socket counts as
 * unread only when all of these hold:
 * - the master is idle and has the same children before and after the look at what they read;
 * - each of these children has its title, since a worker reads by the time that it sets its title
 *   (nginx: ngx_worker_process_cycle);
 * - no process of another nginx has the socket open: neither another master nor workers that have
 *   lost theirs.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/quic_heal.h"
#include "nginx/quic_taken.h"
#include "nginx/title.h"
#include "nginx/udp_sockets.h"
#include "os/bpf.h"
#include "os/children.h"
#include "os/file_id.h"
#include "os/foreign_socket.h"
#include "os/procfs.h"
#include "os/socket_holders.h"
#include "trust/subject.h"

struct healing {
	const struct subject *master;
	const pid_t *given; /* readers that the caller knows */
	size_t given_count;
	struct udp_sockets sockets;
	struct inodes unread; /* to be healed */
	struct inodes healed;
	int *numbers; /* the master's descriptors of the unread ones, ascending */
	size_t number_count;
	struct quic_maps maps;
	int map_error; /* the first one; sockets are healed all the same */
	struct quic_healed *ret;
};

static int failed_at(struct healing *h, int error, const char *what, int number)
{
	(void)snprintf(h->ret->step, sizeof(h->ret->step), "%s %d of master %d", what, number,
		       (int)h->master->process.pid);
	return error;
}

/* ---- the master's children ---- */

/* Executes another file than the master: a child that is no worker. */
static bool is_foreign(const struct healing *h, pid_t pid)
{
	struct file_id id;

	return procfs_file_id(pid, "exe", &id) == 0 && !file_id_equal(&id, &h->master->image_id);
}

/* 1: a worker, or a helper process of nginx; 0: a zombie, or no process of this nginx; -EBUSY: a
 * worker that is being started, or another master. */
static int is_member(const struct healing *h, pid_t pid)
{
	char title[TITLE_MAX];
	ssize_t n = title_read(pid, title, sizeof(title));

	if (n < 0)
		return n == -ESRCH ? -EBUSY : (int)n;
	switch (n ? title_classify(title) : TITLE_OTHER) {
	case TITLE_MASTER: return -EBUSY;
	case TITLE_OTHER: return is_foreign(h, pid) ? 0 : -EBUSY;
	default: return 1;
	}
}

/* The members of this moment. 0; -EBUSY as of is_member(); or another -errno. */
static int members(const struct healing *h, struct children *ret)
{
	size_t i, kept = 0;
	int r = children_look(ret, h->master->process.pid);

	for (i = 0; !r && i < ret->count; i++) {
		int is = is_member(h, ret->pids[i]);

		if (is > 0)
			ret->pids[kept++] = ret->pids[i];
		else
			r = is;
	}
	ret->count = kept;
	return r;
}

static bool same_members(const struct children *a, const struct children *b)
{
	return a->count == b->count &&
	       (!a->count || memcmp(a->pids, b->pids, a->count * sizeof(*a->pids)) == 0);
}

/* -EBUSY: one of them has died meanwhile: the next worker is going to read its sockets. */
static int read_by_members(const struct children *members, struct inodes *ret)
{
	size_t i;
	int r = 0;

	for (i = 0; i < members->count && !r; i++)
		r = sockets_read(members->pids[i], ret);
	return r == -ESRCH || r == -ENOENT ? -EBUSY : r;
}

/* What the given processes read that are no members: workers of another generation. */
static int read_by_given(const struct healing *h, const struct children *members,
			 struct inodes *ret)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < h->given_count && !r; i++) {
		for (k = 0; k < members->count && members->pids[k] != h->given[i]; k++)
			continue;
		if (k == members->count)
			r = sockets_read_by_all(&h->given[i], 1, false, ret);
	}
	return r;
}

/* ---- unread sockets ---- */

static int list_unread(struct healing *h, const struct inodes *readers)
{
	size_t i;
	int r = 0;

	h->unread.count = 0;
	for (i = 0; i < h->sockets.count && !r; i++) {
		if (udp_is_unread(&h->sockets, i, readers))
			r = inodes_add(&h->unread, h->sockets.list[i].inode);
	}
	inodes_sort(&h->unread);
	return r;
}

/* 0: the master waits in its loop, so it neither opens sockets nor starts workers; -EBUSY: it does
 * not; or another -errno. */
static int is_idle(const struct healing *h)
{
	struct proc_signals s;
	int r = procfs_signals(h->master->process.pid, &s);

	if (r < 0)
		return r;
	return s.state == 'S' && !s.blocked && !s.pending ? 0 : -EBUSY;
}

static int look_when_idle(const struct healing *h, struct children *ret)
{
	int r = is_idle(h);

	return r ? r : members(h, ret);
}

/* A socket that the master opens after the first look for workers to come is either not in the list
 * yet, or the second look finds the master busy or with other children. */
static int find_unread(struct healing *h)
{
	struct children before = CHILDREN_NONE;
	struct children after = CHILDREN_NONE;
	struct inodes readers;
	int r;

	inodes_init(&readers);
	r = look_when_idle(h, &before);
	udp_sockets_free(&h->sockets);
	if (!r)
		r = udp_sockets_of(h->master->process.pid, &h->sockets);
	if (!r)
		r = read_by_members(&before, &readers);
	if (!r)
		r = read_by_given(h, &before, &readers);
	if (!r)
		r = look_when_idle(h, &after);
	if (!r && !same_members(&before, &after))
		r = -EBUSY;
	if (!r)
		r = list_unread(h, &readers);
	children_free(&before);
	children_free(&after);
	inodes_free(&readers);
	return r;
}

static bool holds_unread(const struct healing *h, pid_t pid)
{
	struct inodes held;
	bool holds = false;
	size_t i;

	inodes_init(&held);
	/* A process that we may not look at is none that nginx has given its sockets to. */
	if (sockets_held(pid, &held) == 0) {
		for (i = 0; i < held.count && !holds; i++)
			holds = inodes_have(&h->unread, held.list[i]);
	}
	inodes_free(&held);
	return holds;
}

/* -EBUSY: this process of nginx is no child of the master and has an unread socket open: it may
 * read it now, or go on to read it later. */
static int is_another_holder(pid_t pid, void *arg)
{
	const struct healing *h = arg;
	char title[TITLE_MAX];
	struct proc_stat stat;

	if (pid == h->master->process.pid || title_read(pid, title, sizeof(title)) <= 0 ||
	    title_classify(title) == TITLE_OTHER || procfs_stat(pid, &stat) < 0 ||
	    stat.parent == h->master->process.pid)
		return 0;
	return holds_unread(h, pid) ? -EBUSY : 0;
}

/* ---- healing ---- */

static void take_maps(struct healing *h)
{
	h->map_error = quic_maps_take(h->master, &h->maps);
	if (h->map_error && h->maps.failed >= 0)
		(void)failed_at(h, h->map_error, h->maps.step, h->maps.failed);
}

/* Before Linux 4.12 a socket has no cookie, and there are no maps of sockets either. */
static void delete_entry(struct healing *h, int number, int fd)
{
	uint64_t cookie;
	size_t i;

	if (!h->maps.count || socket_cookie(fd, &cookie) < 0)
		return;
	for (i = 0; i < h->maps.count; i++) {
		int r = bpf_map_delete(h->maps.list[i], &cookie);

		h->ret->entries += r == 0;
		if (r < 0 && r != -ENOENT && !h->map_error)
			h->map_error = failed_at(h, r, "take out of the BPF map socket", number);
	}
}

/* Deletes the entry first: if only the second step fails, the socket is still unread, and the next
 * call tries again. The other way round nobody would look for the entry any more. */
static int change_socket(struct healing *h, int number, int fd)
{
	int r = subject_same(h->master);

	if (r)
		return r;
	delete_entry(h, number, fd);
	return socket_leave_lookup(fd);
}

static int heal_socket(struct healing *h, int number, int fd, uint64_t inode)
{
	int r = socket_shares_address(fd);

	if (r <= 0)
		return r ? failed_at(h, r, "look at socket", number) : 0;
	r = change_socket(h, number, fd);
	if (r < 0)
		return failed_at(h, r, "connect socket", number);
	h->ret->healed++;
	return inodes_add(&h->healed, inode);
}

/* Called for each descriptor of the master that is a socket. */
static int note_unread(int number, uint64_t inode, void *arg)
{
	struct healing *h = arg;
	int *more;

	if (!inodes_have(&h->unread, inode))
		return 0;
	more = realloc(h->numbers, (h->number_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	h->numbers = more;
	h->numbers[h->number_count++] = number;
	return 0;
}

static int heal_unread(struct healing *h, int number)
{
	struct stat st;
	int fd = foreign_socket_open(&h->master->process, number);
	int r = 0;

	if (fd < 0)
		return fd == -EBADF ? 0 : failed_at(h, fd, "take socket", number);
	if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) && inodes_have(&h->unread, st.st_ino))
		r = heal_socket(h, number, fd, st.st_ino);
	(void)close(fd);
	return r;
}

/*
 * From the last socket to the first. When a socket leaves a group, the kernel puts the last socket
 * of the group in its place, and it deals clients by these places. In this order the sockets of the
 * new generation end up in the order in which they were opened, so a client stays with its worker.
 * From the first to the last all of them would change places.
 */
static int heal_all(struct healing *h)
{
	int r;

	take_maps(h);
	r = sockets_each_fd(h->master->process.pid, note_unread, h);
	while (!r && h->number_count)
		r = heal_unread(h, h->numbers[--h->number_count]);
	free(h->numbers);
	quic_maps_free(&h->maps);
	return r;
}

/* Each address once. */
static void tell_where(struct healing *h)
{
	const struct udp_socket *last = NULL;
	size_t i;

	inodes_sort(&h->healed);
	for (i = 0; i < h->sockets.count; i++) {
		const struct udp_socket *u = &h->sockets.list[i];

		if (!inodes_have(&h->healed, u->inode))
			continue;
		if (!last || udp_compare(last, u) != 0)
			udp_add_where(h->ret->where, u);
		last = u;
	}
}

int quic_heal(const struct subject *master, const pid_t *readers, size_t count,
	      struct quic_healed *ret)
{
	struct healing h = {.master = master, .given = readers, .given_count = count, .ret = ret};
	int r;

	memset(ret, 0, sizeof(*ret));
	inodes_init(&h.unread);
	inodes_init(&h.healed);
	r = subject_same(master);
	if (!r)
		r = udp_sockets_of(master->process.pid, &h.sockets);
	if (!r && udp_share_a_port(&h.sockets))
		r = find_unread(&h);
	if (!r && h.unread.count)
		r = procfs_each(is_another_holder, &h);
	if (!r && h.unread.count)
		r = heal_all(&h);
	if (!r)
		r = h.map_error;
	tell_where(&h);
	inodes_free(&h.unread);
	inodes_free(&h.healed);
	udp_sockets_free(&h.sockets);
	return r;
}

int quic_heal_possible(const struct subject *master)
{
	return foreign_socket_permitted(&master->process);
}
