/* BPF maps of a process. The links in /proc/PID/fd show which descriptors lead to maps. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/bpf.h"
#include "os/bpf_maps.h"
#include "os/procfs.h"

#define MAP_LINK "anon_inode:bpf-map"

/* The number that follows name, such as "\nmax_entries:"; 0: there is no such line. */
static unsigned field_number(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	unsigned number = 0;

	if (!line || sscanf(line + strlen(name), "%u", &number) != 1)
		return 0;
	return number;
}

/* Sets *ret to how many sockets the map of a descriptor can hold, if it is a map of sockets. */
static int room_of(pid_t pid, const char *fd, unsigned *ret)
{
	char name[40];
	char text[1024];
	ssize_t n;

	(void)snprintf(name, sizeof(name), "fd/%.20s", fd);
	n = procfs_link(pid, name, text, sizeof(text));
	if (n < 0 || strcmp(text, MAP_LINK) != 0)
		return n < 0 && n != -ESRCH ? (int)n : 0; /* -ESRCH: it was closed meanwhile */
	(void)snprintf(name, sizeof(name), "fdinfo/%.20s", fd);
	n = procfs_read(pid, name, text, sizeof(text));
	if (n < 0)
		return n == -ESRCH ? 0 : (int)n;
	if (field_number(text, "\nmap_type:") == BPF_MAP_SOCKHASH)
		*ret = field_number(text, "\nmax_entries:");
	return 0;
}

int bpf_maps_each(pid_t pid, bpf_maps_fn *fn, void *arg)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int r = 0;
	DIR *dir = opendir(procfs_path(path, pid, "fd"));

	if (!dir)
		return -errno;
	while (!r) {
		unsigned room = 0;

		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			r = -errno;
			break;
		}
		if (entry->d_name[0] != '.')
			r = room_of(pid, entry->d_name, &room);
		if (!r && room)
			r = fn((int)strtol(entry->d_name, NULL, 10), room, arg);
	}
	(void)closedir(dir);
	return r;
}

static int keep_largest(int fd, unsigned room, void *arg)
{
	unsigned *largest = arg;

	(void)fd;
	if (room > *largest)
		*largest = room;
	return 0;
}

int bpf_maps_room(pid_t pid, unsigned *ret)
{
	unsigned largest = 0;
	int r = bpf_maps_each(pid, keep_largest, &largest);

	if (!r)
		*ret = largest;
	return r;
}
