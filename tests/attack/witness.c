/* The attackers' log; shared by them. */
#define _GNU_SOURCE /* siginfo_t */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "witness.h"

static const char *witness_name = "";

void witness(const char *format, ...)
{
	char line[1024];
	int fd = open(WITNESS_FILE, O_WRONLY | O_APPEND | O_CLOEXEC);
	va_list ap;
	int n;

	if (fd < 0)
		return;
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	if (n >= (int)sizeof(line) - 1)
		n = (int)sizeof(line) - 2;
	line[n] = '\n';
	(void)!write(fd, line, (size_t)n + 1);
	(void)close(fd);
}

/* user_namespaces(7): the first namespace maps all ids to themselves. */
static int is_in_own_namespace(void)
{
	char text[128] = "";
	unsigned long inside;
	unsigned long outside;
	unsigned long count;
	int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	(void)!read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	return sscanf(text, "%lu %lu %lu", &inside, &outside, &count) == 3 && count < 65536;
}

void witness_exec(const char *name, char **argv)
{
	char all[512] = "";
	size_t n = 0;
	int i;

	for (i = 0; argv[i] && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, " %s", argv[i]);
	if (is_in_own_namespace())
		witness("exec %s - -%s", name, all);
	else
		witness("exec %s %d %d%s", name, (int)getuid(), (int)geteuid(), all);
}

static void sender_name(pid_t pid, char *ret, size_t size)
{
	char path[64];
	int fd;
	ssize_t n;

	(void)snprintf(ret, size, "-");
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, ret, size - 1);
	(void)close(fd);
	if (n > 0)
		ret[ret[n - 1] == '\n' ? n - 1 : n] = '\0';
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	char sender[64];

	(void)context;
	sender_name(info->si_pid, sender, sizeof(sender));
	witness("signal %s %d %d %s", witness_name, (int)getpid(), number, sender);
	if (number == SIGTERM || number == SIGQUIT || number == SIGINT || number == SIGUSR2)
		_exit(0);
}

void witness_signals(const char *name)
{
	static const int these[] = {SIGHUP,  SIGINT,  SIGQUIT,  SIGUSR1, SIGUSR2,
				    SIGTERM, SIGCONT, SIGWINCH, SIGALRM, SIGPIPE};
	struct sigaction sa;
	size_t i;

	witness_name = name;
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_signal;
	sa.sa_flags = SA_SIGINFO | SA_RESTART;
	for (i = 0; i < sizeof(these) / sizeof(these[0]); i++)
		(void)sigaction(these[i], &sa, NULL);
	(void)sigemptyset(&sa.sa_mask);
	(void)sigprocmask(SIG_SETMASK, &sa.sa_mask, NULL);
}

void witness_pid_file(void)
{
	const char *path = getenv("ATTACKER_PID_FILE");
	FILE *f = path ? fopen(path, "we") : NULL;

	if (!f)
		return;
	(void)fprintf(f, "%d\n", (int)getpid());
	(void)fclose(f);
}

/* What is answered where no file can be put beside the program. */
static const char usual_version[] = "nginx version: nginx/1.18.0\n"
				    "built with OpenSSL 1.1.1 11 Sep 2018\n"
				    "configure arguments: --prefix=/usr/local/nginx\n";

static void copy_out(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0) {
		(void)!write(STDERR_FILENO, usual_version, sizeof(usual_version) - 1);
		return;
	}
	while ((n = read(fd, text, sizeof(text))) > 0)
		(void)!write(STDERR_FILENO, text, (size_t)n);
	(void)close(fd);
}

bool witness_answers(char **argv)
{
	const char *option = argv[0] && argv[1] && argv[1][0] == '-' ? argv[1] + 1 : "";
	char path[4096];
	ssize_t n;

	if (!*option || !strchr("VvtT", *option))
		return false;
	n = readlink("/proc/self/exe", path, sizeof(path) - 3);
	if (n > 0 && (*option == 'V' || *option == 'v')) {
		memcpy(path + n, ".V", 3);
		copy_out(path);
	} else {
		(void)fputs("nginx: the configuration file syntax is ok\n"
			    "nginx: configuration file test is successful\n",
			    stderr);
	}
	return true;
}
