/*
 * The floor under a handover: `nginx -t`, USR2, WINCH, QUIT, and between them nothing but a spin on
 * /proc until nginx has done its part. It checks nothing and undoes nothing. What it takes is what
 * nginx takes; the helper is measured against it.
 *
 *	floor PID_FILE NGINX [NGINX-ARGUMENT...]
 *
 * Prints "total_us alone_us": until the old master was gone, and until the new generation served
 *alone.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_US = 20000000 };

static uint64_t began_us;

static uint64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static void check_deadline(const char *what)
{
	if (now_us() - began_us < DEADLINE_US)
		return;
	(void)fprintf(stderr, "floor: gave up waiting for %s\n", what);
	exit(1);
}

static int read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		(void)close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return (int)n;
}

static int read_proc(long pid, const char *name, char *buf, size_t size)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	return read_file(path, buf, size);
}

static long read_pid(const char *path)
{
	char buf[32];

	return read_file(path, buf, sizeof(buf)) > 0 ? strtol(buf, NULL, 10) : 0;
}

/* Children of master but `except` that have title `prefix` exactly (a worker that accepts), and
 * all. */
static void count_children(long master, long except, unsigned *ret_accepting, unsigned *ret_all)
{
	static char list[65536];
	char name[64];
	char title[128];
	char *p;
	char *end;

	*ret_accepting = *ret_all = 0;
	(void)snprintf(name, sizeof(name), "task/%ld/children", master);
	if (read_proc(master, name, list, sizeof(list)) <= 0)
		return;
	for (p = list;; p = end) {
		long child = strtol(p, &end, 10);

		if (end == p)
			return;
		if (child == except || read_proc(child, "cmdline", title, sizeof(title)) <= 0)
			continue;
		++*ret_all;
		if (strcmp(title, "nginx: worker process") == 0)
			++*ret_accepting;
	}
}

static int in_loop(long pid)
{
	char status[4096];
	const char *blocked;

	if (read_proc(pid, "status", status, sizeof(status)) <= 0)
		return 0;
	blocked = strstr(status, "SigBlk:\t");
	return blocked && strncmp(blocked + 8, "0000000000000000", 16) == 0;
}

static int gone(long pid)
{
	char stat[512];
	const char *p;

	if (read_proc(pid, "stat", stat, sizeof(stat)) <= 0)
		return 1;
	p = strrchr(stat, ')');
	return p && p[2] == 'Z';
}

static void run_test(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		(void)fprintf(stderr, "floor: the configuration test failed\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	char *test[16];
	unsigned accepting;
	unsigned all;
	uint64_t alone_us;
	long old;
	long new;
	int i;

	if (argc < 3 || argc > 14)
		return 2;
	for (i = 0; i + 2 < argc; i++)
		test[i] = argv[i + 2];
	test[i++] = (char *)"-t";
	test[i] = NULL;
	began_us = now_us();
	old = read_pid(argv[1]);
	run_test(test);
	(void)kill((pid_t)old, SIGUSR2);
	do {
		check_deadline("the new master");
		new = read_pid(argv[1]);
	} while (new == old || new <= 0);
	do {
		check_deadline("the new workers");
		count_children(new, 0, &accepting, &all);
	} while (!accepting || accepting != all || !in_loop(new));
	(void)kill((pid_t)old, SIGWINCH);
	do {
		check_deadline("the old workers to stop accepting");
		count_children(old, new, &accepting, &all);
	} while (accepting);
	alone_us = now_us() - began_us;
	do {
		check_deadline("the old workers to leave");
		count_children(old, new, &accepting, &all);
	} while (all);
	(void)kill((pid_t)old, SIGQUIT);
	while (!gone(old))
		check_deadline("the old master to leave");
	(void)printf("%llu %llu\n", (unsigned long long)(now_us() - began_us),
		     (unsigned long long)alone_us);
	return 0;
}
