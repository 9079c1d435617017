/*
 * What a command itself costs, without what it executes: its processor time, the most memory that
 * it had, and how often it woke up from waiting. It is stopped once, at its very end, when all that
 * can still be read.
 *
 *	cost FILE COMMAND [ARGUMENT...]
 *
 * Writes "cpu_us peak_kb wakeups" to FILE, and exits as the command does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int complain(const char *what)
{
	(void)fprintf(stderr, "cost: %s: %s\n", what, strerror(errno));
	return 127;
}

static unsigned long long number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static int read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	f = fopen(path, "re");
	if (!f)
		return complain(path);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	(void)fclose(f);
	return 0;
}

static int write_costs(pid_t pid, const char *path)
{
	char status[8192];
	char times[128];
	FILE *f;

	if (read_proc(pid, "status", status, sizeof(status)) ||
	    read_proc(pid, "schedstat", times, sizeof(times)))
		return 127;
	f = fopen(path, "we");
	if (!f)
		return complain(path);
	(void)fprintf(f, "%llu %llu %llu\n", strtoull(times, NULL, 10) / 1000,
		      number_after(status, "\nVmHWM:"),
		      number_after(status, "\nvoluntary_ctxt_switches:"));
	return fclose(f) == 0 ? 0 : complain(path);
}

/* Signals are passed on; the command must not notice that it is watched. */
static int watch(pid_t pid, const char *path)
{
	int failed = 127;
	int status;

	for (;;) {
		if (waitpid(pid, &status, 0) < 0)
			return complain("waitpid");
		if (WIFEXITED(status))
			return failed ? failed : WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8)))
			failed = write_costs(pid, path);
		(void)ptrace(PTRACE_CONT, pid, NULL,
			     (void *)(long)(WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status)));
	}
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 3)
		return 2;
	pid = fork();
	if (pid < 0)
		return complain("fork");
	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)execv(argv[2], argv + 2);
		_exit(complain(argv[2]));
	}
	/* It stops at the exec. */
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return complain(argv[2]);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)PTRACE_O_TRACEEXIT) < 0 ||
	    ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
		return complain("ptrace");
	return watch(pid, argv[1]);
}
