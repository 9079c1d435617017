/* BPF maps of a process. Their descriptors are told by their links, and the rest by fdinfo. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os/bpf_maps.h"
#include "os/procfs.h"

#define MAP_LINK "anon_inode:bpf-map"

enum { SOCKHASH = 18 }; /* Linux: enum bpf_map_type */

/* The number behind "\nNAME:"; 0 where there is no such line. */
static unsigned number_of(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	unsigned number = 0;

	if (!line || sscanf(line + strlen(name), "%u", &number) != 1)
		return 0;
	return number;
}

/* How many sockets the map behind that descriptor holds at most; 0: it is another thing. */
static int room_of(pid_t pid, const char *fd, unsigned *ret)
{
	char name[40];
	char text[1024];
	ssize_t n;

	(void)snprintf(name, sizeof(name), "fd/%.20s", fd);
	n = procfs_link(pid, name, text, sizeof(text));
	if (n < 0 || strcmp(text, MAP_LINK) != 0)
		return n < 0 && n != -ESRCH ? (int)n : 0; /* it was closed meanwhile */
	(void)snprintf(name, sizeof(name), "fdinfo/%.20s", fd);
	n = procfs_read(pid, name, text, sizeof(text));
	if (n < 0)
		return n == -ESRCH ? 0 : (int)n;
	if (number_of(text, "\nmap_type:") == SOCKHASH)
		*ret = number_of(text, "\nmax_entries:");
	return 0;
}

int bpf_maps_room(pid_t pid, unsigned *ret)
{
	char path[PATH_MAX];
	struct dirent *entry;
	unsigned largest = 0;
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
		if (room > largest)
			largest = room;
	}
	(void)closedir(dir);
	if (!r)
		*ret = largest;
	return r;
}
