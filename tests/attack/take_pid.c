/*
 * Runs a command, and takes the pid of each child of its as soon as that is free: where the command
 * has SIGCHLD ignored, the kernel frees the pid at once, and whoever has it then is a stranger.
 * The strangers wait; one that is ended was hit: "stranger PID SIGNAL". Then exits as the command
 * did.
 *
 *	take_pid COMMAND [ARGUMENT...]
 *
 * Needs Linux 5.5 (clone3 with set_tid) and root; exits with 77 where that is missing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "witness.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

enum { NOT_HERE = 77, WANTED_MOST = 64 };

/* linux/sched.h: struct clone_args, version 1 */
struct clone_arguments {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
};

static pid_t wanted[WANTED_MOST]; /* pids of the command's children; negative: taken */
static size_t wanted_count;

/* A stranger with this pid. 0, or -errno. */
static int take(pid_t pid)
{
	struct clone_arguments a;
	long r;

	memset(&a, 0, sizeof(a));
	a.exit_signal = SIGCHLD;
	a.set_tid = (uint64_t)(uintptr_t)&pid;
	a.set_tid_size = 1;
	r = syscall(SYS_clone3, &a, sizeof(a));
	if (r < 0)
		return -errno;
	if (r == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)prctl(PR_SET_NAME, "stranger");
		for (;;)
			(void)pause();
	}
	return 0;
}

static void want(pid_t pid)
{
	size_t i;

	for (i = 0; i < wanted_count; i++) {
		if (wanted[i] == pid || wanted[i] == -pid)
			return;
	}
	if (wanted_count < WANTED_MOST)
		wanted[wanted_count++] = pid;
}

static void look_at_children(pid_t command)
{
	char path[64];
	FILE *f;
	int pid;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)command, (int)command);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		want((pid_t)pid);
	(void)fclose(f);
}

static void take_what_is_free(void)
{
	size_t i;

	for (i = 0; i < wanted_count; i++) {
		if (wanted[i] > 0 && take(wanted[i]) == 0)
			wanted[i] = -wanted[i];
	}
}

/* Those that have ended; sets *ret_status when the command is one of them. */
static int reap(pid_t command, int *ret_status)
{
	int ended = 0;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == command) {
			*ret_status = status;
			ended = 1;
		} else if (WIFSIGNALED(status)) {
			witness("stranger %d %d", (int)pid, WTERMSIG(status));
		}
	}
	return ended;
}

int main(int argc, char **argv)
{
	pid_t command;
	size_t taken = 0;
	size_t i;
	int status = 0;

	if (argc < 2)
		return 2;
	if (take(getpid()) != -EEXIST)
		return NOT_HERE;
	command = fork();
	if (command == 0) {
		(void)signal(SIGCHLD, SIG_IGN);
		(void)execv(argv[1], argv + 1);
		_exit(127);
	}
	while (!reap(command, &status)) {
		look_at_children(command);
		take_what_is_free();
	}
	(void)reap(command, &status); /* who was hit last */
	for (i = 0; i < wanted_count; i++) {
		taken += wanted[i] < 0;
		if (wanted[i] < 0)
			(void)kill(-wanted[i], SIGKILL);
	}
	witness("taken %d", (int)taken);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
