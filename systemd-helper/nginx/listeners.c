/*
 * Finds listening sockets by inode: /proc/PID/fd says which sockets a process holds, /proc/PID/net
 * which of them listen. The kernel prints listening TCP sockets before all others, so that a busy
 * server's thousands of connections are never read (Linux: tcp_get_idx).
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "nginx/listeners_private.h"
#include "os/procfs.h"

enum { ADDRESSES_MAX = 2048, ADDRESS_SIZE = 48 };

static int compare_inodes(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

int sockets_of(pid_t pid, struct sockets *ret)
{
	char path[PATH_MAX];
	char name[32];
	char target[64];
	struct dirent *entry;
	DIR *dir = opendir(procfs_path(path, pid, "fd"));
	ssize_t n = 0;

	if (!dir)
		return -errno;
	ret->count = 0;
	while (ret->count < SOCKETS_MAX) {
		unsigned long long inode;

		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			n = -errno;
			break;
		}
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "fd/%.20s", entry->d_name);
		n = procfs_link(pid, name, target, sizeof(target));
		if (n < 0 && n != -ESRCH) /* it was closed meanwhile */
			break;
		if (n > 0 && sscanf(target, "socket:[%llu]", &inode) == 1)
			ret->inodes[ret->count++] = inode;
		n = 0;
	}
	(void)closedir(dir);
	if (n < 0)
		return (int)n;
	qsort(ret->inodes, ret->count, sizeof(ret->inodes[0]), compare_inodes);
	return 0;
}

bool sockets_have(const struct sockets *s, uint64_t inode)
{
	return bsearch(&inode, s->inodes, s->count, sizeof(s->inodes[0]), compare_inodes) != NULL;
}

int sockets_each_line(pid_t pid, const char *table, line_fn *fn, const struct sockets *s,
		      struct listeners *ret, void *arg)
{
	char path[PATH_MAX];
	char line[512];
	FILE *f = fopen(procfs_path(path, pid, table), "re");
	int r = 0;

	if (!f)
		return errno == ENOENT ? 0 : -errno; /* no IPv6 here, say */
	if (fgets(line, sizeof(line), f)) {          /* the heading */
		while (fgets(line, sizeof(line), f) && fn(line, s, ret, arg))
			;
	}
	if (ferror(f))
		r = errno ? -errno : -EIO;
	(void)fclose(f);
	return r;
}

struct addresses {
	char list[ADDRESSES_MAX][ADDRESS_SIZE];
	size_t count;
};

/* The TCP sockets that listen: those that the process holds, and all others. */
struct seen {
	struct addresses ours;
	struct addresses others;
};

static bool tcp_line(const char *line, const struct sockets *s, struct listeners *ret, void *arg)
{
	struct seen *seen = arg;
	struct addresses *addresses = &seen->others;
	char address[ADDRESS_SIZE];
	unsigned state;
	unsigned long long inode;

	if (sscanf(line, " %*[^:]: %47s %*s %x %*s %*s %*s %*s %*s %llu", address, &state,
		   &inode) != 3 ||
	    state != 0x0a)
		return false;
	if (sockets_have(s, inode)) {
		ret->count++;
		addresses = &seen->ours;
	}
	if (addresses->count < ADDRESSES_MAX)
		memcpy(addresses->list[addresses->count++], address, sizeof(address));
	return true;
}

static int compare_addresses(const void *a, const void *b)
{
	return strcmp(a, b);
}

static unsigned longest_run(struct addresses *a)
{
	unsigned longest = 0;
	unsigned run = 0;
	size_t i;

	qsort(a->list, a->count, sizeof(a->list[0]), compare_addresses);
	for (i = 0; i < a->count; i++) {
		run = i > 0 && strcmp(a->list[i], a->list[i - 1]) == 0 ? run + 1 : 1;
		if (run > longest)
			longest = run;
	}
	return longest;
}

static bool udp_line(const char *line, const struct sockets *s, struct listeners *ret, void *arg)
{
	unsigned long long inode;

	(void)arg;
	if (sscanf(line, " %*[^:]: %*s %*s %*s %*s %*s %*s %*s %*s %llu", &inode) == 1 &&
	    sockets_have(s, inode))
		ret->count++;
	return true;
}

