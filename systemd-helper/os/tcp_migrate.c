/* Reads net.ipv4.tcp_migrate_req. */
#include <fcntl.h>
#include <unistd.h>

#include "os/network.h"
#include "os/tcp_migrate.h"

bool tcp_migrate_is_off(pid_t pid)
{
	int fd = open("/proc/sys/net/ipv4/tcp_migrate_req", O_RDONLY | O_CLOEXEC);
	char value = '\0';
	bool off;

	if (fd < 0)
		return false;
	off = read(fd, &value, 1) == 1 && value == '0';
	(void)close(fd);
	return off && network_is_ours(pid);
}
