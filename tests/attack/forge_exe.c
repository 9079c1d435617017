/*
 * An ordinary user's process whose /proc/PID/exe is the service's own binary, by device and inode:
 * in a user namespace of his he may say so (PR_SET_MM_MAP, Linux 3.18 and newer), once nothing of
 * his own program is mapped any more.
 *
 *	forge_exe NGINX	with a master's title as argv[0]; exits with 77 where the kernel refuses
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "witness.h"

enum { NOT_HERE = 77 };

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return ok ? 0 : -1;
}

static int become_root_of_a_namespace(void)
{
	char text[64];
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (unshare(CLONE_NEWUSER) < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "0 %d 1", (int)uid);
	if (write_file("/proc/self/uid_map", text) < 0 ||
	    write_file("/proc/self/setgroups", "deny") < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "0 %d 1", (int)gid);
	return write_file("/proc/self/gid_map", text);
}

/* A page range of our program becomes nobody's memory, with the same bytes, under our feet. */
static int detach_range(uintptr_t from, uintptr_t to, int protection)
{
	size_t size = to - from;
	void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return -1;
	memcpy(copy, (const void *)from, size);
	if (mprotect(copy, size, protection) < 0)
		return -1;
	return mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)from) == MAP_FAILED
		       ? -1
		       : 0;
}

static int protection_of(const char *flags)
{
	return (flags[0] == 'r' ? PROT_READ : 0) | (flags[1] == 'w' ? PROT_WRITE : 0) |
	       (flags[2] == 'x' ? PROT_EXEC : 0);
}

/* All that is mapped of our own file. */
static int detach_program(void)
{
	struct {
		uintptr_t from;
		uintptr_t to;
		int protection;
	} ranges[32];
	size_t count = 0;
	size_t i;
	char own[4096];
	char line[4400];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	FILE *f = fopen("/proc/self/maps", "re");

	if (n < 0 || !f) {
		if (f)
			(void)fclose(f);
		return -1;
	}
	own[n] = '\0';
	while (fgets(line, sizeof(line), f)) {
		unsigned long from;
		unsigned long to;
		char flags[8];

		if (sscanf(line, "%lx-%lx %7s", &from, &to, flags) != 3 || !strstr(line, own) ||
		    count == sizeof(ranges) / sizeof(ranges[0]))
			continue;
		ranges[count].from = from;
		ranges[count].to = to;
		ranges[count++].protection = protection_of(flags);
	}
	(void)fclose(f);
	for (i = 0; i < count; i++) {
		if (detach_range(ranges[i].from, ranges[i].to, ranges[i].protection) < 0)
			return -1;
	}
	return 0;
}

/* The fields of /proc/self/stat, counted as in proc(5), that the kernel wants to be told again. */
static int read_map(struct prctl_mm_map *map)
{
	char text[2048];
	unsigned long field[64] = {0};
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const void *end = sbrk(0);
	char *p;
	int i;

	if (fd >= 0)
		(void)close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	p = strrchr(text, ')');
	for (i = 3; p && i < 53; i++) {
		p = strchr(p + 1, ' ');
		if (p)
			(void)sscanf(p, " %lu", &field[i]);
	}
	memset(map, 0, sizeof(*map));
	map->start_code = field[26];
	map->end_code = field[27];
	map->start_stack = field[28];
	map->start_data = field[45];
	map->end_data = field[46];
	map->start_brk = field[47];
	map->brk = (uint64_t)(uintptr_t)end;
	map->arg_start = field[48];
	map->arg_end = field[49];
	map->env_start = field[50];
	map->env_end = field[51];
	return 0;
}

int main(int argc, char **argv)
{
	struct prctl_mm_map map;
	int exe;

	if (argc != 2)
		return 2;
	witness_pid_file();
	exe = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (exe < 0)
		return 1;
	if (become_root_of_a_namespace() < 0 || detach_program() < 0 || read_map(&map) < 0)
		return NOT_HERE;
	map.exe_fd = (uint32_t)exe;
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0) {
		perror("PR_SET_MM_MAP");
		return NOT_HERE;
	}
	(void)close(exe);
	witness_signals("forge_exe");
	for (;;)
		(void)pause();
}
