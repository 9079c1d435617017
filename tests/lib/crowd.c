/*
 * Opens so many connections to an address and keeps them, idle: a busy server's, as its sockets
 * show them. They come from several addresses of 127.0.0.0/8, since one has ports for some 28,000,
 * and from a process for each, since one may have but so many descriptors. Says so with one line,
 * and holds them until its output is closed or it dies.
 *
 *	crowd ADDRESS PORT CONNECTIONS
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FROM_EACH = 8000 };

/* The source is 127.0.0.2 and so on; its port is one that is free towards that peer. */
static int open_one(const struct sockaddr_in *to, unsigned source)
{
	const int late = 24; /* IP_BIND_ADDRESS_NO_PORT: connect() takes the port */
	struct sockaddr_in from = {.sin_family = AF_INET};
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + source);
	(void)setsockopt(fd, IPPROTO_IP, late, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		return -1;
	return connect(fd, (const struct sockaddr *)to, sizeof(*to));
}

static int open_some(const struct sockaddr_in *to, unsigned source, unsigned count)
{
	struct rlimit descriptors;
	unsigned i;

	if (getrlimit(RLIMIT_NOFILE, &descriptors) < 0)
		return -1;
	descriptors.rlim_cur = descriptors.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &descriptors) < 0)
		return -1;
	for (i = 0; i < count; i++) {
		if (open_one(to, source) < 0)
			return -1;
	}
	return 0;
}

static void hold(void)
{
	struct pollfd out = {STDOUT_FILENO, 0, 0};

	(void)poll(&out, 1, 600000); /* POLLERR when the reader is gone */
}

/* The rest is opened by a process that says so when it is done, and is ended with us. */
static int begin_next(const struct sockaddr_in *to, unsigned source, unsigned left)
{
	unsigned here = left < FROM_EACH ? left : FROM_EACH;
	int said[2];
	char c = 0;
	pid_t child = 0;

	if (left > here) {
		if (pipe(said) < 0)
			return -1;
		child = fork();
		if (child < 0)
			return -1;
	}
	if (left > here && child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(said[0]);
		if (begin_next(to, source + 1, left - here) < 0)
			_exit(1);
		(void)!write(said[1], "", 1);
		(void)close(said[1]);
		hold();
		_exit(0);
	}
	if (child > 0)
		(void)close(said[1]);
	if (open_some(to, source, here) < 0)
		return -1;
	return child > 0 && read(said[0], &c, 1) != 1 ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons((unsigned short)atoi(argv[2]));
	if (begin_next(&to, 0, (unsigned)atoi(argv[3])) < 0) {
		perror("crowd");
		return 1;
	}
	(void)puts("open");
	(void)fflush(stdout);
	hold();
	return 0;
}
