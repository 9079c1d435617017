/*
 * Listens in systemd's place, and writes down each message: "notify TEXT", in one line.
 *
 *	listen SOCKET
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "witness.h"

int main(int argc, char **argv)
{
	struct sockaddr_un sa;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || fd < 0)
		return 2;
	memset(&sa, 0, sizeof(sa));
	sa.sun_family = AF_UNIX;
	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", argv[1]);
	(void)unlink(argv[1]);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return 1;
	for (;;) {
		char text[1024];
		char *p;
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			continue;
		text[n] = '\0';
		for (p = text; (p = strchr(p, '\n'));)
			*p = ' ';
		witness("notify %s", text);
	}
}
