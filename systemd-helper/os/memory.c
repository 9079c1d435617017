/* Reads memory figures from /proc and from memory cgroups. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cgroups.h"
#include "os/memory.h"
#include "os/procfs.h"

/* The value that follows key, in kB, converted to bytes; 0: there is none. */
static uint64_t kib_value(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? strtoull(p + strlen(key), NULL, 10) * 1024u : 0;
}

/* The process's own resident memory: RssAnon (Linux 4.5), or VmRSS, which includes files. */
static uint64_t resident(pid_t pid)
{
	char buf[PROC_STATUS_SHORT];
	uint64_t own;

	if (procfs_read_status(pid, buf, sizeof(buf)) < 0)
		return 0;
	own = kib_value(buf, "\nRssAnon:");
	return own ? own : kib_value(buf, "\nVmRSS:");
}

struct shares {
	uint64_t all;
	uint64_t of_files;
};

/* The value of a line that begins with key, in kB, converted to bytes; 0: it does not. */
static uint64_t kib_line(const char *line, const char *key)
{
	size_t length = strlen(key);

	return strncmp(line, key, length) == 0 ? strtoull(line + length, NULL, 10) * 1024u : 0;
}

/* Adds one line of smaps or smaps_rollup. */
static void add_line(struct shares *s, const char *line)
{
	s->all += kib_line(line, "Pss:") + kib_line(line, "SwapPss:");
	s->of_files += kib_line(line, "Pss_File:");
}

/* Sums up a file of smaps; false: it cannot be read. */
static bool read_shares(pid_t pid, const char *name, struct shares *ret)
{
	char line[PATH_MAX + 256];
	int fd = procfs_open(pid, name, O_RDONLY);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	bool any = false;

	if (fd >= 0 && !f)
		(void)close(fd);
	if (!f)
		return false;
	memset(ret, 0, sizeof(*ret));
	while (fgets(line, sizeof(line), f)) {
		add_line(ret, line);
		any = true;
	}
	(void)fclose(f);
	return any;
}

static bool shared_part(pid_t pid, uint64_t *ret)
{
	struct shares s;

	if (!read_shares(pid, "smaps_rollup", &s) && !read_shares(pid, "smaps", &s))
		return false;
	*ret = s.all > s.of_files ? s.all - s.of_files : 0;
	return true;
}

uint64_t memory_of_family(pid_t parent, const pid_t *children, size_t count)
{
	uint64_t of_parent = resident(parent);
	uint64_t sum = 0;
	size_t i;

	if (!shared_part(parent, &sum))
		sum = of_parent;
	for (i = 0; i < count; i++) {
		uint64_t part;

		if (!shared_part(children[i], &part)) {
			part = resident(children[i]);
			part = part > of_parent ? part - of_parent : 0;
		}
		sum += part;
	}
	return sum;
}

uint64_t memory_about(pid_t parent, const pid_t *children, size_t count)
{
	enum { FEW = 8 };
	uint64_t of_parent;
	uint64_t sum;
	size_t i;

	if (count <= FEW)
		return memory_of_family(parent, children, count);
	of_parent = sum = resident(parent);
	for (i = 0; i < count; i++) {
		uint64_t own = resident(children[i]);

		sum += own > of_parent ? own - of_parent : 0;
	}
	return sum;
}

static ssize_t read_first_bytes(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	(void)close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

uint64_t memory_available(void)
{
	char path[PATH_MAX];
	char buf[8192];
	uint64_t available;

	(void)snprintf(path, sizeof(path), "%s/meminfo", procfs_root);
	if (read_first_bytes(path, buf, sizeof(buf)) <= 0)
		return UINT64_MAX;
	available = kib_value(buf, "\nMemAvailable:");
	if (!available) /* before Linux 3.14 */
		available = kib_value(buf, "\nMemFree:") + kib_value(buf, "\nBuffers:") +
			    kib_value(buf, "\nCached:");
	return available + kib_value(buf, "\nSwapFree:");
}

static uint64_t number_in(const char *folder, const char *name)
{
	char path[PATH_MAX];
	char buf[64];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_MAX ||
	    read_first_bytes(path, buf, sizeof(buf)) <= 0 || buf[0] < '0' || buf[0] > '9')
		return UINT64_MAX; /* "max", or no such file */
	return strtoull(buf, NULL, 10);
}

