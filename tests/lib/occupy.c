/* Listens on an address, says so with one line, and holds it until its output is closed or it dies.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct pollfd out = {STDOUT_FILENO, 0, 0};
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (argc != 3 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
		return 2;
	/* As nginx does: what earlier connections left behind is no reason to fail. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	address.sin_port = htons((unsigned short)atoi(argv[2]));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 5) < 0) {
		perror("occupy");
		return 1;
	}
	(void)puts("listening");
	(void)fflush(stdout);
	(void)poll(&out, 1, 60000); /* POLLERR when the reader is gone */
	return 0;
}
