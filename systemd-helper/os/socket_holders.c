/*
 * Sets of sockets, by inode: those that a process has open (/proc/PID/fd), and those in its epoll
 * sets (/proc/PID/fdinfo of the descriptors that lead to an epoll set).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/identity.h"
#include "os/list.h"
#include "os/procfs.h"
#include "os/socket_holders.h"

void inodes_init(struct inodes *s)
{
	memset(s, 0, sizeof(*s));
}

void inodes_free(struct inodes *s)
{
	free(s->list);
	inodes_init(s);
}

static int compare_inodes(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

bool inodes_have(const struct inodes *s, uint64_t inode)
{
	return s->count &&
	       bsearch(&inode, s->list, s->count, sizeof(s->list[0]), compare_inodes) != NULL;
}

int inodes_add(struct inodes *s, uint64_t inode)
{
	uint64_t *longer = list_longer(s->list, s->count, &s->room, sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	s->list = longer;
	s->list[s->count++] = inode;
	return 0;
}

void inodes_sort(struct inodes *s)
{
	if (s->count)
		qsort(s->list, s->count, sizeof(s->list[0]), compare_inodes);
}

/* Adds all of `more`, which need not be sorted, to a sorted set. */
static int add_all(struct inodes *s, struct inodes *more)
{
	struct inodes both;
	size_t i = 0;
	size_t k = 0;
	int r = 0;

	if (!more->count)
		return 0;
	inodes_sort(more);
	inodes_init(&both);
	while (!r && (i < s->count || k < more->count)) {
		bool first = k == more->count || (i < s->count && s->list[i] < more->list[k]);
		uint64_t next = first ? s->list[i++] : more->list[k++];

		if (!both.count || both.list[both.count - 1] != next)
			r = inodes_add(&both, next);
	}
	if (r < 0) {
		inodes_free(&both);
		return r;
	}
	free(s->list);
	*s = both;
	return 0;
}

/* ---- what a process has open ---- */

/* Called with a descriptor and the target of its link. Any value but 0 ends the search. */
typedef int fd_fn(pid_t pid, const char *fd, const char *target, void *arg);

/* Why a process has no folder "fd": it is gone, or /proc does not show it; see os/procfs.h. */
static int why_no_folder(pid_t pid)
{
	struct proc_stat stat;
	int r = procfs_stat(pid, &stat);

	return r < 0 ? r : -ENODATA;
}

static int each_fd_once(pid_t pid, fd_fn *fn, void *arg)
{
	char path[PATH_MAX];
	char target[64];
	struct dirent *entry;
	DIR *dir = opendir(procfs_path(path, pid, "fd"));
	int r = 0;

	if (!dir)
		return errno == ENOENT ? why_no_folder(pid) : -errno;
	while (!r) {
		ssize_t n;

		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			r = -errno;
			break;
		}
		if (entry->d_name[0] == '.')
			continue;
		n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (n < 0) {
			r = errno == ENOENT ? 0 : -errno; /* ENOENT: it was closed meanwhile */
			continue;
		}
		target[n] = '\0';
		r = fn(pid, entry->d_name, target, arg);
	}
	(void)closedir(dir);
	return r;
}

/* Tries as the user, and if that is refused or shows nothing again as root; see os/procfs.h. */
static int each_fd(pid_t pid, fd_fn *fn, void *arg, struct inodes *found)
{
	size_t before = found->count;
	int r = each_fd_once(pid, fn, arg);

	if (identity_became() && (r == -EACCES || r == -EPERM || r == -ENODATA)) {
		found->count = before;
		identity_lift();
		r = each_fd_once(pid, fn, arg);
		identity_lower();
	}
	return r;
}

static bool is_socket(const char *target, uint64_t *ret)
{
	char *end;

	if (strncmp(target, "socket:[", 8) != 0)
		return false;
	*ret = strtoull(target + 8, &end, 10);
	return *end == ']';
}

static int add_socket(pid_t pid, const char *fd, const char *target, void *arg)
{
	uint64_t inode;

	(void)pid;
	(void)fd;
	return is_socket(target, &inode) ? inodes_add(arg, inode) : 0;
}

int sockets_held(pid_t pid, struct inodes *ret)
{
	struct inodes found;
	int r;

	inodes_init(&found);
	r = each_fd(pid, add_socket, &found, &found);
	if (!r)
		r = add_all(ret, &found);
	inodes_free(&found);
	return r;
}

int sockets_held_by_all(const pid_t *pids, size_t count, struct inodes *ret)
{
	struct inodes found;
	size_t i;
	int r = 0;

	inodes_init(&found);
	for (i = 0; i < count && !r; i++) {
		r = each_fd(pids[i], add_socket, &found, &found);
		if (r == -ESRCH)
			r = 0;
	}
	if (!r)
		r = add_all(ret, &found);
	inodes_free(&found);
	return r;
}

