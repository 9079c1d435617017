/* Enters a network namespace just long enough to create a socket there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/compat.h"
#include "os/file_id.h"
#include "os/identity.h"
#include "os/network.h"
#include "os/procfs.h"

bool network_is_ours(pid_t pid)
{
	struct file_id its;
	struct file_id ours;

	return procfs_file_id(pid, "ns/net", &its) == 0 &&
	       procfs_file_id(getpid(), "ns/net", &ours) == 0 && file_id_equal(&its, &ours);
}

/* Before Linux 3.0 there is no such file, and no setns(2) either. */
static int open_network(const char *who)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s/ns/net", procfs_root, who);
	identity_lift();
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	identity_lower();
	return fd;
}

int network_of(pid_t pid, int *ret)
{
	char number[16];
	struct file_id ours, theirs;
	int own = open_network("self");
	int fd;

	if (own < 0) {
		*ret = -1;
		return own == -ENOENT ? 0 : own;
	}
	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	fd = open_network(number);
	if (fd >= 0 && file_id_of_fd(own, &ours) == 0 && file_id_of_fd(fd, &theirs) == 0 &&
	    file_id_equal(&ours, &theirs)) {
		(void)close(fd);
		fd = -1;
	} else if (fd < 0) {
		(void)close(own);
		return fd;
	}
	(void)close(own);
	*ret = fd;
	return 0;
}

static int create_socket(int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

int network_socket(int network, int domain, int type, int protocol)
{
	int own, fd, r;

	if (network < 0)
		return create_socket(domain, type, protocol);
	own = open_network("self");
	if (own < 0)
		return own;
	identity_lift();
	r = compat_setns(network, CLONE_NEWNET);
	fd = r < 0 ? r : create_socket(domain, type, protocol);
	(void)compat_setns(own, CLONE_NEWNET);
	identity_lower();
	(void)close(own);
	return fd;
}
