/* Memory figures from /proc and from the memory cgroups. */
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

/* What it holds for itself: RssAnon from Linux 4.5 on; before, VmRSS, which is more. */
static uint64_t resident(pid_t pid)
{
	char buf[PROC_STATUS_MAX];
	uint64_t own;

	if (procfs_read_record(pid, "status", buf, sizeof(buf)) < 0)
		return 0;
	own = kib_value(buf, "\nRssAnon:");
	return own ? own : kib_value(buf, "\nVmRSS:");
}

struct shares {
	uint64_t all;
	uint64_t of_files;
};

/* One line of smaps or smaps_rollup. */
static void add_line(struct shares *s, const char *line)
{
	static const char *const kinds[] = {"Pss:", "SwapPss:", "Pss_File:"};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t length = strlen(kinds[i]);

		if (strncmp(line, kinds[i], length) == 0)
			*(i == 2 ? &s->of_files : &s->all) +=
				strtoull(line + length, NULL, 10) * 1024u;
	}
}

/* Its share of what it maps; false: it may not be read. */
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

/* A line of memory.stat; the first has nothing before it. */
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

/* Files are charged to the cgroup, but give way; shared memory is no file here. */
static uint64_t reclaimable_in(const char *folder, bool is_v2)
{
	char path[PATH_MAX];
	char buf[16384];

	if (snprintf(path, sizeof(path), "%s/memory.stat", folder) >= PATH_MAX ||
	    read_file(path, buf, sizeof(buf)) <= 0)
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

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);
	const char *p = list;

	while (p && (strncmp(p, word, length) != 0 || (p[length] && p[length] != ','))) {
		p = strchr(p, ',');
		p += p != NULL;
	}
	return p != NULL;
}

/* Where the hierarchy is mounted: /sys/fs/cgroup/memory, /cgroup/memory, /sys/fs/cgroup/unified. */
static bool find_mount(bool is_v2, char ret[PATH_MAX])
{
	char path[PATH_MAX];
	char line[2 * PATH_MAX];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/self/mounts", procfs_root);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		char *save = NULL;
		char *folder = strtok_r(line, " ", &save) ? strtok_r(NULL, " ", &save) : NULL;
		char *type = folder ? strtok_r(NULL, " ", &save) : NULL;
		char *options = type ? strtok_r(NULL, " ", &save) : NULL;

		found = options && strlen(folder) < PATH_MAX &&
			(is_v2 ? strcmp(type, "cgroup2") == 0
			       : strcmp(type, "cgroup") == 0 && has_word(options, "memory"));
		if (found)
			memcpy(ret, folder, strlen(folder) + 1);
	}
	if (f)
		(void)fclose(f);
	return found;
}

/*
 * From this one up to the root. In a container the path may be that of the host, and the mount what
 * the container has of it: then there are only the last folders of the way.
 */
static void look_upwards(const char *mount, char *path, bool is_v2, struct memory_left *ret)
{
	char folder[2 * PATH_MAX];
	bool at_root = false;

	while (!at_root) {
		char *slash;
		uint64_t left;

		(void)snprintf(folder, sizeof(folder), "%s%s", mount, path);
		left = strlen(folder) < PATH_MAX ? left_in(folder, is_v2) : UINT64_MAX;
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

/* "9:memory:/a" or "4:cpu,memory:/a" on v1, "0::/a" on v2. */
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
	if ((is_v2 || has_word(controllers + 1, "memory")) && find_mount(is_v2, mount))
		look_upwards(mount, path, is_v2, ret);
}

void memory_cgroup_left(pid_t pid, struct memory_left *ret)
{
	char path[PATH_MAX];
	char line[PATH_MAX];
	FILE *f = fopen(procfs_path(path, pid, "cgroup"), "re");

	ret->bytes = UINT64_MAX;
	ret->folder[0] = '\0';
	ret->is_v2 = false;
	while (f && fgets(line, sizeof(line), f))
		look_by_line(line, ret);
	if (f)
		(void)fclose(f);
}
