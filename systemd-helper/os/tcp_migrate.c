/* Reads one setting of the kernel. */
#include <fcntl.h>
#include <unistd.h>

#include "os/procfs.h"
#include "os/tcp_migrate.h"

static bool is_in_our_namespace(pid_t pid)
{
	struct file_id its;
	struct file_id ours;

	return procfs_file_id(pid, "ns/net", &its) == 0 &&
	       procfs_file_id(getpid(), "ns/net", &ours) == 0 && file_id_equal(&its, &ours);
}

bool tcp_migrate_is_off(pid_t pid)
{
	int fd = open("/proc/sys/net/ipv4/tcp_migrate_req", O_RDONLY | O_CLOEXEC);
	char value = '\0';
	bool off;

	if (fd < 0)
		return false;
	off = read(fd, &value, 1) == 1 && value == '0';
	(void)close(fd);
	return off && is_in_our_namespace(pid);
}