static bool unix_line(const char *line, const struct sockets *s, struct listeners *ret, void *arg)
{
	const unsigned accepts = 0x10000; /* __SO_ACCEPTCON */
	unsigned flags;
	unsigned long long inode;

	(void)arg;
	if (sscanf(line, "%*s %*s %*s %x %*s %*s %llu", &flags, &inode) == 2 && (flags & accepts) &&
	    sockets_have(s, inode))
		ret->count++;
	return true;
}

/* ours has been sorted. */
static bool share_an_address(const struct seen *seen)
{
	size_t i;

	for (i = 0; i < seen->others.count; i++) {
		if (bsearch(seen->others.list[i], seen->ours.list, seen->ours.count,
			    sizeof(seen->ours.list[0]), compare_addresses))
			return true;
	}
	return false;
}

static int look_at_tables(pid_t pid, const struct sockets *s, struct seen *seen,
			  struct listeners *found)
{
	int r;

	seen->ours.count = seen->others.count = 0;
	r = sockets_each_line(pid, "net/tcp", tcp_line, s, found, seen);
	if (!r)
		r = sockets_each_line(pid, "net/tcp6", tcp_line, s, found, seen);
	found->same_address = longest_run(&seen->ours);
	found->neighbours = share_an_address(seen);
	if (r || found->count)
		return r; /* the longer tables only when they decide */
	r = sockets_each_line(pid, "net/unix", unix_line, s, found, NULL);
	if (!r)
		r = sockets_each_line(pid, "net/udp", udp_line, s, found, NULL);
	if (!r)
		r = sockets_each_line(pid, "net/udp6", udp_line, s, found, NULL);
	return r;
}

int listeners_look(pid_t pid, struct listeners *ret)
{
	struct sockets *s = malloc(sizeof(*s));
	struct seen *seen = malloc(sizeof(*seen));
	struct listeners found = {0, 0, false};
	int r = s && seen ? sockets_of(pid, s) : -ENOMEM;

	if (!r)
		r = look_at_tables(pid, s, seen, &found);
	if (!r)
		*ret = found;
	free(s);
	free(seen);
	return r;
}

static bool unix_path_line(const char *line, const struct sockets *s, struct listeners *ret,
			   void *arg)
{
	struct socket_paths *paths = arg;
	const unsigned accepts = 0x10000; /* __SO_ACCEPTCON */
	char path[UNIX_PATH_SIZE];
	unsigned flags;
	unsigned long long inode;
	size_t i;

	(void)ret;
	if (sscanf(line, "%*s %*s %*s %x %*s %*s %llu %107[^\n]", &flags, &inode, path) != 3 ||
	    !(flags & accepts) || path[0] != '/' || !sockets_have(s, inode))
		return true;
	for (i = 0; i < paths->count; i++) {
		if (strcmp(paths->list[i], path) == 0)
			return true;
	}
	if (paths->count < sizeof(paths->list) / sizeof(paths->list[0]))
		memcpy(paths->list[paths->count++], path, sizeof(path));
	return true;
}

void listeners_unix_paths(pid_t pid, struct socket_paths *paths)
{
	struct sockets *s = malloc(sizeof(*s));

	if (s && sockets_of(pid, s) == 0)
		(void)sockets_each_line(pid, "net/unix", unix_path_line, s, NULL, paths);
	free(s);
}

/* A connection is refused, and only then does nobody listen: in no network namespace. */
static bool is_abandoned(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct stat st;
	int fd;
	bool refused;

	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode) || strlen(path) >= sizeof(sa.sun_path))
		return false;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	refused =
		connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 && errno == ECONNREFUSED;
	(void)close(fd);
	return refused;
}

unsigned listeners_sweep(const struct socket_paths *paths)
{
	unsigned removed = 0;
	size_t i;

	for (i = 0; i < paths->count; i++) {
		if (is_abandoned(paths->list[i]) && unlink(paths->list[i]) == 0)
			removed++;
	}
	return removed;
}
