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
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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

/* A process may have but so many descriptors. */
enum { MOST = 100000, FROM_EACH = 8000, PROCESSES = MOST / FROM_EACH + 1 };

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

/* Those of one process. */
static int keep_some(unsigned count, unsigned port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct rlimit limit = {FROM_EACH + 100, FROM_EACH + 100};
	static int fds[FROM_EACH];

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

struct part {
	FILE *orders;
	FILE *answers;
};

/* Speaks to its parent as that does to whoever started it. */
static int start_part(struct part *part, unsigned count, unsigned port)
{
	int orders[2];
	int answers[2];
	pid_t pid;

	if (pipe2(orders, O_CLOEXEC) < 0 || pipe2(answers, O_CLOEXEC) < 0)
		return complain("pipe");
	pid = fork();
	if (pid < 0)
		return complain("fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(orders[0], STDIN_FILENO) < 0 || dup2(answers[1], STDOUT_FILENO) < 0)
			_exit(complain("dup2"));
		(void)close(orders[1]);
		exit(keep_some(count, port));
	}
	(void)close(orders[0]);
	(void)close(answers[1]);
	part->orders = fdopen(orders[1], "w");
	part->answers = fdopen(answers[0], "r");
	return part->orders && part->answers ? 0 : complain("fdopen");
}

static bool all_ready(const struct part *parts, unsigned count)
{
	char line[16];
	unsigned i;

	for (i = 0; i < count; i++) {
		if (!fgets(line, sizeof(line), parts[i].answers))
			return false;
	}
	return true;
}

static int keep_connections(unsigned count, unsigned port)
{
	struct part parts[PROCESSES];
	unsigned started = 0;
	unsigned i;

	for (; count > started * FROM_EACH; started++) {
		unsigned rest = count - started * FROM_EACH;

		if (start_part(&parts[started], rest < FROM_EACH ? rest : FROM_EACH, port))
			return 1;
	}
	while (all_ready(parts, started) && next_line()) {
		for (i = 0; i < started; i++) {
			(void)fputs("anew\n", parts[i].orders);
			(void)fflush(parts[i].orders);
		}
	}
	for (i = 0; i < started; i++)
		(void)fclose(parts[i].orders);
	while (wait(NULL) > 0)
		;
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
