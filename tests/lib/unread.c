/*
 * Runs a command whose output nobody reads, or late:
 *
 *	unread KIND COMMAND...
 *
 * KIND: pipe, socket, terminal (each full), paused (a terminal with XOFF), late (a full pipe that
 * is read after 0.3 s: what came through it is printed), late-terminal; datagrams:PATH is a socket
 * with a full queue there, and the output as it is. The first line on standard error is
 * "pid NUMBER". Exits as the command does; 124: not in a minute.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { LATE_MS = 300, LIMIT_S = 60, FILLER = '.' };

struct ends {
	int near; /* the command's; -1: its output is as it is */
	int far;
	bool late;
};

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(99);
}

static void set_nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	must(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) == 0, "F_SETFL");
}

static void fill(int fd)
{
	char filler[4096];
	size_t size = sizeof(filler);

	memset(filler, FILLER, sizeof(filler));
	set_nonblocking(fd, true);
	while (size) {
		if (write(fd, filler, size) < 0) {
			must(errno == EAGAIN, "fill");
			size /= 2;
		}
	}
	set_nonblocking(fd, false);
}

static struct ends open_terminal(void)
{
	struct ends e = {-1, posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), false};
	struct termios raw;

	must(e.far >= 0 && grantpt(e.far) == 0 && unlockpt(e.far) == 0, "posix_openpt");
	e.near = open(ptsname(e.far), O_RDWR | O_NOCTTY | O_CLOEXEC);
	must(e.near >= 0 && tcgetattr(e.near, &raw) == 0, "the terminal");
	cfmakeraw(&raw);
	must(tcsetattr(e.near, TCSANOW, &raw) == 0, "tcsetattr");
	return e;
}

static struct ends datagrams(const char *path)
{
	struct ends e = {-1, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), false};
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int filler = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	(void)unlink(path);
	must(bind(e.far, (struct sockaddr *)&sa, sizeof(sa)) == 0, "bind");
	must(connect(filler, (struct sockaddr *)&sa, sizeof(sa)) == 0, "connect");
	while (send(filler, "x", 1, 0) == 1)
		;
	must(errno == EAGAIN, "send");
	(void)close(filler); /* what it sent stays */
	return e;
}

static struct ends open_kind(const char *kind)
{
	struct ends e = {-1, -1, false};
	int pair[2];

	if (strncmp(kind, "datagrams:", 10) == 0)
		return datagrams(kind + 10);
	if (strcmp(kind, "pipe") == 0 || strcmp(kind, "late") == 0) {
		must(pipe2(pair, O_CLOEXEC) == 0, "pipe");
		e.far = pair[0];
		e.near = pair[1];
	} else if (strcmp(kind, "socket") == 0) {
		must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
		e.far = pair[0];
		e.near = pair[1];
	} else {
		e = open_terminal();
	}
	if (strcmp(kind, "paused") == 0)
		must(tcflow(e.near, TCOOFF) == 0, "tcflow");
	else
		fill(e.near);
	e.late = strncmp(kind, "late", 4) == 0;
	return e;
}

static pid_t begin(const struct ends *e, char **command)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		if (e->near >= 0)
			must(dup2(e->near, 1) == 1 && dup2(e->near, 2) == 2, "dup2");
		(void)execvp(command[0], command);
		_exit(127);
	}
	(void)fprintf(stderr, "pid %d\n", (int)pid);
	return pid;
}

/* All but the filler. A terminal whose other end is closed says EIO. */
static void read_late(int fd)
{
	char text[4096];
	ssize_t n;
	ssize_t i;

	(void)poll(NULL, 0, LATE_MS);
	while ((n = read(fd, text, sizeof(text))) > 0) {
		for (i = 0; i < n; i++) {
			if (text[i] != FILLER)
				break;
		}
		must(write(STDOUT_FILENO, text + i, (size_t)(n - i)) == n - i, "write");
		(void)poll(NULL, 0, 10);
	}
}

static pid_t command_pid;

static void on_alarm(int sig) __attribute__((noreturn));

static void on_alarm(int sig)
{
	(void)sig;
	(void)kill(command_pid, SIGKILL);
	_exit(124);
}

int main(int argc, char **argv)
{
	struct ends e;
	int status;

	if (argc < 3)
		return 2;
	e = open_kind(argv[1]);
	command_pid = begin(&e, argv + 2);
	if (e.near >= 0)
		(void)close(e.near);
	(void)signal(SIGALRM, on_alarm);
	(void)alarm(LIMIT_S);
	if (e.late)
		read_late(e.far);
	must(waitpid(command_pid, &status, 0) == command_pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
