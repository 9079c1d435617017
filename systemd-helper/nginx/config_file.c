/*
 * Reads a configuration file without running nginx. `nginx -T` creates an empty pid file if there
 * is none, and in the middle of another run's handover there is none for a moment (nginx:
 * ngx_init_cycle).
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/config_scan.h"

int config_scan_file(struct config_scan *s, const char *path)
{
	char buf[8192];
	struct stat st;
	ssize_t n;
	int r = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		r = -EINVAL;
	while (!r && (n = read(fd, buf, sizeof(buf))) > 0)
		r = config_scan_feed(s, buf, (size_t)n);
	(void)close(fd);
	return r;
}