struct numbered {
	struct inodes none;
	socket_fd_fn *fn;
	void *arg;
};

static int call_if_socket(pid_t pid, const char *fd, const char *target, void *arg)
{
	struct numbered *n = arg;
	uint64_t inode;

	(void)pid;
	return is_socket(target, &inode) ? n->fn((int)strtol(fd, NULL, 10), inode, n->arg) : 0;
}

int sockets_each_fd(pid_t pid, socket_fd_fn *fn, void *arg)
{
	struct numbered n = {.fn = fn, .arg = arg};

	return each_fd(pid, call_if_socket, &n, &n.none);
}

/* ---- what it waits for ---- */

struct watched {
	struct inodes inodes;
	bool any;   /* at least one entry of an epoll set was seen */
	int number; /* the descriptor of the last epoll set */
};

/* Linux before 4.13 shows only the descriptor, not the inode. */
static int add_by_number(pid_t pid, long number, struct inodes *ret)
{
	char name[32];
	char target[64];
	uint64_t inode;
	ssize_t n;

	(void)snprintf(name, sizeof(name), "fd/%ld", number);
	n = procfs_link(pid, name, target, sizeof(target));
	if (n < 0)
		return n == -ESRCH ? 0 : (int)n;
	return is_socket(target, &inode) ? inodes_add(ret, inode) : 0;
}

/* Takes a line "tfd:       12 events:       19 data: ...  pos:0 ino:2c35 sdev:8". */
static int add_watched(pid_t pid, const char *line, struct watched *ret)
{
	const char *inode;

	if (strncmp(line, "tfd:", 4) != 0)
		return 0;
	ret->any = true;
	inode = strstr(line, " ino:");
	if (inode)
		return inodes_add(&ret->inodes, strtoull(inode + 5, NULL, 16));
	return add_by_number(pid, strtol(line + 4, NULL, 10), &ret->inodes);
}

static int add_epoll(pid_t pid, const char *fd, const char *target, void *arg)
{
	struct watched *watched = arg;
	char name[64];
	char line[256];
	FILE *f;
	int file;
	int r = 0;

	if (strcmp(target, "anon_inode:[eventpoll]") != 0)
		return 0;
	watched->number = (int)strtol(fd, NULL, 10);
	(void)snprintf(name, sizeof(name), "fdinfo/%.20s", fd);
	file = procfs_open(pid, name, O_RDONLY);
	if (file < 0)
		return file == -ESRCH ? 0 : file;
	f = fdopen(file, "r");
	if (!f) {
		r = -errno;
		(void)close(file);
		return r;
	}
	while (!r && fgets(line, sizeof(line), f))
		r = add_watched(pid, line, watched);
	if (!r && ferror(f))
		r = -EIO;
	(void)fclose(f);
	return r;
}

/* Each worker inherits two descriptors more than the one before it (nginx: ngx_spawn_process). */
static int try_near(pid_t pid, int number, struct watched *ret)
{
	static const int steps[] = {2, 0, 1, 3, 4};
	char target[64];
	char name[32];
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && !r && !ret->any; i++) {
		ssize_t n;

		(void)snprintf(name, sizeof(name), "fd/%d", number + steps[i]);
		n = procfs_link(pid, name, target, sizeof(target));
		if (n > 0)
			r = add_epoll(pid, name + 3, target, ret);
		else if (n < 0 && n != -ESRCH)
			r = (int)n;
	}
	return r;
}

int sockets_read_near(pid_t pid, int *number, struct inodes *ret)
{
	struct watched watched = {.any = false};
	int r;

	inodes_init(&watched.inodes);
	r = *number ? try_near(pid, *number, &watched) : 0;
	if (!r && !watched.any)
		r = each_fd(pid, add_epoll, &watched, &watched.inodes);
	if (!r && !watched.any)
		r = -ENOTSUP;
	if (!r) {
		*number = watched.number;
		r = add_all(ret, &watched.inodes);
	}
	inodes_free(&watched.inodes);
	return r;
}

int sockets_read(pid_t pid, struct inodes *ret)
{
	int unknown = 0;

	return sockets_read_near(pid, &unknown, ret);
}

int sockets_read_by_all(const pid_t *pids, size_t count, bool quick, struct inodes *ret)
{
	int number = 0;
	size_t i;
	int r = 0;

	for (i = 0; i < count && !r; i++) {
		r = quick ? sockets_read_near(pids[i], &number, ret) : sockets_read(pids[i], ret);
		if (r == -ESRCH || r == -ENOENT)
			r = 0;
	}
	return r;
}