/* The value of a line of memory.stat. The key must stand at the beginning of a line. */
static uint64_t stat_value(const char *text, const char *key)
{
	size_t length = strlen(key);
	const char *p = text;

	while (p && (strncmp(p, key, length) != 0 || p[length] != ' ')) {
		p = strchr(p, '\n');
		p += p != NULL;
	}
	return p ? strtoull(p + length, NULL, 10) : 0;
}

/* Cached files are charged to the cgroup, but can be reclaimed. Shared memory is not among them. */
static uint64_t reclaimable_in(const char *folder, bool is_v2)
{
	char path[PATH_MAX];
	char buf[8192];

	if (snprintf(path, sizeof(path), "%s/memory.stat", folder) >= PATH_MAX ||
	    read_first_bytes(path, buf, sizeof(buf)) <= 0)
		return 0;
	return stat_value(buf, is_v2 ? "inactive_file" : "total_inactive_file") +
	       stat_value(buf, is_v2 ? "active_file" : "total_active_file");
}

static uint64_t left_in(const char *folder, bool is_v2)
{
	uint64_t limit = number_in(folder, is_v2 ? "memory.max" : "memory.limit_in_bytes");
	uint64_t usage = number_in(folder, is_v2 ? "memory.current" : "memory.usage_in_bytes");
	uint64_t reclaimable;

	if (limit == UINT64_MAX || usage == UINT64_MAX)
		return UINT64_MAX;
	reclaimable = reclaimable_in(folder, is_v2);
	usage = usage > reclaimable ? usage - reclaimable : 0;
	return limit > usage ? limit - usage : 0;
}

/*
 * Looks at this cgroup and all above it, up to the root of the hierarchy. In a container the path
 * may be the one on the host, while the mount shows only the container's part: then only the last
 * steps find a folder.
 */
static void look_upwards(const char *mount, char *path, bool is_v2, struct memory_left *ret)
{
	char folder[PATH_MAX];
	bool at_root = false;

	while (!at_root) {
		char *slash;
		int n = snprintf(folder, sizeof(folder), "%s%s", mount, path);
		uint64_t left = n < PATH_MAX ? left_in(folder, is_v2) : UINT64_MAX;

		if (left < ret->bytes) {
			ret->bytes = left;
			ret->is_v2 = is_v2;
			memcpy(ret->folder, folder, strlen(folder) + 1);
		}
		slash = strrchr(path, '/');
		at_root = !slash;
		if (slash)
			*slash = '\0';
	}
}

/* Takes one line of /proc/PID/cgroup: "9:memory:/a" or "4:cpu,memory:/a" on v1, "0::/a" on v2. */
static void look_by_line(char *line, struct memory_left *ret)
{
	char mount[PATH_MAX];
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	bool is_v2;

	if (!path)
		return;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	is_v2 = controllers[1] == '\0';
	if ((is_v2 || cgroups_has_word(controllers + 1, "memory", strlen("memory"))) &&
	    cgroups_mount(is_v2 ? "" : "memory", mount))
		look_upwards(mount, path, is_v2, ret);
}

static FILE *open_cgroups_of(pid_t pid)
{
	char path[PATH_MAX];

	return fopen(procfs_path(path, pid, "cgroup"), "re");
}

void memory_cgroup_left(pid_t pid, struct memory_left *ret)
{
	char line[PATH_MAX];
	FILE *f = open_cgroups_of(pid);

	ret->bytes = UINT64_MAX;
	ret->folder[0] = '\0';
	ret->is_v2 = false;
	while (f && fgets(line, sizeof(line), f))
		look_by_line(line, ret);
	if (f)
		(void)fclose(f);
}
