/*
 * Put in the place of a library that nginx needs, it makes this nginx fail in the way that stands
 * at the end of its binary; make-broken has the list. Unlike fault_module it can fail where no
 * module is asked: at a fork, at the pid file, at a signal. But for two kinds only a process that
 * an upgrade (USR2) started fails, and not a test of the configuration.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

#define MARKER "NGX-HANDOVER-FAULT:"

static char fault[256]; /* the kind; "" where nothing is to fail */
static char *fault_path;
static long worker_ends_ms; /* 0: never */

int fault_is(const char *kind)
{
	return !strcmp(fault, kind);
}

static long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pass_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

/* Deaf: nothing but KILL ends it. */
__attribute__((noreturn)) static void hang(void)
{
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pass_ms(-1);
}

/* "MARKER KIND [PATH]" and nothing else stands behind the ELF file. */
static void read_fault(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char end[sizeof(fault)] = "";
	char *at;
	off_t size;

	if (fd < 0)
		return;
	size = lseek(fd, 0, SEEK_END);
	if (size > (off_t)sizeof(end) &&
	    pread(fd, end, sizeof(end) - 1, size - (off_t)sizeof(end) + 1) > 0) {
		at = memmem(end, sizeof(end) - 1, MARKER, strlen(MARKER));
		if (at)
			(void)snprintf(fault, sizeof(fault), "%s", at + strlen(MARKER));
	}
	(void)close(fd);
	fault_path = strchr(fault, ' ');
	if (fault_path)
		*fault_path++ = '\0';
}

static int has_argument(char **argv, const char *what)
{
	for (; *argv; argv++)
		if (!strcmp(*argv, what))
			return 1;
	return 0;
}

__attribute__((noreturn)) static void refuse_configuration(void)
{
	static const char text[] =
		"nginx: [emerg] unknown directive \"of_another_build\" in nginx.conf:1\n"
		"nginx: configuration file nginx.conf test failed\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(1);
}

static void start_of_master(void)
{
	struct rlimit no_core = {1, 1}; /* 0 would still start a program that core_pattern names */

	(void)setrlimit(RLIMIT_CORE, &no_core);
	if (fault_is("exits-0-at-once"))
		_exit(0);
	if (fault_is("very-slow-start"))
		pass_ms(2500);
}

__attribute__((constructor)) static void start(int argc, char **argv, char **envp)
{
	const char *sockets = getenv("NGINX");
	int tests = has_argument(argv, "-t") || has_argument(argv, "-T");

	(void)argc;
	read_fault();
	if (fault_is("launcher"))
		(void)execve(fault_path, argv, envp);
	if (tests && fault_is("refuses-configuration"))
		refuse_configuration();
	if (tests || !sockets || !*sockets || has_argument(argv, "-V") || has_argument(argv, "-v"))
		fault[0] = '\0';
	if (fault_is("listens-nowhere"))
		lose_sockets(sockets);
	if (fault[0])
		start_of_master();
}

static int is_pid_file(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && !strcmp(path + length - 4, ".pid");
}

int open64(const char *path, int flags, ...)
{
	int (*next)(const char *, int, mode_t);

	NEXT("open64");
	if ((flags & O_CREAT) && is_pid_file(path)) {
		if (fault_is("dies-before-pid"))
			abort();
		if (fault_is("no-pid-file"))
			return next("/dev/null", O_WRONLY, 0);
	}
	return next(path, flags, 0644);
}

/* nginx: ngx_create_pidfile() is the first to write so. */
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	static int later;
	ssize_t (*next)(int, const void *, size_t, off64_t);

	NEXT("pwrite64");
	if (!later++ && fault_is("others-pid"))
		return next(fd, "1\n", 2, at) == 2 ? (ssize_t)size : -1;
	return next(fd, data, size, at);
}

static void start_of_worker(void)
{
	if (fault_is("workers-hang-at-start"))
		hang();
	if (fault_is("workers-die-after-600ms"))
		worker_ends_ms = now_ms() + 600;
	if (fault_is("ignores-quit-workers-crash"))
		worker_ends_ms = now_ms() + 50;
}

/* A master's first forks are its workers. */
pid_t fork(void)
{
	pid_t (*next)(void);
	pid_t pid;

	NEXT("fork");
	if (fault_is("dies-after-pid"))
		abort();
	pid = next();
	if (pid == 0 && fault[0])
		start_of_worker();
	return pid;
}

int sigsuspend(const sigset_t *mask)
{
	int (*next)(const sigset_t *);

	NEXT("sigsuspend");
	if (fault_is("hangs-before-loop"))
		hang();
	return next(mask);
}

int sigaction(int sig, const struct sigaction *action, struct sigaction *old)
{
	int (*next)(int, const struct sigaction *, struct sigaction *);
	struct sigaction ignore;

	NEXT("sigaction");
	if (sig != SIGQUIT || !action || !fault_is("ignores-quit-workers-crash"))
		return next(sig, action, old);
	ignore = *action;
	ignore.sa_flags &= ~SA_SIGINFO;
	ignore.sa_handler = SIG_IGN;
	return next(sig, &ignore, old);
}

int epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	int (*next)(int, int, int, struct epoll_event *);
	int listens = 0;
	socklen_t size = sizeof(listens);

	NEXT("epoll_ctl");
	if (op == EPOLL_CTL_ADD && fault[0] &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
	    (listens || fault_is("listens-nowhere")) && wrong_listener(fd))
		return 0;
	return next(epoll, op, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
	int (*next)(int, struct epoll_event *, int, int);
	long left;

	NEXT("epoll_wait");
	if (worker_ends_ms) {
		left = worker_ends_ms - now_ms();
		if (left <= 0)
			abort();
		if (timeout < 0 || timeout > left)
			timeout = (int)left;
	}
	return next(epoll, events, most, timeout);
}
