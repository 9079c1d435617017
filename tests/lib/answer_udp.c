/*
 * Answers every datagram with itself, the bit set that says "answer" in DNS: what the UDP requests
 * of tests/load ask for, behind nginx.
 *
 *	answer_udp ADDRESS PORT
 *
 * An IPv4 address. Writes "ready" once it listens, and ends when it is killed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { QUEUE = 1 << 22, IS_ANSWER_BYTE = 2, IS_ANSWER = 0x80 };

static int open_socket(const char *address, const char *port)
{
	struct sockaddr_in own;
	int size = QUEUE;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(&own, 0, sizeof(own));
	own.sin_family = AF_INET;
	own.sin_port = htons((in_port_t)strtoul(port, NULL, 10));
	if (fd < 0 || inet_pton(AF_INET, address, &own.sin_addr) != 1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return bind(fd, (const struct sockaddr *)&own, sizeof(own)) < 0 ? -1 : fd;
}

int main(int argc, char **argv)
{
	char data[2048];
	int fd;

	if (argc != 3) {
		(void)fputs("usage: answer_udp ADDRESS PORT\n", stderr);
		return 2;
	}
	fd = open_socket(argv[1], argv[2]);
	if (fd < 0) {
		perror("answer_udp");
		return 1;
	}
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len);

		if (n <= IS_ANSWER_BYTE)
			continue;
		data[IS_ANSWER_BYTE] = (char)(data[IS_ANSWER_BYTE] | IS_ANSWER);
		(void)sendto(fd, data, (size_t)n, 0, (const struct sockaddr *)&from, len);
	}
}
