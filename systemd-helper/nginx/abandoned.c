/* Removes the files of unix sockets that nobody listens on any more. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "nginx/abandoned.h"
#include "nginx/addresses.h"
#include "nginx/config_scan.h"
#include "os/sockets.h"
#include "trust/path.h"

/* The kernel refuses a connection only if nobody listens, in any network namespace: unix sockets
 * are found by their file. */
bool socket_is_abandoned(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct stat st;
	int fd;
	bool refused;

	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode) || strlen(path) >= sizeof(sa.sun_path))
		return false;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	refused =
		connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 && errno == ECONNREFUSED;
	(void)close(fd);
	return refused;
}

/* Whether nobody but those who are trusted can change which file the path leads to. */
static bool is_in_trusted_folder(const char *path, const struct believed *believed)
{
	char folder[SOCKET_PATH_SIZE];
	const char *name = strrchr(path, '/');
	struct trusted t;
	struct distrust why;

	if (path[0] != '/' || !name)
		return false;
	(void)snprintf(folder, sizeof(folder), "%.*s", name == path ? 1 : (int)(name - path), path);
	if (trusted_open(believed, "", folder, TRUSTED_FOLDER, &t, &why) < 0)
		return false;
	trusted_close(&t);
	return true;
}

unsigned abandoned_sweep(const struct config_scan *scan, const struct believed *believed)
{
	struct addresses config;
	unsigned removed = 0;
	size_t i;

	if (addresses_of_config(scan, true, &config) < 0)
		return 0;
	for (i = 0; i < config.count; i++) {
		const char *path = config.list[i].path;

		if (config.list[i].family == AF_UNIX && is_in_trusted_folder(path, believed) &&
		    socket_is_abandoned(path) && unlink(path) == 0)
			removed++;
	}
	addresses_free(&config);
	return removed;
}
