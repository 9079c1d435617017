/* Memory figures from /proc and from the memory cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/memory.h"
#include "os/procfs.h"

/* The value behind "key" in text, in kB, as bytes; 0 when it is not there. */
static uint64_t kib_value(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? strtoull(p + strlen(key), NULL, 10) * 1024u : 0;
}

uint64_t memory_own(pid_t pid)
{
	char buf[PROC_STATUS_MAX];
	uint64_t own;

	if (procfs_read(pid, "status", buf, sizeof(buf)) < 0)
		return 0;
	own = kib_value(buf, "\nRssAnon:");
	return own ? own : kib_value(buf, "\nVmRSS:");
}

static ssize_t read_file(const char *path, char *buf, size_t size)
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
	if (read_file(path, buf, sizeof(buf)) <= 0)
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
	    read_file(path, buf, sizeof(buf)) <= 0 || buf[0] < '0' || buf[0] > '9')
		return UINT64_MAX; /* "max", or no such file */
	return strtoull(buf, NULL, 10);
}

/* Page cache is charged to the cgroup, but gives way. */
static uint64_t cache_in(const char *folder, const char *key)
{
	char path[PATH_MAX];
	char buf[8192];
	const char *p;

	if (snprintf(path, sizeof(path), "%s/memory.stat", folder) >= PATH_MAX ||
	    read_file(path, buf, sizeof(buf)) <= 0)
		return 0;
	p = strstr(buf, key);
	return p ? strtoull(p + strlen(key), NULL, 10) : 0;
}

static uint64_t left_in(const char *folder, const char *limit_name, const char *usage_name,
			const char *cache_key)
{
	uint64_t limit = number_in(folder, limit_name);
	uint64_t usage = number_in(folder, usage_name);
	uint64_t cache;

	if (limit == UINT64_MAX || usage == UINT64_MAX)
		return UINT64_MAX;
	cache = cache_in(folder, cache_key);
	usage = usage > cache ? usage - cache : 0;
	return limit > usage ? limit - usage : 0;
}

/* "9:memory:/a" on v1, "0::/a" on v2. */
static uint64_t left_by_line(char *line)
{
	char folder[PATH_MAX];
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return UINT64_MAX;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (strcmp(controllers, ":memory") == 0) {
		(void)snprintf(folder, sizeof(folder), "/sys/fs/cgroup/memory%.3900s", path);
		return left_in(folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
			       "\ntotal_cache ");
	}
	if (strcmp(controllers, ":") != 0)
		return UINT64_MAX;
	(void)snprintf(folder, sizeof(folder), "/sys/fs/cgroup%.3900s", path);
	return left_in(folder, "memory.max", "memory.current", "\nfile ");
}

uint64_t memory_cgroup_left(pid_t pid)
{
	char path[PATH_MAX];
	char line[PATH_MAX];
	uint64_t least = UINT64_MAX;
	FILE *f = fopen(procfs_path(path, pid, "cgroup"), "re");

	if (!f)
		return least;
	while (fgets(line, sizeof(line), f)) {
		uint64_t left = left_by_line(line);

		if (left < least)
			least = left;
	}
	(void)fclose(f);
	return least;
}
