/*
 * What a worker of nginx executes, once it is somebody's: it makes a child of its own *parent*,
 * clone(CLONE_PARENT), so that the child is one of the master's, with a start time after USR2.
 * The child executes FILE with the arguments given; this process stays a worker by its title.
 *
 *	clone_parent FILE ARGV0 [ARGUMENT...]
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "witness.h"

int main(int argc, char **argv)
{
	pid_t parent = getppid();
	long child;

	if (argc < 3)
		return 2;
	child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (child < 0)
		return 1;
	if (child == 0) {
		sigset_t none;

		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)execv(argv[1], argv + 2);
		_exit(127);
	}
	witness("child-of %d %ld", (int)parent, child);
	witness_signals("clone_parent");
	for (;;)
		(void)pause();
}
