/* Memory of a generation, and how much its cgroups allow; /proc and cgroups are fixtures. */
#include <stdarg.h>

#include "folder.h"
#include "os/memory.h"
#include "os/procfs.h"

static void put(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a file, and creates the folders above it. */
static void put(const char *name, const char *format, ...)
{
	char path[PATH_MAX];
	char text[2048];
	char *slash;
	va_list ap;
	int n;

	(void)snprintf(path, sizeof(path), "%s", folder_path(name));
	for (slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		must(mkdir(path, 0700) == 0 || errno == EEXIST, path);
		*slash = '/';
	}
	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)folder_file(name, text, (size_t)n, 0600);
}

static uint64_t mib(unsigned n)
{
	return (uint64_t)n << 20;
}

/* A master, 1, and two workers. */
static uint64_t family(void)
{
	static const pid_t workers[] = {2, 3};

	return memory_of_family(1, workers, 2);
}

static void what_is_shared(void)
{
	unsigned pid;
	char name[32];

	for (pid = 1; pid <= 3; pid++) {
		(void)snprintf(name, sizeof(name), "%u/status", pid);
		put(name, "Name:\tnginx\nVmRSS:\t%u kB\nRssAnon:\t%u kB\n", 120000u,
		    pid == 1 ? 100u * 1024 : 103u * 1024);
	}
	same_number((long long)family(), (long long)mib(106),
		    "without smaps: a worker is what it has more than its master");
	for (pid = 1; pid <= 3; pid++) {
		(void)snprintf(name, sizeof(name), "%u/smaps", pid);
		put(name,
		    "55d0-55d1 r-xp 00000000 08:01 1 /x\nRss: 9 kB\nPss: 1024 kB\nSwapPss: 0 kB\n"
		    "55d1-55d2 rw-p 00000000 00:00 0 [heap]\nRss: 9 kB\nPss: 2048 kB\nSwapPss: 1024 kB\n");
	}
	same_number((long long)family(), (long long)mib(12), "the shares in smaps");
	for (pid = 1; pid <= 3; pid++) {
		(void)snprintf(name, sizeof(name), "%u/smaps_rollup", pid);
		put(name,
		    "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss: 9 kB\nPss: 3072 kB\nPss_Dirty: 7 kB\nPss_Anon: 2048 kB\nPss_File: 1024 kB\nSwapPss: 0 kB\n");
	}
	same_number((long long)family(), (long long)mib(6), "those in smaps_rollup, without files");
}

static struct memory_left left(void)
{
	struct memory_left l;

	memory_cgroup_left(1, &l);
	return l;
}

static void put_v1(const char *at, unsigned limit, unsigned usage, unsigned files)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "memory%s/memory.limit_in_bytes", at);
	put(name, "%llu\n", (unsigned long long)mib(limit));
	(void)snprintf(name, sizeof(name), "memory%s/memory.usage_in_bytes", at);
	put(name, "%llu\n", (unsigned long long)mib(usage));
	(void)snprintf(name, sizeof(name), "memory%s/memory.stat", at);
	put(name,
	    "cache 1\ninactive_file 1\ntotal_cache 99999999\ntotal_inactive_file %llu\ntotal_active_file %llu\n",
	    (unsigned long long)mib(files), (unsigned long long)mib(1));
}

static void first_version(void)
{
	put("1/cgroup", "4:cpu,cpuacct:/\n3:memory:/a/b\n1:name=systemd:/a\n0::/x\n");
	put("self/mounts",
	    "t / tmpfs rw 0 0\ncgroup %s/cpu cgroup rw,cpu 0 0\ncgroup %s/memory cgroup rw,memory 0 0\n",
	    folder, folder);
	same_number((long long)left().bytes, -1, "no files: no limit");
	put_v1("/a/b", 1000, 100, 10);
	same_number((long long)left().bytes, (long long)mib(911), "what files hold gives way");
	put_v1("/a", 500, 200, 0);
	same_number((long long)left().bytes, (long long)mib(301), "the one above counts");
	same_text(left().folder, folder_path("memory/a"), "and is named");
	put_v1("", 400, 200, 0);
	same_number((long long)left().bytes, (long long)mib(201), "as does the first of all");
	ok(!left().is_v2, "of version 1");
	put("1/cgroup", "3:memory:/of/the/host/a/b\n");
	same_number((long long)left().bytes, (long long)mib(201),
		    "in a container the mount is what it has");
	put("1/cgroup", "3:memory_other:/a/b\n");
	same_number((long long)left().bytes, -1, "another controller is none");
}

static void second_version(void)
{
	put("1/cgroup", "0::/s/u.service\n");
	put("self/mounts", "cgroup2 %s/unified cgroup2 rw 0 0\n", folder);
	put("unified/s/u.service/memory.max", "max\n");
	put("unified/s/u.service/memory.current", "%llu\n", (unsigned long long)mib(50));
	put("unified/s/memory.max", "%llu\n", (unsigned long long)mib(100));
	put("unified/s/memory.current", "%llu\n", (unsigned long long)mib(70));
	put("unified/s/memory.stat",
	    "anon 1\nfile 1\nshmem 99999999\ninactive_file %llu\nactive_file %llu\n",
	    (unsigned long long)mib(5), (unsigned long long)mib(2));
	same_number((long long)left().bytes, (long long)mib(37), "the slice has the limit");
	ok(left().is_v2, "of version 2");
	same_text(left().folder, folder_path("unified/s"), "and is named");
}

int main(void)
{
	folder_open();
	procfs_root = folder;
	what_is_shared();
	first_version();
	second_version();
	procfs_root = "/proc";
	folder_close();
	return tap_end();
}
