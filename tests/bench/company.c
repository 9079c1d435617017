/*
 * What is there beside a handover that is measured: processes that do nothing, or connections to
 * nginx that have had an answer and wait.
 *
 *	company processes N
 *	company connections N PORT
 *
 * Prints "ready" when all are there. A line on its standard input has it begin anew, so that each
 * handover meets as many connections; the end of that input is its end, and that of all of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 100000 };

static int complain(const char *what)
{
	(void)fprintf(stderr, "company: %s: %s\n", what, strerror(errno));
	return 1;
}

static bool next_line(void)
{
	char line[16];

	(void)puts("ready");
	(void)fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL;
}

static int keep_processes(unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return complain("fork");
		if (pid == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				(void)pause();
		}
	}
	while (next_line())
		;
	/* What is alive would slow down whoever comes next. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	return 0;
}

static bool ask(int fd)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	char answer[4096];
	ssize_t n;

	if (write(fd, request, sizeof(request) - 1) != (ssize_t)sizeof(request) - 1)
		return false;
	n = read(fd, answer, sizeof(answer));
	return n > 12 && memcmp(answer + 9, "200", 3) == 0;
}

static int open_connections(int *fds, unsigned count, const struct sockaddr_in *to)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fds[i] < 0)
			return complain("socket");
		if (connect(fds[i], (const struct sockaddr *)to, sizeof(*to)) < 0)
			return complain("connect");
		if (!ask(fds[i]))
			return complain("no answer");
	}
	return 0;
}

/* Reset, not closed: thousands in TIME_WAIT would be asked about in place of these. */
static void close_connections(const int *fds, unsigned count)
{
	struct linger reset = {1, 0};
	unsigned i;

	for (i = 0; i < count; i++) {
		(void)setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		(void)close(fds[i]);
	}
}

static int keep_connections(unsigned count, unsigned port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct rlimit limit = {count + 100, count + 100};
	static int fds[MOST];

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return complain("setrlimit");
	if (open_connections(fds, count, &to))
		return 1;
	while (next_line()) {
		close_connections(fds, count);
		if (open_connections(fds, count, &to))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : -1;

	if (count < 0 || count > MOST)
		return 2;
	if (strcmp(argv[1], "processes") == 0 && argc == 3) {
		(void)setpgid(0, 0);
		return keep_processes((unsigned)count);
	}
	if (strcmp(argv[1], "connections") == 0 && argc == 4)
		return keep_connections((unsigned)count, (unsigned)strtoul(argv[3], NULL, 10));
	return 2;
}
